"""What interruptions of spot replicas are expected to cost.

service    replicas x hours x hazard x (restart_h x usd_per_hour + interruption_usd)
job        replicas x runs x [usd_per_hour x (E[T] - W) + hazard x E[T] x reload_usd]

E[T] is `market.expected_time`. reload_usd is what it costs to read reload_gb again from the datasets that the job
reads, in proportion to their flows, at the first tier of the tariff: an expected volume, kept out of the month's
totals. A movable dataset counts as lying with the job.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Job, Workload
from placement.domain.money import amount_of
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.expected_time import job_hours
from placement.optimizer.costs.base import BillLine, CostTerm, Usd
from placement.optimizer.problem import Problem

_SPOT = CAPACITY_TYPES.index(CapacityType.SPOT)


class Interruption(CostTerm):
    """Restarts, lost work and reloading."""

    name = "interruption"

    def per_replica(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd:
        """Zero except on spot; infinite where a job can never be expected to end."""
        columns = problem.catalog.offerings
        cost = np.zeros(len(rows))
        spot = np.flatnonzero(columns.capacity_type[rows] == _SPOT)
        if not len(spot):
            return cost
        at = rows[spot]
        price, hazard = columns.nano_usd_per_hour[at] / 1e9, columns.hazard_per_hour[at]
        run = workload.run
        if not isinstance(run, Job):
            loss = run.restart_minutes / 60 * price + run.interruption_usd
            cost[spot] = workload.hours_per_month * hazard * loss
            return cost
        hazards, which = np.unique(hazard, return_inverse=True)
        hours = np.array([job_hours(run, float(value)) for value in hazards])[which]
        regions, region = np.unique(columns.region[at], return_inverse=True)
        ids = [problem.catalog.regions[r].id for r in regions]
        reload_usd = np.array([reload_nano_usd(problem, workload, r) / 1e9 for r in ids])[region]
        cost[spot] = run.runs_per_month * (price * (hours - run.hours) + hazard * hours * reload_usd)
        return cost

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line a spot assignment."""
        for workload in problem.fleet.workloads:
            for part in placement.assignments[workload.name]:
                offering = part.offering
                if offering.capacity_type is not CapacityType.SPOT:
                    continue
                run, price, hazard = workload.run, offering.usd_per_hour, offering.hazard_per_hour
                if isinstance(run, Job):
                    hours = job_hours(run, hazard)
                    reload_cost = reload_nano_usd(problem, workload, offering.region.id)
                    nano = run.runs_per_month * (price * (hours - run.hours) + hazard * hours * reload_cost)
                else:
                    nano = (
                        workload.hours_per_month
                        * hazard
                        * (run.restart_minutes / 60 * price + run.interruption_usd * 1e9)
                    )
                yield BillLine(workload.name, amount_of(part.replicas * nano))


def reload_nano_usd(problem: Problem, workload: Workload, region: str) -> float:
    """What one reload costs a job in `region`, in nano-USD; infinite where no tariff reaches it."""
    run = workload.run
    if not isinstance(run, Job) or not run.reload_gb:
        return 0.0
    read = [
        (flow.gb_per_month, problem.datasets[flow.src].at if not problem.datasets[flow.src].movable else ())
        for flow in problem.fleet.flows
        if flow.dst == workload.name and flow.src in problem.datasets
    ]
    volume = sum(gb for gb, _ in read)
    if not volume:
        return 0.0
    return sum(gb / volume * run.reload_gb * _cheapest_rate(problem, at, region) for gb, at in read)


def _cheapest_rate(problem: Problem, copies: Sequence[str], region: str) -> float:
    if not copies:
        return 0.0
    rates = []
    for copy in copies:
        try:
            tariff = problem.tariff(copy, region)
        except LookupError:
            continue
        rates.append(tariff.tiers[0].usd_per_gb if tariff else 0)
    return float(min(rates, default=float("inf")))
