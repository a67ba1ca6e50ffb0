"""Source `aws-spot`: what machines cost on spot in each zone now and in the last hours, from EC2 itself.

AWS's price feeds for web pages are no source: one has been frozen since 2024, the other leaves out regions and types.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.offering import InstanceType
from placement.domain.provider import Fact, Notice, Surroundings
from placement.domain.sweep import Price, SourceKind
from providers.aws.ec2_market import market_of
from providers.aws.placement_scores import hints
from providers.aws.places import chosen
from providers.aws.session import session
from providers.aws.settings import HOW_TO_SIGN, PROVIDER, SCORES, has_credentials
from providers.aws.throttling import asks_again
from providers.known_regions import known_regions, unknown_region
from providers.limits import Limits

_CLOSED = "not-opted-in"


@dataclass(frozen=True)
class AwsSpot:
    """Spot in all regions that the account has enabled."""

    surroundings: Surroundings
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    name: str = field(default="aws-spot", init=False)
    provider: str = field(default=PROVIDER, init=False)
    kind: SourceKind = field(default=SourceKind.API, init=False)
    cadence: timedelta = field(default=timedelta(minutes=10), init=False)

    def facts(self) -> Iterator[Fact]:
        """Prices region by region, then placement scores where some are asked for."""
        environment = self.surroundings.environment
        if not (has_credentials(environment) or self.surroundings.replay_from):
            raise Unconfigured(f"{self.name}: {HOW_TO_SIGN}")
        from providers.fetch import Fetcher

        now = self.surroundings.clock()
        with (
            Fetcher(self.name, [], self.surroundings, self.limits, asks_again=asks_again, sleep=self.sleep) as fetch,
            session(self.name, self.surroundings, fetch, self.limits, self.sleep) as sdk,
        ):
            home = sdk.ec2()
            regions: list[str] = []
            for fact in self._regions(home.ask("describe_regions", AllRegions=True).get("Regions", ())):
                if isinstance(fact, str):
                    regions.append(fact)
                else:
                    yield fact
            if not regions:
                raise CollectionFailed(f"{self.name}: no region is left to ask")
            clients = {name: sdk.ec2(name) for name in regions}
            types: set[str] = set()
            priced = False
            for facts in fetch.each(lambda name: market_of(clients[name], name, now), regions):
                for said in facts:
                    if isinstance(said, InstanceType):
                        if said.name in types:
                            continue
                        types.add(said.name)
                    priced = priced or isinstance(said, Price)
                    yield said
            if not priced:
                raise CollectionFailed(f"{self.name}: no region gives a spot price")
            yield from hints(home, environment.get(SCORES, ""), regions, now)

    def _regions(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Fact | str]:
        """The regions with their facts, and the names of those to ask."""
        status = {row.get("RegionName", ""): row.get("OptInStatus") for row in rows}
        table = known_regions(__package__, PROVIDER)
        for name in chosen(self.name, status, self.surroundings.regions(PROVIDER)):
            if name not in table:
                yield unknown_region(name)
            elif status[name] == _CLOSED:
                yield Notice(f"{name} is left out: the account has not opted in to it")
            else:
                yield table[name]
                yield name
