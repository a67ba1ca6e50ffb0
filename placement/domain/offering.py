"""An offering is an instance type in a region, bought one way, at one price."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from placement.domain.money import NanoUsd
from placement.domain.region import Region


class CapacityType(StrEnum):
    """How an instance is paid for; the order is the order of codes in the columnar catalog."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"
    RESERVED = "reserved"


CAPACITY_TYPES = tuple(CapacityType)


@dataclass(frozen=True, slots=True)
class InstanceType:
    """What a machine has; None means unknown, and unknown never matches a request for it."""

    provider: str
    name: str
    vcpus: float
    memory_gib: float
    architecture: str | None = None
    """x86_64 or arm64."""
    burstable: bool = False
    """Shared-core: a share of the vCPUs on average."""
    gpu_count: int = 0
    gpu_model: str | None = None
    gpu_memory_gib: float | None = None
    """Over all GPUs together."""


@dataclass(frozen=True, slots=True)
class Offering:
    """What can be bought: one row of the catalog."""

    region: Region
    instance_type: InstanceType
    capacity_type: CapacityType
    usd_per_hour: NanoUsd
    observed_at: datetime
    zone: str | None = None
    estimated: bool = False
    hazard_per_hour: float = 0.0
    """Expected interruptions per instance and hour."""
    capacity: int | None = None
    """Instances that can be had at most; None means no stated limit."""
    source: str = ""
    """Name of the source that priced it."""
    stale: bool = False
    """Its price is too old to be used; see `market.freshness`."""
