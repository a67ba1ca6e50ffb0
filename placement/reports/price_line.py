"""A price over time is a line of steps, added up exactly: nano-USD an hour times seconds, in whole numbers."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType, Offering
from placement.store.price_series import Named

Step = tuple[int, int | None]
"""(since when in seconds since 1970, nano-USD an hour; None: withdrawn)"""


@dataclass(frozen=True, eq=False, slots=True)
class PriceLine:
    """Each price holds from its moment to the next; the first also before, the last also after."""

    moments: tuple[int, ...]
    """Seconds since 1970, rising; not empty."""
    nano_usd_per_hour: tuple[int, ...]
    sums: tuple[int, ...]
    """Of nano-USD an hour times seconds, from the first moment to each."""

    @classmethod
    def constant(cls, price: NanoUsd) -> "PriceLine":
        """A price that never changes."""
        return cls((0,), (price,), (0,))

    @classmethod
    def of(cls, steps: Sequence[Step], otherwise: NanoUsd) -> "PriceLine":
        """The steps in the order of time. What is withdrawn and still runs costs what it did; without a price before
        it costs `otherwise`."""
        price: int = otherwise
        known: dict[int, int] = {}
        for since, usd in steps:
            price = price if usd is None else usd
            known[since] = price
        if not known:
            return cls.constant(otherwise)
        areas = ((after - since) * known[since] for since, after in pairwise(known))
        return cls(tuple(known), tuple(known.values()), (0, *accumulate(areas)))

    def sum(self, since: int, until: int) -> int:
        """Nano-USD an hour times seconds over the stretch; divided by 3600 what one instance costs in it."""
        return self._sum_to(until) - self._sum_to(since)

    def _sum_to(self, moment: int) -> int:
        at = max(0, bisect_right(self.moments, moment) - 1)
        return self.sums[at] + (moment - self.moments[at]) * self.nano_usd_per_hour[at]


Prices = Callable[[Offering], PriceLine]
"""What an offering costs over time."""
Known = Mapping[Named, Mapping[str, Sequence[Step]]]
"""By offering and source."""


def named(offering: Offering) -> Named:
    """The offering by its names."""
    return Named(offering.region.id, offering.instance_type.name, offering.capacity_type, offering.zone)


def prices_of_the_time(known: Known, sources: Sequence[str] = ()) -> Prices:
    """The prices of the source that the offering is from; one that no source speaks of costs always what it says.

    `sources` are in the order of their strength, the weakest first.
    """
    lines: dict[tuple[Named, str, int], PriceLine] = {}

    def line(offering: Offering) -> PriceLine:
        name = named(offering)
        key = name, offering.source, offering.usd_per_hour
        if key not in lines:
            lines[key] = PriceLine.of(_steps(known.get(name, {}), offering, sources), offering.usd_per_hour)
        return lines[key]

    return line


def list_prices(known: Known, sources: Sequence[str], prices: Prices) -> Prices:
    """On demand, where the region has the type so, of the same source if it can be; else what it costs itself."""

    lines: dict[PriceLine, PriceLine] = {}

    def line(offering: Offering) -> PriceLine:
        own = prices(offering)
        if own not in lines:
            lines[own] = listed(offering, own)
        return lines[own]

    def listed(offering: Offering, own: PriceLine) -> PriceLine:
        if offering.capacity_type is CapacityType.ON_DEMAND:
            return own
        for zone in dict.fromkeys((offering.zone, None)):
            name = Named(offering.region.id, offering.instance_type.name, CapacityType.ON_DEMAND, zone)
            steps = _steps(known.get(name, {}), offering, sources)
            first = next((usd for _, usd in steps if usd is not None), None)
            if first is not None:
                return PriceLine.of(steps, NanoUsd(first))
        return own

    return line


def _steps(by_source: Mapping[str, Sequence[Step]], offering: Offering, sources: Sequence[str]) -> Sequence[Step]:
    """Documents name no source: then it is the strongest that said this price, or the strongest of all."""
    if offering.source in by_source:
        return by_source[offering.source]
    strength = {source: rank for rank, source in enumerate(sources)}
    ordered = sorted(by_source, key=lambda source: (-strength.get(source, -1), source))
    said = (source for source in ordered if any(usd == offering.usd_per_hour for _, usd in by_source[source]))
    source = next(said, ordered[0] if ordered else "")
    return by_source.get(source, ())


def frozen_prices() -> Prices:
    """Those that offerings had when they were chosen."""
    return prices_of_the_time({})
