"""The fake AWS behind fault proxies, and sources that are pointed at it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from placement.domain.provider import Fact, Source, Surroundings
from providers.aws.advisor import AwsRisk
from providers.aws.price_list import AwsPriceList
from providers.aws.spot import AwsSpot
from providers.limits import Limits
from tests.providers.aws.ec2_server import Ec2Server
from tests.providers.aws.list_server import ADVISOR, ListServer
from tests.providers.aws.market import EU, Market
from tests.providers.conformance import LIMITS, NOW, SECRET, Cloud
from tests.providers.wire.faults import FaultProxy

SCORED = "m5.xlarge+m6a.xlarge+r5.xlarge:20"
QUICK = replace(LIMITS, silence_s=0.4, answer_s=0.8)
"""Where a server does not answer in time, so that little is waited for."""


@dataclass
class Servers:
    """Started once; each test gives them a market of its own."""

    ec2: Ec2Server = field(default_factory=Ec2Server)
    lists: ListServer = field(default_factory=ListServer)


class AwsCloud(Cloud):
    """With credentials, or without."""

    provider = "aws"
    own_requests = staticmethod(lambda asked: b"GetSpotPlacementScores" not in asked.body)

    def __init__(self, market: Market, ec2: FaultProxy, lists: FaultProxy, *, signs: bool = True) -> None:
        self.market, self.ec2, self.lists, self.signs = market, ec2, lists, signs
        self.proxies = (lists, ec2) if signs else (lists,)
        self.pauses: list[float] = []
        self.limits = LIMITS

    @property
    def environment(self) -> dict[str, str]:
        """Settings, as a user would have them."""
        public = {
            "PLACEMENT_AWS_PRICE_LIST_URL": self.lists.url,
            "PLACEMENT_AWS_ADVISOR_URL": self.lists.url + ADVISOR,
        }
        if not self.signs:
            return public
        return public | {
            "AWS_CONFIG_FILE": "/none",
            "AWS_SHARED_CREDENTIALS_FILE": "/none",
            "AWS_ENDPOINT_URL": self.ec2.url,
            "AWS_ENDPOINT_URL_PRICING": self.lists.url,
            "AWS_ACCESS_KEY_ID": f"AKIA{SECRET}",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": f"token {SECRET}",
            "PLACEMENT_AWS_PLACEMENT_SCORES": SCORED,
        }

    def sources(self, surroundings: Surroundings, limits: Limits, sleep: Callable[[float], None]) -> Sequence[Source]:
        ours = replace(surroundings, environment={**self.environment, **surroundings.environment})
        made: list[Source] = [AwsPriceList(ours, self.limits, sleep)]
        if self.signs:
            made.append(AwsSpot(ours, self.limits, sleep))
        return [*made, AwsRisk(ours, self.limits, sleep)]

    def facts(self, source: str, **environment: str) -> list[Fact]:
        """All that one source says, with other settings; an empty setting is none."""
        return self.facts_in(Surroundings(environment, lambda: NOW), source)

    def facts_in(self, surroundings: Surroundings, source: str) -> list[Fact]:
        """All that one source says in other surroundings."""
        wanted = [made for made in self.sources(surroundings, self.limits, self.pauses.append) if made.name == source]
        return list(wanted[0].facts())

    def lose_a_page(self) -> None:
        lost = [row for row in self.market.products if row["product"]["attributes"]["regionCode"] == EU][:20]
        self.market.products = [row for row in self.market.products if row not in lost]
        self.market.spot[EU] = self.market.spot[EU][40:]

    def repeat_a_page(self) -> None:
        self.market.repeats_a_page = True


@contextmanager
def cloud_of(servers: Servers, *, signs: bool = True) -> Iterator[AwsCloud]:
    """A cloud with a new market and new proxies."""
    market = servers.ec2.market = servers.lists.market = Market()
    with FaultProxy(servers.ec2.url).running() as ec2, FaultProxy(servers.lists.url).running() as lists:
        yield AwsCloud(market, ec2, lists, signs=signs)
