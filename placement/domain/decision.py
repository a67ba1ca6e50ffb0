"""The answer: what lies where, what it costs, how sure that is, and why not elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from placement.domain.money import MicroUsd
from placement.domain.offering import Offering

Status = Literal["optimal", "feasible", "infeasible", "no_answer"]
StoppedBy = Literal["gap", "work", "time"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """So many replicas of a workload on one offering."""

    offering: Offering
    replicas: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything lies. Regions are written by their ids, `provider:name`."""

    assignments: Mapping[str, tuple[Assignment, ...]]
    """By workload."""
    datasets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The regions with a copy, by dataset."""
    reads: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """Which copy is read, by (position of the flow in the fleet, reading region or `internet`)."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why a workload may not use some offerings, and how many of them it concerns."""

    workload: str
    rule: str
    reason: str
    offerings: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """One of a minimal set of rules that cannot hold together."""

    rule: str
    subjects: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PlacedFlow:
    """Traffic of one flow between two places, at its share of the tariff's average rate."""

    src: str
    dst: str
    from_region: str
    to_region: str
    gb_per_month: float
    usd_per_month: MicroUsd


@dataclass(frozen=True, slots=True)
class Bill:
    """USD a month, line by line in the order of `optimizer.costs.COST_TERMS`."""

    lines: Mapping[str, MicroUsd]

    @property
    def total(self) -> MicroUsd:
        """The sum of the lines."""
        return MicroUsd(sum(self.lines.values()))


@dataclass(frozen=True, slots=True)
class Baseline:
    """A placement that people would have had without this service, to compare with; None where there is none."""

    name: str
    description: str
    total: MicroUsd | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which policies a decision was judged by."""

    digest: str | None = None
    applied: tuple[str, ...] = ()
    """`name@version` of those that concern some part of the fleet."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A placement with its bill, its proof and its provenance."""

    id: str
    fleet: str
    status: Status
    stopped_by: StoppedBy
    catalog_version: int
    catalog_as_of: datetime
    oldest_price_at: datetime | None
    solve_seconds: float
    policies: Provenance = field(default_factory=Provenance)
    stale: tuple[Offering, ...] = ()
    """Offerings that were used although their prices are too old."""
    bill: Bill | None = None
    subject_bills: Mapping[str, Bill] = field(default_factory=dict)
    """By workload and dataset."""
    penalties: Mapping[str, MicroUsd] = field(default_factory=dict)
    """What steered the choice beside money: the hurdle of moves."""
    lower_bound: MicroUsd | None = None
    placement: Placement | None = None
    flows: tuple[PlacedFlow, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    assumptions: tuple[str, ...] = ()
    conflict: tuple[Conflict, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    """Counts per rejecting rule."""
    steps: tuple[str, ...] = ()
    """The steps of the solver that ran, in words."""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def gap(self) -> float | None:
        """(total - bound) / total: 0 for a free placement, None without an answer."""
        if self.bill is None or self.lower_bound is None:
            return None
        return (self.bill.total - self.lower_bound) / self.bill.total if self.bill.total else 0.0
