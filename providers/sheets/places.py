"""Regions with their attestations, and instance types: what the other files of a sheet refer to."""

from collections import defaultdict
from dataclasses import replace
from typing import cast

from placement.domain.offering import InstanceType
from placement.domain.region import Attestation, Region
from providers.sheets import cells
from providers.sheets.cells import Column
from providers.sheets.sheet import INSTANCE_TYPE, PROVIDER, REGION, Found, Name, Sheet


def read_regions(sheet: Sheet) -> None:
    """`regions` and `attestations`."""
    table = sheet.table(
        "regions",
        PROVIDER,
        Column("region", cells.region_name),
        Column("country", cells.country),
        Column("city", cells.text, blank=None, required=False),
        Column("continent", cells.one_of(cells.CONTINENTS), blank=None, required=False),
        Column("lat", cells.number(-90, 90), blank=None, required=False),
        Column("lon", cells.number(-180, 180), blank=None, required=False),
        Column("partition", cells.name, blank=None, required=False),
        Column("subdivision", cells.subdivision, blank=None, required=False),
        Column("operator", cells.text, blank=None, required=False),
        Column("operator_country", cells.country, blank=None, required=False),
        Column("parent_country", cells.country, blank=None, required=False),
    )
    found = Found[Region](table)
    for line, values in table.rows():
        region = Region(*values)
        if region.subdivision and not region.subdivision.startswith(f"{region.country}-"):
            table.flaw(line, "subdivision", f"{region.subdivision} does not lie in {region.country}")
        found.add(line, (region.provider, region.name), region)
    regions = {cast(Name, key): region for key, region in found.facts.items()}
    sheet.regions, sheet.all_regions_read = regions, table.complete
    for key, held in _attestations(sheet).items():
        regions[key] = replace(regions[key], attestations=tuple(held))
    sheet.close(table, needed=True)


def _attestations(sheet: Sheet) -> dict[Name, list[Attestation]]:
    table = sheet.table(
        "attestations",
        PROVIDER,
        REGION,
        Column("scheme", cells.text),
        Column("valid_from", cells.day),
        Column("valid_to", cells.day, blank=None, required=False),
        required=False,
    )
    found = Found[tuple[Name, Attestation]](table)
    for line, (provider, region, *values) in table.rows():
        attested = Attestation(*values)
        if attested.valid_to is not None and attested.valid_to < attested.valid_from:
            table.flaw(line, "valid_to", f"{attested.valid_to} is before valid_from, {attested.valid_from}")
        name = (provider, region)
        if sheet.has_region(table, line, name):
            found.add(line, (name, attested.scheme, attested.valid_from), (name, attested))
    held: dict[Name, list[Attestation]] = defaultdict(list)
    for name, attested in sorted(found.facts.values(), key=lambda f: (f[0], f[1].scheme, f[1].valid_from)):
        held[name].append(attested)
    sheet.close(table)
    return held


def read_instance_types(sheet: Sheet) -> None:
    """`instance_types`; an architecture that is not known counts as unknown."""
    table = sheet.table(
        "instance_types",
        PROVIDER,
        INSTANCE_TYPE,
        Column("vcpus", cells.number(0, 1e5, above=True)),
        Column("memory_gib", cells.number(0, 1e7, above=True)),
        Column("architecture", cells.text, blank=None, required=False),
        Column("burstable", cells.flag, blank=False, required=False),
        Column("gpu_count", cells.count, blank=0, required=False),
        Column("gpu_model", cells.text, blank=None, required=False),
        Column("gpu_memory_gib", cells.number(0, 1e7), blank=None, required=False),
    )
    found = Found[InstanceType](table)
    strange: dict[str, None] = {}
    for line, values in table.rows():
        instance_type = InstanceType(*values)
        if instance_type.architecture not in (None, *cells.ARCHITECTURES):
            strange[str(instance_type.architecture)] = None
            instance_type = replace(instance_type, architecture=None)
        found.add(line, (instance_type.provider, instance_type.name), instance_type)
    sheet.instance_types = {cast(Name, key): kind for key, kind in found.facts.items()}
    sheet.all_instance_types_read = table.complete
    known = " and ".join(cells.ARCHITECTURES)
    sheet.warn(table.file, f"architectures other than {known} count as unknown", strange)
    sheet.close(table, needed=True)
