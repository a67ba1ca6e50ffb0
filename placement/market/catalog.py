"""The catalog is one version of the market, columnar and immutable, shared by all who read it.

Letters of the array shapes: O offerings, T instance types, R regions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.domain.money import NanoUsd
from placement.domain.offering import CAPACITY_TYPES, CapacityType, InstanceType, Offering
from placement.domain.region import Region
from placement.domain.sweep import SourceKind
from placement.domain.tariff import EgressTariff
from placement.market.distance import round_trip_ms
from placement.market.egress import EgressMap

NO_LIMIT = -1
"""In `capacity`: no stated limit."""
NO_ZONE = -1
UNKNOWN_RATE = -1
"""In `nano_usd_per_gb_month`: the source names no storage rate."""


@dataclass(frozen=True, eq=False)
class OfferingColumns:
    """One array per attribute, all of shape (O,), in the order region, capacity type, price, instance type, zone."""

    region: NDArray[np.int16]
    """Index into `Catalog.regions`."""
    instance_type: NDArray[np.int32]
    """Index into `Catalog.instance_types`."""
    capacity_type: NDArray[np.int8]
    """Index into `CAPACITY_TYPES`."""
    zone: NDArray[np.int16]
    """Index into `Catalog.zones`, or NO_ZONE."""
    nano_usd_per_hour: NDArray[np.int64]
    observed_at: NDArray[np.int64]
    """Seconds since 1970 UTC."""
    estimated: NDArray[np.bool_]
    hazard_per_hour: NDArray[np.float64]
    capacity: NDArray[np.int32]
    """Instances at most, or NO_LIMIT."""
    source: NDArray[np.int16]
    """Index into `Catalog.sources`."""
    stale: NDArray[np.bool_]
    """Too old to be used. A catalog is read without judging that: see `market.freshness`."""

    def __len__(self) -> int:
        return len(self.region)


@dataclass(frozen=True, eq=False)
class Catalog:
    """All offerings and tariffs of one version."""

    version: int
    as_of: datetime
    """When the newest collection in this version finished."""
    regions: tuple[Region, ...]
    instance_types: tuple[InstanceType, ...]
    zones: tuple[str, ...]
    sources: tuple[str, ...]
    source_kinds: tuple[SourceKind, ...]
    """How each source's prices age."""
    offerings: OfferingColumns
    tariffs: tuple[EgressTariff, ...]
    nano_usd_per_gb_month: NDArray[np.int64]
    """Storage rate, shape (R,), or UNKNOWN_RATE."""

    def __post_init__(self) -> None:
        for column in (*vars(self.offerings).values(), self.nano_usd_per_gb_month):
            column.flags.writeable = False

    @cached_property
    def region_index(self) -> dict[str, int]:
        """Position of each region by its id, `provider:name`."""
        return {region.id: index for index, region in enumerate(self.regions)}

    @cached_property
    def providers(self) -> frozenset[str]:
        """The providers that have regions."""
        return frozenset(region.provider for region in self.regions)

    @cached_property
    def types(self) -> "TypeColumns":
        """The attributes of the instance types as arrays."""
        return TypeColumns.of(self.instance_types)

    @cached_property
    def egress(self) -> EgressMap:
        """Which tariff prices which pair of regions."""
        return EgressMap.of(self.regions, self.tariffs)

    @cached_property
    def rtt_ms(self) -> NDArray[np.float64]:
        """Round-trip time between regions, shape (R, R); see `market.distance`."""
        return round_trip_ms(self.regions)

    def marked(self, stale: NDArray[np.bool_]) -> "Catalog":
        """The same catalog with these offerings marked as stale, and with all that was derived from the rest of it."""
        marked = replace(self, offerings=replace(self.offerings, stale=stale))
        facts = {field.name for field in fields(self)}
        derived = {"egress": self.egress, "rtt_ms": self.rtt_ms, **vars(self)}
        vars(marked).update({name: value for name, value in derived.items() if name not in facts})
        return marked

    def with_offerings(
        self, offerings: OfferingColumns, instance_types: tuple[InstanceType, ...] | None = None
    ) -> "Catalog":
        """The same places and tariffs, and what was derived from these, with other offerings."""
        other = replace(
            self, offerings=offerings, instance_types=self.instance_types if instance_types is None else instance_types
        )
        vars(other).update(egress=self.egress, rtt_ms=self.rtt_ms)
        return other

    def offering(self, index: int) -> Offering:
        """One row as a fact."""
        row = self.offerings
        zone = int(row.zone[index])
        capacity = int(row.capacity[index])
        return Offering(
            region=self.regions[row.region[index]],
            instance_type=self.instance_types[row.instance_type[index]],
            capacity_type=CAPACITY_TYPES[row.capacity_type[index]],
            usd_per_hour=NanoUsd(int(row.nano_usd_per_hour[index])),
            observed_at=datetime.fromtimestamp(int(row.observed_at[index]), UTC),
            zone=None if zone == NO_ZONE else self.zones[zone],
            estimated=bool(row.estimated[index]),
            hazard_per_hour=float(row.hazard_per_hour[index]),
            capacity=None if capacity == NO_LIMIT else capacity,
            source=self.sources[row.source[index]],
            stale=bool(row.stale[index]),
        )

    def find(self, region: str, zone: str | None, instance_type: str, capacity_type: CapacityType) -> Offering:
        """The offering of these names; KeyError where there is none."""
        rows = self.segment(self.region_index[region], capacity_type)
        there = self.types.name[self.offerings.instance_type[rows]] == instance_type
        there &= self.offerings.zone[rows] == (NO_ZONE if zone is None else self.zones.index(zone))
        if not there.any():
            raise KeyError(f"{instance_type} in {zone or region}, {capacity_type}")
        return self.offering(rows.start + int(there.argmax()))

    def segment(self, region: int, capacity_type: CapacityType) -> slice:
        """The rows of one region and capacity type, cheapest first."""
        key = region * len(CAPACITY_TYPES) + CAPACITY_TYPES.index(capacity_type)
        return slice(int(self._segment_starts[key]), int(self._segment_starts[key + 1]))

    def rows_by_price(self, capacity_type: CapacityType) -> NDArray[np.intp]:
        """All rows of a capacity type, cheapest first, ties in catalog order."""
        return self._rows_by_price[CAPACITY_TYPES.index(capacity_type)]

    @cached_property
    def _rows_by_price(self) -> tuple[NDArray[np.intp], ...]:
        price, kind = self.offerings.nano_usd_per_hour, self.offerings.capacity_type
        order = np.argsort(price, kind="stable")
        return tuple(order[kind[order] == code] for code in range(len(CAPACITY_TYPES)))

    @cached_property
    def _segment_starts(self) -> NDArray[np.int64]:
        kinds = len(CAPACITY_TYPES)
        keys = self.offerings.region.astype(np.int64) * kinds + self.offerings.capacity_type
        return np.searchsorted(keys, np.arange(len(self.regions) * kinds + 1))


@dataclass(frozen=True, eq=False)
class TypeColumns:
    """Instance types as arrays of shape (T,); strings stay Python objects."""

    vcpus: NDArray[np.float64]
    memory_gib: NDArray[np.float64]
    burstable: NDArray[np.bool_]
    gpu_count: NDArray[np.int32]
    gpu_memory_gib: NDArray[np.float64]
    """NaN where unknown."""
    architecture: NDArray[np.str_]
    """Empty where unknown."""
    gpu_model: NDArray[np.str_]
    """In lower case, empty where unknown."""
    name: NDArray[np.str_]

    @classmethod
    def of(cls, types: Sequence[InstanceType]) -> "TypeColumns":
        """The columns of `types`, in their order."""
        unknown = float("nan")
        return cls(
            vcpus=np.array([t.vcpus for t in types], np.float64),
            memory_gib=np.array([t.memory_gib for t in types], np.float64),
            burstable=np.array([t.burstable for t in types], np.bool_),
            gpu_count=np.array([t.gpu_count for t in types], np.int32),
            gpu_memory_gib=np.array(
                [unknown if t.gpu_memory_gib is None else t.gpu_memory_gib for t in types], np.float64
            ),
            architecture=np.array([t.architecture or "" for t in types], np.str_),
            gpu_model=np.array([(t.gpu_model or "").lower() for t in types], np.str_),
            name=np.array([t.name for t in types], np.str_),
        )


def no_offerings() -> OfferingColumns:
    """Columns without any row."""
    types: dict[str, Any] = {
        "region": np.int16,
        "instance_type": np.int32,
        "capacity_type": np.int8,
        "zone": np.int16,
        "nano_usd_per_hour": np.int64,
        "observed_at": np.int64,
        "estimated": np.bool_,
        "hazard_per_hour": np.float64,
        "capacity": np.int32,
        "source": np.int16,
        "stale": np.bool_,
    }
    return OfferingColumns(**{name: np.zeros(0, kind) for name, kind in types.items()})


def sort_offerings(columns: OfferingColumns) -> OfferingColumns:
    """The same rows in catalog order."""
    order = np.lexsort(
        (
            columns.zone,
            columns.instance_type,
            columns.nano_usd_per_hour,
            columns.capacity_type,
            columns.region,
        )
    )
    return OfferingColumns(**{name: column[order] for name, column in vars(columns).items()})
