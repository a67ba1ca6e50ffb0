"""A row is a charge with its part of what the subject would have cost that day elsewhere."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from placement.domain.money import MicroUsd
from placement.reports.charge import Charge, divided
from placement.reports.report import Comparison, Report, Subject

_Amounts = tuple[MicroUsd, MicroUsd, MicroUsd]


@dataclass(frozen=True, slots=True)
class Row:
    """Columns of rows add up to those of the comparisons exactly."""

    charge: Charge
    home: MicroUsd
    best: MicroUsd
    unrestricted: MicroUsd
    labels: dict[str, str]
    classes: tuple[str, ...]


def rows(report: Report) -> list[Row]:
    """One for each charge, in their order: comparisons are divided by what the charges of their day owe."""
    of_day: dict[tuple[str, str, date], list[int]] = defaultdict(list)
    for position, charge in enumerate(report.charges):
        of_day[charge.fleet, charge.subject, charge.since.date()].append(position)
    shares: dict[int, _Amounts] = {}
    for compared in report.comparisons:
        positions = of_day[compared.fleet, compared.subject, compared.day]
        shares.update(zip(positions, _shares(report, positions, compared), strict=True))
    subjects = {(fleet.name, subject.name): subject for fleet in report.fleets for subject in fleet.subjects}
    nobody = Subject("", {}, (), 0.0)
    found = []
    for position, charge in enumerate(report.charges):
        subject = subjects.get((charge.fleet, charge.subject), nobody)
        found.append(Row(charge, *shares[position], subject.labels, subject.classes))
    return found


def _shares(report: Report, positions: Sequence[int], compared: Comparison) -> list[_Amounts]:
    weights = [report.charges[position].amount for position in positions]
    home, best = divided(compared.home, weights), divided(compared.best, weights)
    return list(zip(home, best, divided(compared.unrestricted, weights), strict=True))
