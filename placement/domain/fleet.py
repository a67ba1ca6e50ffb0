"""Demand: what runs, what it reads, and the gigabytes a month between them."""

from dataclasses import dataclass, field
from typing import Literal

from placement.domain.money import HOURS_PER_MONTH
from placement.domain.offering import CapacityType

INTERNET = "internet"
"""The far end of a flow to or from people."""

By = Literal["region", "provider"]
Isolation = Literal["container", "vm"]


@dataclass(frozen=True, slots=True)
class GpuRequest:
    """GPUs that each replica needs; empty `model` means any, `memory_gib` is the total over the count."""

    count: int
    model: tuple[str, ...] = ()
    memory_gib: float = 0.0


@dataclass(frozen=True, slots=True)
class Resources:
    """What each replica needs of its instance."""

    vcpus: float
    memory_gib: float
    architecture: tuple[str, ...] = ("x86_64",)
    burstable: bool = False
    """True admits shared-core types beside dedicated ones."""
    gpus: GpuRequest | None = None


@dataclass(frozen=True, slots=True)
class Overhead:
    """What the node keeps for itself, on top of the replica's request."""

    vcpus: float = 0.0
    memory_gib: float = 0.0


@dataclass(frozen=True, slots=True)
class Globs:
    """Names or patterns; an empty `allow` admits all, `deny` wins."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CapacityRequest:
    """Capacity types that may be used, and the largest fraction of the replicas on spot."""

    types: tuple[CapacityType, ...] = (CapacityType.ON_DEMAND,)
    max_spot_fraction: float = 1.0


@dataclass(frozen=True, slots=True)
class Service:
    """Runs all the month; an interruption costs a restart of the replica and `interruption_usd`."""

    restart_minutes: float = 5.0
    interruption_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """Runs `runs_per_month` times for `hours` of useful work on each replica."""

    hours: float
    runs_per_month: float = 1.0
    checkpoint_write_minutes: float | None = None
    """None: the job writes no checkpoints, an interruption starts it anew."""
    restart_minutes: float = 5.0
    reload_gb: float = 0.0
    """Read again after each interruption from the datasets that the job reads."""
    deadline_hours: float | None = None
    """A run must be expected to end within this."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the replicas must be scattered; the defaults ask for nothing."""

    min_regions: int = 1
    min_providers: int = 1
    min_zones: int = 1
    max_fraction_per_region: float = 1.0


@dataclass(frozen=True, slots=True)
class CurrentPlacement:
    """Replicas that run somewhere now; type and capacity type may be unknown (None)."""

    region: str
    replicas: int
    instance_type: str | None = None
    capacity_type: CapacityType | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Something to run: one instance a replica."""

    name: str
    resources: Resources
    replicas: int = 1
    labels: tuple[tuple[str, str], ...] = ()
    overhead: Overhead = field(default_factory=Overhead)
    instance_types: Globs = field(default_factory=Globs)
    capacity: CapacityRequest = field(default_factory=CapacityRequest)
    run: Service | Job = field(default_factory=Service)
    hours_per_month: float = HOURS_PER_MONTH
    """Of a service; a job's hours follow from its runs."""
    classification: tuple[str, ...] = ()
    places: Globs = field(default_factory=Globs)
    spread: Spread | None = None
    isolation: Isolation = "container"
    current: tuple[CurrentPlacement, ...] = ()
    state_gb: float = 0.0
    """Moves along when the workload changes its region."""
    failover: tuple[str, ...] = ()
    """Regions in which replicas may be started when theirs fails or spot is reclaimed: all of them must be lawful."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data at rest in `copies` regions; those in `at` are where it lies now, and where it stays unless movable."""

    name: str
    size_gb: float
    classification: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    movable: bool = False
    copies: int = 1
    places: Globs = field(default_factory=Globs)
    backups: tuple[str, ...] = ()
    """Regions that hold backups of it."""


@dataclass(frozen=True, slots=True)
class Declassification:
    """Why data on a flow no longer carries its classes; empty `classes` means all of them."""

    method: str
    evidence: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """Gigabytes a month from one workload, dataset or the internet to another."""

    src: str
    dst: str
    gb_per_month: float
    max_rtt_ms: float | None = None
    declassify: Declassification | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """Workloads that lie in the same regions or providers (affinity), or in none together (anti-affinity)."""

    workloads: tuple[str, ...]
    by: By = "region"


@dataclass(frozen=True, slots=True)
class Quota:
    """vCPUs of the instances in one region at most; capacity_type None counts all."""

    region: str
    vcpus: float
    capacity_type: CapacityType | None = None


@dataclass(frozen=True, slots=True)
class SpotShare:
    """Of the requested vCPUs of the workloads together, at most `max_fraction` on spot."""

    workloads: tuple[str, ...]
    max_fraction: float


@dataclass(frozen=True, slots=True)
class MigrationLimit:
    """A move is written off over `horizon_months` and must save `min_saving_fraction` of the workload's current
    cost."""

    horizon_months: float = 1.0
    min_saving_fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Rules over the whole fleet."""

    quotas: tuple[Quota, ...] = ()
    spot_share: tuple[SpotShare, ...] = ()
    pool_exposure_max_fraction: float | None = None
    """Of the fleet's spot vCPUs, at most this fraction on one instance type in one region."""
    budget_usd_per_month: float | None = None
    migration: MigrationLimit = field(default_factory=MigrationLimit)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything to be placed together."""

    name: str
    workloads: tuple[Workload, ...]
    datasets: tuple[Dataset, ...] = ()
    flows: tuple[Flow, ...] = ()
    affinity: tuple[Together, ...] = ()
    anti_affinity: tuple[Together, ...] = ()
    limits: Limits = field(default_factory=Limits)
    policies: tuple[str, ...] = ()
    """Paths of policy files, as written."""
