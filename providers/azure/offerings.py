"""Of the quotes for one size in one region, one price holds now; those that ended are its past."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from placement.domain.errors import CollectionFailed
from placement.domain.money import rate_in_usd
from placement.domain.offering import CapacityType
from placement.domain.provider import PastPrice, Refusal
from placement.domain.sweep import Price
from providers.azure.retail import Quote

NOTE = "Azure Retail Prices"


def offerings(region: str, quotes: Iterable[Quote], now: datetime) -> Iterator[Price | PastPrice | Refusal]:
    """The prices that hold at `now`, and older ones.

    Raises CollectionFailed where two different prices hold: neither can be believed.
    """
    by_offering: dict[tuple[str, CapacityType], list[Quote]] = defaultdict(list)
    for quote in quotes:
        by_offering[quote.size, quote.capacity_type].append(quote)
    for (size, capacity_type), some in by_offering.items():
        subject = f"{region} {size} {capacity_type}"
        holding = [quote for quote in some if quote.ends is None or quote.ends >= now]
        if len({quote.usd_per_hour for quote in holding}) > 1:
            both = " and ".join(sorted({f"{rate_in_usd(quote.usd_per_hour):g}" for quote in holding}))
            raise CollectionFailed(f"azure: two prices are in force for {subject}: {both} USD")
        since = min((quote.starts for quote in holding), default=None)
        if since is not None:
            yield _price(region, holding[0], since, now)
        ended = [quote for quote in some if quote not in holding and (since is None or quote.starts < since)]
        yield from _past(region, subject, ended, now)


def _past(region: str, subject: str, ended: list[Quote], now: datetime) -> Iterator[PastPrice | Refusal]:
    by_start: dict[datetime, list[Quote]] = defaultdict(list)
    for quote in ended:
        by_start[quote.starts].append(quote)
    for starts, some in sorted(by_start.items()):
        if len({quote.usd_per_hour for quote in some}) == 1:
            yield PastPrice(_price(region, some[0], starts, now))
        else:
            yield Refusal("two past prices from one moment on", subject)


def _price(region: str, quote: Quote, since: datetime, now: datetime) -> Price:
    return Price(
        "azure",
        region,
        None,
        quote.size,
        quote.capacity_type,
        quote.usd_per_hour,
        observed_at=now,
        note=NOTE,
        effective_from=since,
    )
