"""Traffic is priced by where it comes from: to users, to another region, and between zones of one region.

* Out to the internet: all of a month's volume from the region, in tiers. The first 100 GB a month that are free belong
  to the account, over all regions together; the list does not have them, and so they are not taken off here.
* To another region: one rate for each ordered pair, paid where the traffic leaves; coming in costs nothing.
* Between zones: `IntraRegion` is paid at both ends, once for going out and once for coming in, so that a GB which
  crosses costs twice the listed rate: 0.02 USD where the list says 0.01. The list has newer meters between zones
  (`IntraRegion-xAZ-Out`, `-In`) at 0; which one a service's traffic counts on is not said, so the dearer is taken.

Whether AWS bills GB (1e9 bytes) or GiB is not settled; the list says GB, and its numbers are taken as GB.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime

from placement.domain.money import NanoUsd
from placement.domain.provider import Refusal
from placement.domain.sweep import PricedTariff
from placement.domain.tariff import EgressTariff, TariffTier
from providers.aws.price_rows import REGION, PriceRow
from providers.aws.settings import PROVIDER

TRANSFERS = {
    "AWS Outbound": "DataTransfer-Out-Bytes",
    "InterRegion Outbound": "-AWS-Out-Bytes",
    "IntraRegion": "DataTransfer-Regional-Bytes",
}
"""How the usage type of each kind of transfer ends, where it is the meter of plain traffic and of no single service."""
INTERNET, CROSS_ZONE = "internet", "same-region-cross-zone"
NOTE = "AWS Price List, AWSDataTransfer"


def is_transfer(row: PriceRow, src: str) -> bool:
    """Whether the row prices plain traffic from the region `src`; a local zone of it has a code of its own."""
    said = row.attributes
    meter = TRANSFERS.get(said.get("transferType", ""))
    return (
        meter is not None
        and said.get("usagetype", "").endswith(meter)
        and said.get("fromLocationType") == REGION
        and said.get("fromRegionCode") == src
        and _destination(row, src) is not None
    )


def tariffs(
    rows: Iterable[PriceRow], src: str, regions: Container[str], now: datetime
) -> Iterator[PricedTariff | Refusal]:
    """A tariff for each destination that is one of `regions`, the internet or another zone, by name."""
    by_route: dict[str, list[PriceRow]] = defaultdict(list)
    for row in rows:
        dst = _destination(row, src)
        if dst in (INTERNET, CROSS_ZONE) or dst in regions:
            by_route[str(dst)].append(row)
    for dst, same in sorted(by_route.items()):
        tiers = _tiers(same, f"{src} -> {dst}", now.date())
        if isinstance(tiers, Refusal):
            yield tiers
            continue
        if dst == CROSS_ZONE:
            tiers = tuple(TariffTier(tier.from_gb, NanoUsd(2 * tier.usd_per_gb)) for tier in tiers)
        yield PricedTariff(EgressTariff(PROVIDER, src, dst, tiers), now.date(), NOTE)


def _destination(row: PriceRow, src: str) -> str | None:
    said = row.attributes
    match said.get("transferType"):
        case "AWS Outbound":
            return INTERNET if said.get("toLocation") == "External" else None
        case "IntraRegion":
            return CROSS_ZONE if said.get("toRegionCode", src) in (src, "") else None
        case _:
            dst = said.get("toRegionCode", "")
            return dst if said.get("toLocationType") == REGION and dst not in (src, "") else None


def _tiers(rows: list[PriceRow], subject: str, today: date) -> tuple[TariffTier, ...] | Refusal:
    """The tiers that all rows of a route agree on; a row without an operation is about any, and so overrules others."""
    plain = [row for row in rows if not row.attributes.get("operation")] or rows
    products: dict[str, set[tuple[str, str, NanoUsd]]] = defaultdict(set)
    for row in plain:
        if row.unit != "GB":
            return Refusal("tariff is not one for GB", subject)
        priced = row.rate(today, subject)
        if isinstance(priced, Refusal):
            return priced
        products[row.sku].add((row.begin, row.end, priced[0]))
    if len(ways := {frozenset(steps) for steps in products.values()}) > 1:
        return Refusal("two tariffs for the same traffic", subject)
    return _ordered(ways.pop(), subject)


def _ordered(steps: Iterable[tuple[str, str, NanoUsd]], subject: str) -> tuple[TariffTier, ...] | Refusal:
    try:
        found = sorted((float(begin), float(end), rate) for begin, end, rate in steps)
    except ValueError:
        return Refusal("tiers of a tariff cannot be read", subject)
    ends = [0.0, *(end for _, end, _ in found)]
    if any(begin != end for end, (begin, _, _) in zip(ends, found, strict=False)) or ends[-1] != float("inf"):
        return Refusal("tiers of a tariff do not follow each other from 0 to Inf", subject)
    if all(rate == 0 for _, _, rate in found):
        return Refusal("tariff of 0", subject)
    return tuple(TariffTier(begin, rate) for begin, _, rate in found)
