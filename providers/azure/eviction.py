"""Resource Graph says how often spot instances are evicted in an hour, in bands, and what spot cost for 90 days."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from placement.domain.offering import CapacityType
from placement.domain.provider import PastPrice, Refusal
from placement.domain.sweep import InterruptionFigure, Price
from providers.azure.retail import Unusable, moment, positive_price_of

_BAND = re.compile(r"(\d+)(?:-(\d+)|\+)")
_RATE_NOTE = "Azure Resource Graph: spot eviction rate of the trailing 28 days"
_PRICE_NOTE = "Azure Resource Graph: spot price history"

_NO_NAME = "''"
# Without `id` there is no second page, and without an order rows are lost between pages.
RATES = """SpotResources
| where type =~ 'microsoft.compute/skuspotevictionrate/location'{where}
| project id, sku = tostring(sku.name), location, rate = tostring(properties.evictionRate)
| order by id asc"""
PRICES = """SpotResources
| where type =~ 'microsoft.compute/skuspotpricehistory/ostype/location'
| where properties.osType =~ 'linux'{where}
| project id, sku = tostring(sku.name), location, os = tostring(properties.osType), prices = properties.spotPrices
| order by id asc"""


def limited(query: str, regions: frozenset[str] | None) -> str:
    """The query for these regions, or for all; what is no name of a region is in no answer."""
    if regions is None:
        return query.replace("{where}", "")
    names = [f"'{name}'" for name in sorted(regions) if name.replace("-", "").isalnum()]
    return query.replace("{where}", f"\n| where location in~ ({', '.join(names) or _NO_NAME})")


def figure(region: str, size: str, rate: Any, now: datetime) -> InterruptionFigure | Refusal:
    """An eviction rate such as `5-10` or `20+`, in per cent an hour."""
    found = _BAND.fullmatch(rate) if isinstance(rate, str) else None
    if found is None:
        return Refusal("an eviction rate of an unknown form", f"{region} {size} {rate}")
    low, high = float(found[1]), float(found[2]) if found[2] else None
    return InterruptionFigure("azure", region, size, low, high, "hour", now.date(), _RATE_NOTE)


def past_prices(region: str, size: str, prices: Any, now: datetime) -> Iterator[PastPrice | Refusal]:
    """What spot cost in a region as a whole, from each date on."""
    subject = f"{region} {size} spot"
    if not isinstance(prices, list) or not all(isinstance(entry, Mapping) for entry in prices):
        yield Refusal("a price history of an unknown form", subject)
        return
    for entry in prices:
        try:
            since = moment(entry.get("effectiveDate"))
            rate = positive_price_of({"currencyCode": "USD", "retailPrice": entry.get("priceUSD")})
        except Unusable as unusable:
            yield Refusal(unusable.reason, subject)
            continue
        if since > now:
            yield Refusal("a past price of the future", subject)
            continue
        spot = CapacityType.SPOT
        yield PastPrice(
            Price("azure", region, None, size, spot, rate, observed_at=now, note=_PRICE_NOTE, effective_from=since)
        )
