"""What providers say of whether a request for spot would succeed now."""

from sqlalchemy import Connection, select

from placement.domain.sweep import CapacityHint
from placement.store import tables
from placement.store.change_points import facts_at
from placement.store.merging import sources_at


def hints_at(connection: Connection, version: int) -> list[tuple[str, CapacityHint]]:
    """(source, hint) of all that holds in `version`, by source, region and zone."""
    source_of = {source.id: source.name for source in sources_at(connection, version)}
    region = tables.region.c
    names = {row.id: row for row in connection.execute(select(region.id, region.provider, region.name))}
    found = []
    for source_id, region_id, zone, types, measure, value, at in facts_at(connection, tables.hint_facts, version):
        place = names[region_id]
        hint = CapacityHint(place.provider, place.name, zone or None, tuple(types.split()), measure, value, at)
        found.append((source_of[source_id], hint))
    return sorted(found, key=lambda row: (row[0], row[1].region, row[1].zone or "", row[1].instance_types))
