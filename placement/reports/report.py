"""A report is the ledger of a month, with what it is compared with; every figure in it is a sum of its lines."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from placement.domain.money import MicroUsd
from placement.reports.bridge import Bridge
from placement.reports.charge import Charge


@dataclass(frozen=True, slots=True)
class Subject:
    """A workload or dataset, as the last decision of the period had it."""

    name: str
    labels: dict[str, str]
    classes: tuple[str, ...]
    vcpus: float
    """That each replica asks for; 0 of a dataset."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one subject cost on one day, and what it would have cost."""

    fleet: str
    subject: str
    day: date
    actual: MicroUsd
    home: MicroUsd
    """The baseline."""
    best: MicroUsd
    """The best lawful placement in hindsight."""
    unrestricted: MicroUsd
    """The best placement in hindsight under no policy."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A decision and the time in the period that it held."""

    decision: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PolicyCost:
    """What one policy cost in the period; those of several need not add up."""

    policy: str
    """`name@version`"""
    amount: MicroUsd


@dataclass(frozen=True, slots=True)
class Missed:
    """Where the best placement in hindsight would have had something else."""

    subject: str
    decision: str
    region: str
    """Where most of it was."""
    best_region: str
    best_offering: str
    """Instance type and capacity type; empty for a dataset."""


@dataclass(frozen=True, slots=True)
class FleetReport:
    """One fleet in the period."""

    name: str
    first_decision: str
    """That froze the baseline."""
    frozen_at: datetime
    in_force: tuple[InForce, ...]
    bridge: Bridge
    policies: tuple[PolicyCost, ...]
    missed: tuple[Missed, ...]
    searched: float
    """Share of the time in force that was searched for better placements."""
    subjects: tuple[Subject, ...]
    notes: tuple[str, ...]
    """What was taken for granted, in words."""


@dataclass(frozen=True, slots=True)
class Report:
    """Amounts are estimates by prices of the time, not invoices."""

    month: str
    start: datetime
    end: datetime
    """Of the month."""
    until: datetime
    """What the ledger reaches to: the end, or the time of a month that is not over."""
    revision: int
    """Of a closed month, from 1; 0 while it is not over."""
    fleets: tuple[FleetReport, ...]
    charges: tuple[Charge, ...]
    comparisons: tuple[Comparison, ...]

    def of(self, fleet: str) -> "Report":
        """The same of one fleet."""
        return replace(
            self,
            fleets=tuple(each for each in self.fleets if each.name == fleet),
            charges=tuple(charge for charge in self.charges if charge.fleet == fleet),
            comparisons=tuple(row for row in self.comparisons if row.fleet == fleet),
        )
