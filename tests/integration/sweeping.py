"""Sweeps a market again and again until it is killed: python -m tests.integration.sweeping DATABASE_URL

Says on its output what it is about to do, so that it can be killed there.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Fact, PastPrice
from placement.domain.region import Region
from placement.domain.sweep import Price, SourceKind, StorageRate
from placement.planner.collecting import collect
from placement.store.repository import Store

START = datetime(2026, 11, 1, tzinfo=UTC)
REGIONS = tuple(Region("cloud", f"region-{number}", "DE") for number in range(6))
TYPES = tuple(InstanceType("cloud", f"type-{number:03}", 2, 8) for number in range(350))
OFFERINGS = len(REGIONS) * (len(TYPES) - 1)
_ASKING_S = 0.1


def at(number: int) -> datetime:
    return START + number * timedelta(hours=1)


def nano_usd(number: int) -> NanoUsd:
    """What every offering costs in the market's state of that number."""
    return NanoUsd(1_000_000 + number)


@dataclass(frozen=True)
class Market:
    """The market in one state: all its prices say which, and one type of each region is missing in turn."""

    number: int
    say: Callable[[str], object] = str
    name: str = "cloud"
    provider: str = "cloud"
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(minutes=10)

    def facts(self) -> Iterator[Fact]:
        self.say("asking")
        yield from REGIONS
        yield from TYPES
        for region in REGIONS:
            # An answer comes in pages.
            time.sleep(_ASKING_S / len(REGIONS))
            yield StorageRate(region.provider, region.name, nano_usd(self.number))
            for place, kind in enumerate(TYPES):
                if place != self.number % len(TYPES):
                    yield self._price(region, kind, self.number)
            yield PastPrice(self._price(region, TYPES[0], -self.number))
        self.say("storing")

    def _price(self, region: Region, kind: InstanceType, number: int) -> Price:
        return Price(
            region.provider,
            region.name,
            None,
            kind.name,
            CapacityType.ON_DEMAND,
            nano_usd(number),
            at(self.number),
            note=f"state {self.number}",
            effective_from=at(number),
        )


def sweep_next(store: Store, say: Callable[[str], object] = str) -> int:
    """Sweep the market in its next state, which has the number of the version that is made."""
    number = (store.latest_version() or 0) + 1
    record, _ = collect(store, Market(number, say), lambda: at(number))
    assert record.version == number
    return number


if __name__ == "__main__":
    opened = Store.open(sys.argv[1])

    def say(words: str) -> None:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    while True:
        say(f"stored {sweep_next(opened, say)}")
