"""Sources for commands: a small cloud that says what a test lets it say."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Clock, Fact, Notice, PastPrice, Refusal
from placement.domain.region import Region
from placement.domain.sweep import CapacityHint, Price, PricedTariff, SourceKind
from placement.domain.tariff import EgressTariff, TariffTier

HOME = Region("cloud", "home-1", "DE", continent="europe")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Scripted:
    """Twenty instance types in one region; `usd` is the price of the smallest."""

    name: str = "cloud"
    provider: str = "cloud"
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(hours=1)
    usd: float = 0.1
    types: int = 20
    capacity_type: CapacityType = CapacityType.ON_DEMAND
    clock: Clock = now
    failure: str = ""
    lacks: str = ""
    extra: list[Fact] = field(default_factory=list)

    def facts(self) -> Iterator[Fact]:
        if self.lacks:
            raise Unconfigured(f"{self.name}: {self.lacks}")
        at = self.clock()
        yield HOME
        for number in range(self.types):
            yield InstanceType("cloud", f"m{number}", 2.0 + number, 8.0 + number, "x86_64")
        for number in range(self.types):
            usd = rate_from_usd(self.usd * (1 + number))
            note = "scripted"
            yield Price("cloud", "home-1", None, f"m{number}", self.capacity_type, usd, at, note=note)
        if self.failure:
            raise CollectionFailed(f"{self.name}: {self.failure}")
        tariff = EgressTariff("cloud", "*", "internet", (TariffTier(0, rate_from_usd(0.09)),))
        yield PricedTariff(tariff, at.date(), "scripted")
        yield from self.extra


def past(usd: float, since: datetime) -> PastPrice:
    rate = rate_from_usd(usd)
    price = Price("cloud", "home-1", None, "m0", CapacityType.ON_DEMAND, rate, since, effective_from=since)
    return PastPrice(price)


def refused(reason: str, subject: str) -> Refusal:
    return Refusal(reason, subject)


def hint(value: str) -> CapacityHint:
    return CapacityHint("cloud", "home-1", "home-1a", ("m0", "m1", "m2"), "placement score, 1 to 10", value, now())


def notice(words: str) -> Notice:
    return Notice(words)
