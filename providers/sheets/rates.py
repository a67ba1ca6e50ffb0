"""Prices, interruption figures and storage rates, each of a region and an instance type of the same sheet."""

from placement.domain.sweep import InterruptionFigure, Price, StorageRate
from placement.market.price_limits import absurdity, on_demand_medians
from placement.market.risk import hazard_of_band
from providers.sheets import cells
from providers.sheets.cells import Column
from providers.sheets.sheet import INSTANCE_TYPE, NOTE, OBSERVED_ON, PROVIDER, REGION, Found, Sheet


def prices(sheet: Sheet) -> tuple[Price, ...]:
    """`prices`, none of them absurd."""
    table = sheet.table(
        "prices",
        PROVIDER,
        REGION,
        Column("zone", cells.name, blank=None, required=False),
        INSTANCE_TYPE,
        Column("capacity_type", cells.capacity_type),
        Column("usd_per_hour", cells.price),
        Column("observed_on", cells.midnight),
        Column("estimated", cells.flag, blank=False, required=False),
        Column("capacity", cells.count, blank=None, required=False),
        NOTE,
    )
    found = Found[Price](table)
    regions, instance_types = sheet.regions, sheet.instance_types
    for line, (provider, name, zone, type_name, capacity_type, *values) in table.rows():
        region, instance_type = regions.get((provider, name)), instance_types.get((provider, type_name))
        if region is None or instance_type is None:
            sheet.has_region(table, line, (provider, name))
            sheet.has_instance_type(table, line, (provider, type_name))
            continue
        # One string for each name, not one a row.
        provider, name, type_name = region.provider, region.name, instance_type.name
        key = (provider, name, zone, type_name, capacity_type)
        found.add(line, key, Price(*key, *values))
    listed = tuple(found.facts.values())
    medians = on_demand_medians(listed)
    for identity, price in found.facts.items():
        if (reason := absurdity(price, medians)) is not None:
            table.flaw(found.lines[identity], "usd_per_hour", reason)
    sheet.close(table, needed=True)
    priced = {(price.provider, price.region) for price in listed}
    sheet.warn(table.file, "regions without a price", [regions[key].id for key in regions if key not in priced])
    return listed


def interruption(sheet: Sheet) -> tuple[InterruptionFigure, ...]:
    """`interruption`, where there is one."""
    per_cent = cells.number(0, 100)
    table = sheet.table(
        "interruption",
        PROVIDER,
        REGION,
        INSTANCE_TYPE,
        Column("pct_low", per_cent),
        Column("pct_high", per_cent, blank=None),
        Column("window", cells.window),
        OBSERVED_ON,
        NOTE,
        required=False,
    )
    found = Found[InterruptionFigure](table)
    for line, values in table.rows():
        figure = InterruptionFigure(*values)
        if figure.pct_high is not None and figure.pct_high < figure.pct_low:
            table.flaw(line, "pct_high", f"{figure.pct_high:g} is below pct_low, {figure.pct_low:g}")
        elif not _has_hazard(figure):
            table.flaw(line, "pct_low", "the middle of the band must be below 100")
        known_region = sheet.has_region(table, line, (figure.provider, figure.region))
        if sheet.has_instance_type(table, line, (figure.provider, figure.instance_type)) and known_region:
            found.add(line, (figure.provider, figure.region, figure.instance_type), figure)
    sheet.close(table)
    return tuple(found.facts.values())


def storage(sheet: Sheet) -> tuple[StorageRate, ...]:
    """`storage`, where there is one."""
    table = sheet.table("storage", PROVIDER, REGION, Column("usd_per_gb_month", cells.rate), required=False)
    found = Found[StorageRate](table)
    for line, (provider, region, usd_per_gb_month) in table.rows():
        if sheet.has_region(table, line, (provider, region)):
            found.add(line, (provider, region), StorageRate(provider, region, usd_per_gb_month))
    sheet.close(table)
    return tuple(found.facts.values())


def _has_hazard(figure: InterruptionFigure) -> bool:
    try:
        hazard_of_band(figure.pct_low, figure.pct_high, figure.window)
    except ValueError:
        return False
    return True
