"""A quote is asked for one instance: what it must have, and where it may be."""

from dataclasses import dataclass, field

from placement.domain.fleet import Globs, GpuRequest
from placement.domain.offering import CapacityType


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What is asked of one instance, and where it may be."""

    vcpus: float
    memory_gib: float
    architecture: tuple[str, ...] = ("x86_64",)
    burstable: bool = False
    gpus: GpuRequest | None = None
    capacity_types: tuple[CapacityType, ...] = (CapacityType.ON_DEMAND,)
    places: Globs = field(default_factory=Globs)
    top: int = 5
    risk_adjusted: bool = False
    """Rank by the month's compute and expected interruptions of a service, not by the price alone."""
    allow_stale: bool = False
    """Use prices that are too old as well."""
    classification: tuple[str, ...] = ()
    """Data classes of what will run there."""
