"""Comparisons and charges, added up by whatever people ask for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from placement.domain.money import MicroUsd
from placement.reports.charge import Charge
from placement.reports.report import Comparison, Report

NONE = "(none)"
"""The group of what has no such attribute."""
_MOST_FLOWS = 10


@dataclass(frozen=True, slots=True)
class Group:
    """What a group cost, and would have cost."""

    name: str
    actual: MicroUsd
    home: MicroUsd
    best: MicroUsd
    unrestricted: MicroUsd

    @property
    def saved(self) -> MicroUsd:
        """Against the baseline."""
        return MicroUsd(self.home - self.actual)

    @property
    def missed(self) -> MicroUsd:
        """Against hindsight."""
        return MicroUsd(self.actual - self.best)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the actual cost."""

    name: str
    amount: MicroUsd


@dataclass(frozen=True, slots=True)
class Flow:
    """What the traffic between two subjects cost on its way between two places."""

    fleet: str
    src: str
    dst: str
    from_region: str
    to_region: str
    gb: float
    amount: MicroUsd


def grouped(comparisons: Iterable[Comparison], name: Callable[[Comparison], str]) -> tuple[Group, ...]:
    """By name, the dearest first."""
    sums: dict[str, list[int]] = {}
    for row in comparisons:
        owed = sums.setdefault(name(row), [0, 0, 0, 0])
        for column, amount in enumerate((row.actual, row.home, row.best, row.unrestricted)):
            owed[column] += amount
    groups = [Group(key, *(MicroUsd(amount) for amount in owed)) for key, owed in sums.items()]
    return tuple(sorted(groups, key=lambda group: (-group.actual, group.name)))


def by_day(report: Report) -> tuple[tuple[date, Group], ...]:
    """The days of the ledger, in order."""
    days = grouped(report.comparisons, lambda row: row.day.isoformat())
    return tuple(sorted(((date.fromisoformat(group.name), group) for group in days), key=lambda pair: pair[0]))


def by_label(report: Report, label: str) -> tuple[Group, ...]:
    """By a label of the workloads, such as their team."""
    value = {
        (fleet.name, subject.name): subject.labels.get(label, NONE)
        for fleet in report.fleets
        for subject in fleet.subjects
    }
    return grouped(report.comparisons, lambda row: value.get((row.fleet, row.subject), NONE))


def by_class(report: Report) -> tuple[Group, ...]:
    """By data class; what has several is a group of its own, so that groups add up."""
    value = {
        (fleet.name, subject.name): ", ".join(sorted(subject.classes)) or NONE
        for fleet in report.fleets
        for subject in fleet.subjects
    }
    return grouped(report.comparisons, lambda row: value.get((row.fleet, row.subject), NONE))


def shares(charges: Iterable[Charge], name: Callable[[Charge], str]) -> tuple[Share, ...]:
    """The actual cost by name, the dearest first."""
    sums: dict[str, int] = {}
    for charge in charges:
        sums[name(charge)] = sums.get(name(charge), 0) + charge.amount
    return tuple(sorted((Share(key, MicroUsd(owed)) for key, owed in sums.items()), key=lambda s: (-s.amount, s.name)))


def dearest_flows(charges: Iterable[Charge]) -> tuple[Flow, ...]:
    """Ten of them at most."""
    sums: dict[tuple[str, str, str, str, str], tuple[float, int]] = {}
    for charge in charges:
        if charge.term == "egress":
            key = (charge.fleet, charge.subject, charge.to_subject or "", charge.region, charge.to_region or "")
            gb, owed = sums.get(key, (0.0, 0))
            sums[key] = gb + charge.quantity, owed + charge.amount
    flows = [Flow(*key, gb, MicroUsd(owed)) for key, (gb, owed) in sums.items() if owed]
    return tuple(sorted(flows, key=lambda f: (-f.amount, f.fleet, f.src, f.dst, f.from_region))[:_MOST_FLOWS])
