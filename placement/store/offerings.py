"""Price rows become the columns of a catalog without a Python object for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from placement.domain.garbage import collector_waits
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.catalog import NO_LIMIT, NO_ZONE, OfferingColumns, sort_offerings
from placement.store.change_points import prices_at
from placement.store.merging import RankedSource

_AS_ITS_COLLECTION = -1
_CODE_OF = {str(capacity_type): code for code, capacity_type in enumerate(CAPACITY_TYPES)}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the catalog has what the store knows by number."""

    region: Mapping[int, int]
    instance_type: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Hazards:
    """Interruptions per spot instance and hour."""

    prior: NDArray[np.float64]
    """By region, shape (R,), where no figure is known."""
    known: Mapping[tuple[int, int], float]
    """By indices of region and instance type."""


def offering_columns(
    connection: Connection, version: int, sources: Sequence[RankedSource], places: Places, hazards: Hazards
) -> tuple[tuple[str, ...], OfferingColumns]:
    """(zones, offerings in catalog order); of two prices for one offering that of the strongest source."""
    query = prices_at(
        connection,
        version,
        ("source_id", "region_id", "zone", "instance_type_id", "capacity_type"),
        ("nano_usd_per_hour", "observed_unix_s", "estimated", "capacity"),
    )
    with collector_waits():
        rows = connection.execute(query).all()
        by_column: Any = zip(*rows, strict=True) if rows else ((),) * 9
        source_id, region_id, zone, type_id, bought, nano_usd, observed, estimated, capacity = by_column
    zones = tuple(sorted(set(zone) - {""}))
    zone_at = {name: index for index, name in enumerate(zones)} | {"": NO_ZONE}
    rank = _at({source.id: source.rank for source in sources}, source_id, np.int16)
    columns = OfferingColumns(
        region=_at(places.region, region_id, np.int16),
        instance_type=_at(places.instance_type, type_id, np.int32),
        capacity_type=_at(_CODE_OF, bought, np.int8),
        zone=_at(zone_at, zone, np.int16),
        nano_usd_per_hour=np.array(nano_usd, np.int64),
        observed_at=_observed(_known(observed, _AS_ITS_COLLECTION), rank, sources),
        estimated=np.array(estimated, np.bool_),
        hazard_per_hour=np.zeros(len(rows)),
        capacity=_known(capacity, NO_LIMIT).astype(np.int32),
        source=rank,
        stale=np.zeros(len(rows), np.bool_),
    )
    if len(sources) > 1:
        columns = _strongest(columns)
    columns = replace(columns, hazard_per_hour=_hazard_per_hour(columns, hazards))
    return zones, sort_offerings(columns)


def _at(index: Mapping[Any, int], values: Sequence[Any], dtype: Any) -> NDArray[Any]:
    return np.fromiter(map(index.__getitem__, values), dtype, len(values))


def _known(values: Sequence[int | None], unknown: int) -> NDArray[np.int64]:
    return np.array([unknown if value is None else value for value in values], np.int64)


def _observed(own: NDArray[np.int64], rank: NDArray[np.int16], sources: Sequence[RankedSource]) -> NDArray[np.int64]:
    usual = np.array([source.observed_unix_s or 0 for source in sources], np.int64)
    return np.where(own == _AS_ITS_COLLECTION, usual[rank], own)


def _strongest(columns: OfferingColumns) -> OfferingColumns:
    """Of the rows of one offering, the last by rank, which is what `source` counts."""
    subject = (columns.region, columns.capacity_type, columns.instance_type, columns.zone)
    order = np.lexsort((columns.source, *subject))
    last = np.zeros(len(order), np.bool_)
    last[-1:] = True
    for column in subject:
        last[:-1] |= np.diff(column[order]) != 0
    return OfferingColumns(**{name: column[order[last]] for name, column in vars(columns).items()})


def _hazard_per_hour(columns: OfferingColumns, hazards: Hazards) -> NDArray[np.float64]:
    hazard = np.zeros(len(columns))
    spot = np.flatnonzero(columns.capacity_type == CAPACITY_TYPES.index(CapacityType.SPOT))
    regions, types = columns.region[spot], columns.instance_type[spot]
    keys = zip(regions.tolist(), types.tolist(), strict=True)
    known = np.array([hazards.known.get(key, np.nan) for key in keys], np.float64)
    hazard[spot] = np.where(np.isnan(known), hazards.prior[regions], known)
    return hazard
