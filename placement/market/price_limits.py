"""A price over 20 times what its instance type costs on demand is a mistake, not a price."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median_low

from placement.domain.money import NanoUsd, rate_in_usd
from placement.domain.offering import CapacityType
from placement.domain.sweep import Price

MOST_TIMES_MEDIAN = 20

Medians = Mapping[tuple[str, str], NanoUsd]
"""By (provider, instance type)."""


def on_demand_medians(prices: Iterable[Price]) -> Medians:
    """The median on-demand price of the regions; the lower of two middles, so one slip in two shows."""
    by_type: dict[tuple[str, str], list[NanoUsd]] = defaultdict(list)
    for price in prices:
        if price.capacity_type is CapacityType.ON_DEMAND:
            by_type[price.provider, price.instance_type].append(price.usd_per_hour)
    return {key: median_low(rates) for key, rates in by_type.items()}


def absurdity(price: Price, medians: Medians) -> str | None:
    """Why the price cannot be believed, or None, also for a type that no region has on demand."""
    median = medians.get((price.provider, price.instance_type))
    if median is None or price.usd_per_hour <= MOST_TIMES_MEDIAN * median:
        return None
    return (
        f"{rate_in_usd(price.usd_per_hour):g} USD is absurd: over {MOST_TIMES_MEDIAN} times "
        f"the on-demand median of {price.provider} {price.instance_type}, {rate_in_usd(median):g} USD"
    )
