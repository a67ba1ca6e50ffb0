"""The tiers of an egress tariff follow each other from 0 GB without a gap, and the last has no end."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from placement.domain.money import NanoUsd
from placement.domain.sweep import PricedTariff
from placement.domain.tariff import EgressTariff, TariffTier
from providers.sheets import cells
from providers.sheets.cells import DESTINATIONS, Column
from providers.sheets.sheet import NOTE, OBSERVED_ON, PROVIDER, Found, Sheet
from providers.sheets.table import Table

_Route = tuple[str, str, str]
"""(provider, src, dst)"""


@dataclass(frozen=True, slots=True)
class _Tier:
    from_gb: float
    to_gb: float | None
    usd_per_gb: NanoUsd
    observed_on: date
    note: str


def tariffs(sheet: Sheet) -> tuple[PricedTariff, ...]:
    """`egress`, one tariff for all rows of a provider, source and destination."""
    gb = cells.number(0, 1e15)
    table = sheet.table(
        "egress",
        PROVIDER,
        Column("src", cells.place),
        Column("dst", cells.destination),
        Column("tier_from_gb", gb),
        Column("tier_to_gb", gb, blank=None, required=False),
        Column("usd_per_gb", cells.rate),
        OBSERVED_ON,
        NOTE,
    )
    found = Found[_Tier](table)
    routes: dict[_Route, list[float]] = defaultdict(list)
    for line, (provider, src, dst, *values) in table.rows():
        tier = _Tier(*values)
        route = (provider, src, dst)
        if (*route, tier.from_gb) not in found.facts:
            routes[route].append(tier.from_gb)
        found.add(line, (*route, tier.from_gb), tier)
    tiers_of = {route: [(*route, start) for start in sorted(starts)] for route, starts in routes.items()}
    if table.complete:
        for keys in tiers_of.values():
            _check_order(table, [found.facts[key] for key in keys], [found.lines[key] for key in keys])
    priced = []
    if table.complete:
        priced = [_tariff(route, [found.facts[key] for key in keys]) for route, keys in tiers_of.items()]
    sheet.close(table)
    unused = [p.tariff.name for p in priced if not _used(sheet, p.tariff)]
    sheet.warn(table.file, "tariffs that no region of the sheet uses", unused)
    return tuple(priced)


def _tariff(route: _Route, tiers: list[_Tier]) -> PricedTariff:
    """A tariff is as old as its oldest tier."""
    oldest = min(tiers, key=lambda tier: tier.observed_on)
    steps = tuple(TariffTier(tier.from_gb, tier.usd_per_gb) for tier in tiers)
    return PricedTariff(EgressTariff(*route, steps), oldest.observed_on, oldest.note)


def _check_order(table: Table, tiers: list[_Tier], lines: list[int]) -> None:
    """Where the file says nothing of ends, each tier ends where the next begins."""
    if tiers[0].from_gb != 0:
        table.flaw(lines[0], "tier_from_gb", f"the first tier begins at {tiers[0].from_gb:g} GB; it must be 0")
    for (tier, following), (line, next_line) in zip(pairwise(tiers), pairwise(lines), strict=True):
        begins = f"the next tier begins at {following.from_gb:g} GB (line {next_line})"
        if tier.to_gb is None:
            if table.has("tier_to_gb"):
                table.flaw(line, "tier_to_gb", f"is empty, which means no end, but {begins}")
        elif tier.to_gb != following.from_gb:
            what = "overlaps the next" if tier.to_gb > following.from_gb else "leaves a gap"
            table.flaw(line, "tier_to_gb", f"the tier ends at {tier.to_gb:g} GB and {what}: {begins}")
    if tiers[-1].to_gb is not None:
        table.flaw(lines[-1], "tier_to_gb", "the last tier must have no end; leave tier_to_gb empty")


def _used(sheet: Sheet, tariff: EgressTariff) -> bool:
    """Whether its words name places of the sheet; the countries are those of others' regions, not here."""
    regions = [region for region in sheet.regions.values() if region.provider == tariff.provider]
    here = {word for region in regions for word in (region.name, region.continent, "*")}
    return tariff.src in here and (tariff.dst in here.union(DESTINATIONS) or tariff.dst.startswith("internet:"))
