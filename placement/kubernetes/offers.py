"""What each kind of node costs: one row of a market of its own, in the order of the kinds.

Letters of the array shapes: K kinds of nodes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from placement.domain.offering import CAPACITY_TYPES, CapacityType, InstanceType
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.whereabouts import NOWHERE, Whereabouts, whereabouts
from placement.market.catalog import NO_LIMIT, NO_ZONE, Catalog, OfferingColumns
from placement.market.risk import prior_hazard_per_hour

_NO_ROW = -1
_Number = TypeVar("_Number", np.int64, np.float64)


@dataclass(frozen=True, eq=False)
class Offers:
    """The kinds of nodes of one cluster in one catalog."""

    kinds: tuple[NodeKind, ...]
    places: Whereabouts
    market: Catalog
    """Its K offerings are the kinds, in their order and not in that of a catalog: nothing may search it by price."""
    is_known: NDArray[np.bool_]
    """Shape (K,): the region is known."""
    is_priced: NDArray[np.bool_]
    """Shape (K,): the catalog has a price that may be used."""

    def shared(self, vcpus: float, memory_gib: float, gpus: int) -> Catalog:
        """The market, its prices those of the part of a node that a pod takes up.

        The part is that of the resource of which it takes the most, and never more than all.
        """
        columns, types = self.market.offerings, self.market.types
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [vcpus / types.vcpus, memory_gib / types.memory_gib]
            if gpus:
                parts.append(np.where(types.gpu_count > 0, gpus / types.gpu_count, 1.0))
            part = np.clip(np.max(parts, axis=0), 0.0, 1.0)[columns.instance_type]
        price = np.maximum(1, np.rint(columns.nano_usd_per_hour * np.nan_to_num(part, nan=1.0))).astype(np.int64)
        return self.market.with_offerings(replace(columns, nano_usd_per_hour=price))


def offers(kinds: Sequence[NodeKind], catalog: Catalog) -> Offers:
    """Look each kind up in the catalog."""
    places = whereabouts(kinds, catalog)
    position = np.array(places.position, np.intp).reshape(len(kinds))
    known = {(each.provider, each.name): index for index, each in enumerate(catalog.instance_types)}
    zones = {zone: index for index, zone in enumerate(catalog.zones)}
    types: dict[InstanceType, int] = {}
    type_of, rows = [], []
    for kind, region in zip(kinds, places.position, strict=True):
        provider = catalog.regions[region].provider if region != NOWHERE else kind.provider or ""
        name = kind.instance_type or "of unknown type"
        index = known.get((provider, name))
        each = InstanceType(provider, name, 0.0, 0.0) if index is None else catalog.instance_types[index]
        type_of.append(types.setdefault(each, len(types)))
        rows.append(_NO_ROW if index is None or region == NOWHERE else _row(catalog, zones, region, index, kind))
    row = np.array(rows, np.intp).reshape(len(kinds))
    columns = _columns(catalog, kinds, position, np.array(type_of, np.int32).reshape(len(kinds)), row)
    market = catalog.with_offerings(columns, tuple(types))
    found = row != _NO_ROW
    priced = found.copy()
    priced[found] = ~catalog.offerings.stale[row[found]]
    return Offers(tuple(kinds), places, market, position != NOWHERE, priced)


def _row(catalog: Catalog, zones: Mapping[str, int], region: int, type_index: int, kind: NodeKind) -> int:
    """The offering that the node is: of its zone, else of its region, else the dearest of the other zones.

    Reserved nodes that the catalog does not price cost what they would on demand. One whose price is too old is taken
    where there is no other: its hazard is known.
    """
    columns = catalog.offerings
    for capacity_type in dict.fromkeys((kind.capacity_type, _otherwise(kind.capacity_type))):
        segment = catalog.segment(region, capacity_type)
        every = np.flatnonzero(columns.instance_type[segment] == type_index) + segment.start
        fresh = every[~columns.stale[every]]
        rows = fresh if len(fresh) else every
        if not len(rows):
            continue
        there = columns.zone[rows].tolist()
        for wanted in (zones.get(kind.zone or ""), zones.get(kind.zone_id or ""), NO_ZONE):
            if wanted in there:
                return int(rows[there.index(wanted)])
        return int(rows[-1])
    return _NO_ROW


def _otherwise(capacity_type: CapacityType) -> CapacityType:
    return CapacityType.ON_DEMAND if capacity_type is CapacityType.RESERVED else capacity_type


def _columns(
    catalog: Catalog,
    kinds: Sequence[NodeKind],
    position: NDArray[np.intp],
    type_of: NDArray[np.int32],
    row: NDArray[np.intp],
) -> OfferingColumns:
    found, columns = row != _NO_ROW, catalog.offerings

    def of_row(column: NDArray[_Number], otherwise: Sequence[float] = ()) -> NDArray[_Number]:
        values = np.array(otherwise or [0] * len(kinds), column.dtype)
        values[found] = column[row[found]]
        return values

    # Silence about interruptions never looks safe.
    priors = [
        prior_hazard_per_hour(kind.provider or "") if kind.capacity_type is CapacityType.SPOT else 0.0 for kind in kinds
    ]

    return OfferingColumns(
        region=np.maximum(position, 0).astype(np.int16),
        instance_type=type_of,
        capacity_type=np.array([CAPACITY_TYPES.index(kind.capacity_type) for kind in kinds], np.int8),
        zone=np.full(len(kinds), NO_ZONE, np.int16),
        nano_usd_per_hour=of_row(columns.nano_usd_per_hour),
        observed_at=of_row(columns.observed_at),
        estimated=np.zeros(len(kinds), np.bool_),
        hazard_per_hour=of_row(columns.hazard_per_hour, priors),
        capacity=np.full(len(kinds), NO_LIMIT, np.int32),
        source=np.zeros(len(kinds), np.int16),
        stale=np.zeros(len(kinds), np.bool_),
    )
