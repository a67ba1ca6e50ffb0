"""What others measured or billed, set beside what the ledger reckons for the same workloads and terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placement.domain.money import MicroUsd
from placement.reports.measured import TERMS, Measured
from placement.reports.report import Report


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One workload or dataset and one term of its cost, for which there are both figures."""

    fleet: str
    subject: str
    term: str
    estimated: MicroUsd
    measured: MicroUsd

    @property
    def difference(self) -> MicroUsd:
        """Measured less estimated."""
        return MicroUsd(self.measured - self.estimated)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The report against what was measured; amounts in the period."""

    rows: tuple[Reconciled, ...]
    """The largest difference first."""
    unknown: tuple[tuple[str, MicroUsd], ...]
    """What was measured of things that no fleet has, by name, the dearest first."""
    unmeasured: MicroUsd
    """The part of the estimate, in these terms, for which nothing was measured."""

    @property
    def estimated(self) -> MicroUsd:
        """Of the rows."""
        return MicroUsd(sum(row.estimated for row in self.rows))

    @property
    def measured(self) -> MicroUsd:
        """Of the rows."""
        return MicroUsd(sum(row.measured for row in self.rows))


def reconciled(report: Report) -> Reconciliation | None:
    """None where nothing was measured."""
    if not report.measured:
        return None
    estimated = _estimated(report)
    subjects: dict[str, list[str]] = {}
    for fleet in report.fleets:
        for each in fleet.subjects:
            subjects.setdefault(each.name, []).append(fleet.name)
    found: dict[tuple[str, str, str], int] = {}
    unknown: dict[str, int] = {}
    for told in report.measured:
        subject = _subject(told, subjects)
        if subject is None:
            unknown[told.names[0]] = unknown.get(told.names[0], 0) + told.amount
        else:
            key = (*subject, told.term)
            found[key] = found.get(key, 0) + told.amount
    rows = [Reconciled(*key, MicroUsd(estimated.get(key, 0)), MicroUsd(amount)) for key, amount in found.items()]
    return Reconciliation(
        tuple(sorted(rows, key=lambda row: (-abs(row.difference), row.fleet, row.subject, row.term))),
        tuple(sorted(((n, MicroUsd(a)) for n, a in unknown.items()), key=lambda pair: (-pair[1], pair[0]))),
        MicroUsd(sum(amount for key, amount in estimated.items() if key not in found)),
    )


def _estimated(report: Report) -> Mapping[tuple[str, str, str], int]:
    owed: dict[tuple[str, str, str], int] = {}
    for charge in report.charges:
        if charge.term in TERMS:
            key = (charge.fleet, charge.subject, charge.term)
            owed[key] = owed.get(key, 0) + charge.amount
    return owed


def _subject(measured: Measured, subjects: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """(fleet, subject) that is meant; None where there is none, or where several fleets have one of that name."""
    for name in measured.names:
        fleets = [fleet for fleet in subjects.get(name, ()) if measured.fleet in (None, fleet)]
        if len(fleets) == 1:
            return fleets[0], name
    return None
