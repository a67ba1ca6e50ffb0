"""The fake with the sources that ask it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from google.oauth2.credentials import Credentials

from placement.domain.provider import Source, Surroundings
from providers.gcp.access import BILLING_KEY, BILLING_URL, COMPUTE_URL
from providers.gcp.market import Market
from providers.gcp.risk import OBTAINABILITY, TYPES, Risk
from providers.limits import Limits
from tests.providers.conformance import LIMITS, NOW, SECRET, Cloud
from tests.providers.gcp.fake import Fake
from tests.providers.gcp.market import FRANKFURT, IOWA, PROJECT, Row
from tests.providers.wire.faults import FaultProxy


def credentials() -> Credentials:
    """Whose token never has to be refreshed."""
    return Credentials(token=f"token-{SECRET}")  # type: ignore[no-untyped-call]


def history(shares: Sequence[float | str], usd: Sequence[float] = ()) -> Row:
    """One day after the other, the last of them yesterday."""
    preempted = [{"interval": _day(len(shares) - n), "preemptionRate": share} for n, share in enumerate(shares)]
    prices = [
        {
            "interval": _day(len(usd) - n),
            "listPrice": {"currencyCode": "USD", "units": "0", "nanos": round(price * 1e9)},
        }
        for n, price in enumerate(usd)
    ]
    return {"machineType": "any", "preemptionHistory": preempted, "priceHistory": prices}


def _day(days_ago: int) -> Row:
    start = midnight(days_ago)
    return {"startTime": start.isoformat(), "endTime": (start + timedelta(days=1)).isoformat()}


def midnight(days_ago: int) -> datetime:
    return NOW.replace(hour=8) - timedelta(days=days_ago)


class GcpCloud(Cloud):
    provider = "gcp"

    def __init__(self, fake: Fake, proxies: Sequence[FaultProxy]) -> None:
        self.fake, self.proxies = fake, proxies
        for region in (IOWA, FRANKFURT):
            fake.history[f"{region}-b n2-standard-4"] = history([0.1, 0.3], [0.06, 0.07])
        fake.obtainability["n2-standard-4"] = 0.9

    @property
    def environment(self) -> Mapping[str, str]:
        compute, billing = self.proxies
        return {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            COMPUTE_URL: compute.url,
            BILLING_URL: billing.url,
            BILLING_KEY: f"key-{SECRET}",
            TYPES: "n2-standard-[24]",
            OBTAINABILITY: "1",
        }

    def sources(self, surroundings: Surroundings, limits: Limits, sleep: Callable[[float], None]) -> Sequence[Source]:
        # The suite waits out every time-out several times for each source; the fake answers in milliseconds.
        quick = replace(limits, silence_s=0.6, answer_s=1.5)
        return (self.market(surroundings, quick, sleep), self.risk(surroundings, quick, sleep))

    def market(
        self,
        surroundings: Surroundings | None = None,
        limits: Limits = LIMITS,
        sleep: Callable[[float], None] = lambda _: None,
    ) -> Market:
        return Market(self._placed(surroundings), credentials(), limits, sleep)

    def risk(
        self,
        surroundings: Surroundings | None = None,
        limits: Limits = LIMITS,
        sleep: Callable[[float], None] = lambda _: None,
    ) -> Risk:
        return Risk(self._placed(surroundings), credentials(), limits, sleep)

    def lose_a_page(self) -> None:
        self.fake.lost = {0}

    def repeat_a_page(self) -> None:
        self.fake.repeated = True

    def _placed(self, surroundings: Surroundings | None) -> Surroundings:
        given = surroundings or Surroundings(clock=lambda: NOW)
        return replace(given, environment={**self.environment, **given.environment})
