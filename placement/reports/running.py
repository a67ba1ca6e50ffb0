"""Running costs: instances by their hours, and on spot what their interruptions are expected to cost.

compute        replicas x (hours a month / 730) x sum of usd_per_hour over the hours of the tenure
interruption   as in a bill (`optimizer.costs.interruption`), at the same hours and prices
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from placement.domain.decision import Assignment
from placement.domain.fleet import Job, Workload
from placement.domain.money import HOURS_PER_MONTH, MicroUsd, exact
from placement.domain.offering import CapacityType
from placement.market.expected_time import job_hours
from placement.optimizer.costs.interruption import reload_nano_usd
from placement.reports.charge import Charge, differences, half_even, stepped
from placement.reports.price_line import PriceLine, Prices
from placement.reports.tenure import Tenure


def running(fleet: str, tenure: Tenure, prices: Prices, listed: Prices) -> Iterator[Charge]:
    """A compute charge a day and assignment, and an interruption charge where it is on spot."""
    for name, parts in tenure.placement.assignments.items():
        workload = tenure.problem.workloads[name]
        for part in parts:
            blank, line = _blank(fleet, tenure, name, part), prices(part.offering)
            times = part.replicas * busy_share(workload)
            yield from _compute(blank, tenure, times, line, listed(part.offering))
            if part.offering.capacity_type is CapacityType.SPOT:
                expected = replace(blank, term="interruption", unit="interruptions")
                yield from _interruption(expected, tenure, workload, part, line)


def busy_share(workload: Workload) -> Fraction:
    """The part of the time that a replica of it runs; above 1 where its document says more than 730 hours."""
    if isinstance(workload.run, Job):
        return exact(workload.run.hours) * exact(workload.run.runs_per_month) / HOURS_PER_MONTH
    return exact(workload.hours_per_month) / HOURS_PER_MONTH


def _compute(blank: Charge, tenure: Tenure, times: Fraction, paid: PriceLine, on_list: PriceLine) -> Iterator[Charge]:
    amounts = _amounts(tenure, times, paid)
    full = amounts if on_list is paid else _amounts(tenure, times, on_list)
    for (since, until), amount, list_amount in zip(tenure.parts, amounts, full, strict=True):
        hours = float(times) * (until - since).total_seconds() / 3600
        yield replace(blank, since=since, until=until, quantity=hours, amount=amount, list_amount=list_amount)


def _interruption(
    blank: Charge, tenure: Tenure, workload: Workload, part: Assignment, line: PriceLine
) -> Iterator[Charge]:
    run, hazard = workload.run, part.offering.hazard_per_hour
    if isinstance(run, Job):
        expected = job_hours(run, hazard)
        beside = hazard * expected * reload_nano_usd(tenure.problem, workload, part.offering.region.id)
        runs_per_hour = run.runs_per_month / HOURS_PER_MONTH
        of_price, events = expected - run.hours, hazard * expected
    else:
        runs_per_hour = workload.hours_per_month / HOURS_PER_MONTH
        of_price, beside, events = hazard * run.restart_minutes / 60, hazard * run.interruption_usd * 1e9, hazard
    times = part.replicas * runs_per_hour
    sums = [
        times * (of_price * so_far + beside * seconds) / 3600
        for so_far, seconds in zip(tenure.sums(line), tenure.seconds, strict=True)
    ]
    for (since, until), amount in zip(tenure.parts, stepped(sums), strict=True):
        expected_events = times * events * (until - since).total_seconds() / 3600
        yield replace(blank, since=since, until=until, quantity=expected_events, amount=amount, list_amount=amount)


def _blank(fleet: str, tenure: Tenure, name: str, part: Assignment) -> Charge:
    offering = part.offering
    return Charge(
        fleet=fleet,
        decision=tenure.decision,
        subject=name,
        term="compute",
        since=tenure.since,
        until=tenure.until,
        region=offering.region.id,
        zone=offering.zone,
        instance_type=offering.instance_type.name,
        capacity_type=offering.capacity_type.value,
        estimated=offering.estimated,
        observed_at=offering.observed_at,
    )


def _amounts(tenure: Tenure, times: Fraction, line: PriceLine) -> list[MicroUsd]:
    """Of so many instances, rounded once over the whole tenure."""
    up, down = times.numerator, times.denominator * 3600 * 1000
    return differences(half_even(up * so_far, down) for so_far in tenure.sums(line))
