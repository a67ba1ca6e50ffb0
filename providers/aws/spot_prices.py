"""The newest row of a type and zone is its price, since the row's time; those before it are the past.

A window of the history begins with the row that was in force when it opens, whose time lies before it. A type and zone
without a row has no spot there. Zones are told apart by their ids: their names differ from account to account.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime
from typing import Any

from placement.domain.money import NanoUsd, rate_from_usd
from placement.domain.offering import CapacityType
from placement.domain.provider import PastPrice, Refusal
from placement.domain.sweep import Price
from providers.aws.settings import PROVIDER

PRODUCT = "Linux/UNIX"
NOTE = "EC2 DescribeSpotPriceHistory, Linux/UNIX"
_Series = Mapping[datetime, Set[str]]
"""The prices as written, one unless AWS contradicts itself, by the time since when they hold."""


def spot_prices(
    rows: Iterable[Mapping[str, Any]],
    region: str,
    zone_ids: Mapping[str, str],
    offered: Set[tuple[str, str]],
    now: datetime,
) -> Iterator[Price | PastPrice | Refusal]:
    """Prices and past prices by type and zone.

    `zone_ids` are the region's zones by name, `offered` its (instance type, zone id). Rows of other products and of
    local zones are out of scope.
    """
    by_offering: dict[tuple[str, str], dict[datetime, set[str]]] = defaultdict(lambda: defaultdict(set))
    ids = set(zone_ids.values())
    for row in rows:
        zone = row.get("AvailabilityZoneId") or zone_ids.get(row.get("AvailabilityZone", ""))
        if row.get("ProductDescription") == PRODUCT and zone in ids:
            since = row["Timestamp"].astimezone(UTC)
            by_offering[row["InstanceType"], str(zone)][since].add(row["SpotPrice"])
    for (kind, zone), series in sorted(by_offering.items()):
        if (kind, zone) in offered:
            yield from _prices(series, region, zone, kind, now)
        else:
            yield Refusal("spot price of an instance type that is not offered there", f"{region} {zone} {kind} spot")


def _prices(series: _Series, region: str, zone: str, kind: str, now: datetime) -> Iterator[Price | PastPrice | Refusal]:
    subject = f"{region} {zone} {kind} spot"
    newest = max(series)
    for since, written in sorted(series.items()):
        rate = _rate(written)
        if since > now:
            yield Refusal("spot price of a time to come", subject)
        elif isinstance(rate, str):
            yield Refusal(rate, subject)
        else:
            price = Price(PROVIDER, region, zone, kind, CapacityType.SPOT, rate, now, note=NOTE, effective_from=since)
            yield price if since == newest else PastPrice(price)


def _rate(written: Set[str]) -> NanoUsd | str:
    """The one price that is written, or why there is none."""
    try:
        rates = {rate_from_usd(text) for text in written}
    except ValueError:
        return "spot price that cannot be read"
    if len(rates) > 1:
        return "two spot prices since the same moment"
    return rate if (rate := rates.pop()) > 0 else "no price above 0"
