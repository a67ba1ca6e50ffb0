"""The figures of a report: sums of its ledger, and ratios of sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean

from placement.domain.money import MicroUsd
from placement.reports.bridge import Bridge, by_term, total
from placement.reports.charge import Charge
from placement.reports.grouping import Flow, Group, Share, by_class, by_day, by_label, dearest_flows, grouped, shares
from placement.reports.report import Report

_FORECAST_DAYS = 7
"""The last whole days that a forecast goes by."""
TERMS = ("compute", "interruption", "egress", "storage", "migration")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the whole month will cost if the days that are left are as the last ones."""

    amount: MicroUsd
    low: MicroUsd
    """If all of them are as the cheapest of these."""
    high: MicroUsd


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are of 1; None where there is nothing to divide by."""

    actual: MicroUsd
    home: MicroUsd
    best: MicroUsd
    unrestricted: MicroUsd
    bridge: Bridge
    terms: dict[str, MicroUsd]
    savings_rate: float | None
    """Effective: 1 - compute / the same instances on demand."""
    egress_share: float | None
    spot_share: float | None
    """Of compute."""
    estimated_share: float | None
    """Of compute and interruption, by prices that their sources call estimates."""
    replica_hours: float
    vcpu_hours: float
    """That workloads asked for."""
    usd_per_replica_hour: float | None
    usd_per_vcpu_hour: float | None
    expected_interruptions: float
    oldest_price_at: datetime | None
    price_age_hours: float | None
    """Of the prices that were decided by, when their decision came into force; by what they cost."""
    forecast: Forecast | None
    """None of a month that is over."""
    days: tuple[tuple[date, Group], ...]
    fleets: tuple[Group, ...]
    classes: tuple[Group, ...]
    labels: tuple[Group, ...]
    """By the label that was asked for."""
    label: str
    providers: tuple[Share, ...]
    regions: tuple[Share, ...]
    capacity: tuple[Share, ...]
    """Compute by capacity type."""
    flows: tuple[Flow, ...]

    @property
    def saved(self) -> MicroUsd:
        """Realised: baseline less actual."""
        return MicroUsd(self.home - self.actual)

    @property
    def missed(self) -> MicroUsd:
        """Actual less the best lawful placement in hindsight."""
        return MicroUsd(self.actual - self.best)

    @property
    def compliance(self) -> MicroUsd:
        """What all policies cost: best lawful less best unrestricted."""
        return MicroUsd(self.best - self.unrestricted)


def figures(report: Report, label: str = "team") -> Figures:
    """Of a whole report; `label` is the label of workloads that costs are shown by."""
    compute = [charge for charge in report.charges if charge.term == "compute"]
    running = [charge for charge in report.charges if charge.term in ("compute", "interruption")]
    whole = grouped(report.comparisons, lambda row: "")
    sums = whole[0] if whole else Group("", *(MicroUsd(0),) * 4)
    terms = dict.fromkeys(TERMS, MicroUsd(0)) | {term: MicroUsd(owed) for term, owed in by_term(report.charges).items()}
    vcpus = {(fleet.name, subject.name): subject.vcpus for fleet in report.fleets for subject in fleet.subjects}
    hours = sum(charge.quantity for charge in compute)
    vcpu_hours = sum(charge.quantity * vcpus.get((charge.fleet, charge.subject), 0.0) for charge in compute)
    on_spot = total(charge for charge in compute if charge.capacity_type == "spot")
    days = by_day(report)
    return Figures(
        actual=sums.actual,
        home=sums.home,
        best=sums.best,
        unrestricted=sums.unrestricted,
        bridge=sum((fleet.bridge for fleet in report.fleets), Bridge()),
        terms=terms,
        savings_rate=_rest(total(compute), sum(charge.list_amount for charge in compute)),
        egress_share=_ratio(terms["egress"], sums.actual),
        spot_share=_ratio(on_spot, total(compute)),
        estimated_share=_ratio(total(charge for charge in running if charge.estimated), total(running)),
        replica_hours=hours,
        vcpu_hours=vcpu_hours,
        usd_per_replica_hour=_ratio(sums.actual / 1e6, hours),
        usd_per_vcpu_hour=_ratio(sums.actual / 1e6, vcpu_hours),
        expected_interruptions=sum(charge.quantity for charge in running if charge.unit == "interruptions"),
        oldest_price_at=min((charge.observed_at for charge in running if charge.observed_at), default=None),
        price_age_hours=_price_age_hours(report, compute),
        forecast=_forecast(report, sums.actual, [group.actual for _, group in days]),
        days=days,
        fleets=grouped(report.comparisons, lambda row: row.fleet),
        classes=by_class(report),
        labels=by_label(report, label),
        label=label,
        providers=shares(report.charges, lambda charge: charge.region.partition(":")[0]),
        regions=shares(report.charges, lambda charge: charge.region),
        capacity=shares(compute, lambda charge: charge.capacity_type or ""),
        flows=dearest_flows(report.charges),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _rest(part: int, whole: int) -> float | None:
    ratio = _ratio(part, whole)
    return None if ratio is None else 1 - ratio


def _price_age_hours(report: Report, compute: Sequence[Charge]) -> float | None:
    """A decision that is older than the period counts from the beginning of the period."""
    began = {span.decision: span.since for fleet in report.fleets for span in fleet.in_force}
    aged = [(charge.amount, began[charge.decision] - charge.observed_at) for charge in compute if charge.observed_at]
    weighed = sum(amount * max(0.0, age.total_seconds()) / 3600 for amount, age in aged)
    return _ratio(weighed, sum(amount for amount, _ in aged))


def ends_at_midnight(report: Report) -> bool:
    """Whether the last day of the ledger is a whole one."""
    return report.until.hour == report.until.minute == report.until.second == 0


def _forecast(report: Report, actual: MicroUsd, days: Sequence[MicroUsd]) -> Forecast | None:
    """By the last whole days; the day that is not over is no measure."""
    left = (report.end - report.until).total_seconds() / 86_400
    whole = days if ends_at_midnight(report) else days[:-1]
    recent = whole[-_FORECAST_DAYS:]
    if left <= 0 or not recent:
        return None
    mean, low, high = (MicroUsd(round(actual + left * daily)) for daily in (fmean(recent), min(recent), max(recent)))
    return Forecast(mean, low, high)
