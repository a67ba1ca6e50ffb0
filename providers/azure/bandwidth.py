"""A Bandwidth row is one tier of a tariff: from where is its region or zone, to where its meter.

Traffic to the internet is priced as routed over Microsoft's network, which is how Azure routes unless told otherwise.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from placement.domain.errors import CollectionFailed
from placement.domain.money import NanoUsd
from placement.domain.provider import Refusal
from placement.domain.region import Region
from placement.domain.sweep import PricedTariff
from placement.domain.tariff import EgressTariff, TariffTier
from providers.azure.retail import Row, Unusable, interval_of, price_of

CONTINENTS = ("africa", "asia", "europe", "north-america", "oceania", "south-america")
_NOTE = "Azure Retail Prices: Bandwidth"


Ladder = tuple[TariffTier, ...]


class Reach(StrEnum):
    """What a meter counts."""

    INTERNET = "to the internet over Microsoft's network"
    INTERNET_BY_OTHERS = "to the internet over other providers"
    SAME_CONTINENT = "to regions of the continent"
    OTHER_CONTINENT = "to regions of other continents"
    OUT_OF_ZONE = "out of an availability zone"
    INTO_ZONE = "into an availability zone"


_METERS = (
    (re.compile(r"Intra.Continent.*Out\b", re.IGNORECASE), Reach.SAME_CONTINENT),
    (re.compile(r"Inter.Continent.*Out\b", re.IGNORECASE), Reach.OTHER_CONTINENT),
    (re.compile(r"Inter.Availability Zone.*Out\b", re.IGNORECASE), Reach.OUT_OF_ZONE),
    (re.compile(r"Inter.Availability Zone.*\bIn\b", re.IGNORECASE), Reach.INTO_ZONE),
)
_OUT = re.compile(r"\bTransfer Out\b|\bInter-Region\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One tier of one meter."""

    reach: Reach
    meter: str
    tier: TariffTier


@dataclass(frozen=True, slots=True)
class Ladders:
    """The tiers of traffic from one place, by where it goes."""

    tiers: Mapping[Reach, Ladder]
    refused: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, place: str, rows: Iterable[Row], now: datetime) -> "Ladders":
        """Raises CollectionFailed where a meter has two prices in force for one tier."""
        by_meter: dict[tuple[Reach, str], dict[float, TariffTier]] = defaultdict(dict)
        refused: list[Refusal] = []
        for row in rows:
            read = read_step(row, now)
            if isinstance(read, Refusal):
                refused.append(read)
            elif read is not None:
                known = by_meter[read.reach, read.meter].setdefault(read.tier.from_gb, read.tier)
                if known != read.tier:
                    subject = f"{place} {read.meter} from {known.from_gb:g} GB"
                    raise CollectionFailed(f"azure: two prices are in force for {subject}")
        ladders: dict[Reach, set[Ladder]] = defaultdict(set)
        for (reach, meter), by_start in by_meter.items():
            ladder = tuple(by_start[start] for start in sorted(by_start))
            if flaw := _flaw(reach, ladder):
                refused.append(Refusal(flaw, f"{place} {meter}"))
            else:
                ladders[reach].add(ladder)
        differing = [reach for reach, some in ladders.items() if len(some) > 1]
        refused += (Refusal("two meters for the same traffic differ", f"{place} {reach}") for reach in differing)
        return cls({reach: some.pop() for reach, some in ladders.items() if reach not in differing}, tuple(refused))

    def tariffs(self, region: Region, now: datetime) -> Iterator[PricedTariff]:
        """The tariffs of traffic from a region."""
        if ladder := self.tiers.get(Reach.INTERNET):
            yield _tariff(region, "internet", ladder, now, _free(ladder))
        elif ladder := self.tiers.get(Reach.INTERNET_BY_OTHERS):
            yield _tariff(region, "internet", ladder, now, f"{_free(ladder)}, routed over other providers")
        for continent in CONTINENTS:
            same = continent == region.continent
            if ladder := self.tiers.get(Reach.SAME_CONTINENT if same else Reach.OTHER_CONTINENT):
                yield _tariff(region, continent, ladder, now)
        out, into = self.tiers.get(Reach.OUT_OF_ZONE), self.tiers.get(Reach.INTO_ZONE)
        if out and into and len(out) == len(into) == 1:
            # A GB between zones is counted at both ends.
            both = TariffTier(0, NanoUsd(out[0].usd_per_gb + into[0].usd_per_gb))
            yield _tariff(region, "same-region-cross-zone", (both,), now)


def read_step(row: Row, now: datetime) -> Step | Refusal | None:
    """The tier that a row is; why it is none; or None for a row that is out of scope or not in force."""
    meter = str(row.get("meterName") or "")
    if row.get("serviceName") != "Bandwidth" or row.get("type") != "Consumption":
        return None
    try:
        starts, ends = interval_of(row)
        if starts > now or (ends is not None and ends < now):
            return None
        reach = _reach(meter, str(row.get("productName") or ""))
        if reach is None:
            return None
        if row.get("unitOfMeasure") != "1 GB":
            raise Unusable("traffic in another unit than GB")
        from_gb = row.get("tierMinimumUnits")
        if isinstance(from_gb, bool) or not isinstance(from_gb, int | float) or not 0 <= from_gb < float("inf"):
            raise Unusable("a tier that begins nowhere")
        return Step(reach, meter, TariffTier(float(from_gb), price_of(row)))
    except Unusable as unusable:
        place = row.get("armRegionName") or row.get("location") or "anywhere"
        return Refusal(unusable.reason, f"{place} {meter}")


def _reach(meter: str, product: str) -> Reach | None:
    """None for traffic that comes in, which is free."""
    for pattern, reach in _METERS:
        if pattern.search(meter):
            return reach
    if not _OUT.search(meter):
        return None
    if meter == "Standard Data Transfer Out" and "MGN" in product:
        return Reach.INTERNET
    if meter == "Standard Data Transfer Out" and "Routing Preference: Internet" in product:
        return Reach.INTERNET_BY_OTHERS
    # One such is `Standard Inter-Region Data Transfer`: a single rate that does not say to which regions.
    raise Unusable("a meter of outgoing traffic that does not say where to")


def _flaw(reach: Reach, ladder: Ladder) -> str | None:
    if ladder[0].from_gb != 0:
        return "tiers that do not start at 0 GB"
    # The first GB of a month may be free; traffic between zones may be altogether.
    may_be_free = 1 if reach in (Reach.INTERNET, Reach.INTERNET_BY_OTHERS) and len(ladder) > 1 else 0
    if reach not in (Reach.OUT_OF_ZONE, Reach.INTO_ZONE) and any(t.usd_per_gb == 0 for t in ladder[may_be_free:]):
        return "price of 0"
    return None


def _tariff(region: Region, dst: str, ladder: Ladder, now: datetime, more: str = "") -> PricedTariff:
    return PricedTariff(EgressTariff("azure", region.name, dst, ladder), now.date(), _NOTE + more)


def _free(ladder: Ladder) -> str:
    return f", the first {ladder[1].from_gb:g} GB free once per account" if ladder[0].usd_per_gb == 0 else ""
