"""Instance hours:  replicas x usd_per_hour x hours, hours of a job being hours x runs."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Job, Workload
from placement.domain.money import amount_of, exact
from placement.optimizer.costs.base import BillLine, CostTerm, Usd
from placement.optimizer.problem import Problem


class Compute(CostTerm):
    """What the instances cost while they do useful work."""

    name = "compute"

    def per_replica(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd:
        """Price times hours."""
        nano_usd = problem.catalog.offerings.nano_usd_per_hour[rows]
        return np.asarray(nano_usd * (hours_per_month(workload) / 1e9), np.float64)

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line an assignment."""
        for workload in problem.fleet.workloads:
            hours = _exact_hours(workload)
            for part in placement.assignments[workload.name]:
                yield BillLine(workload.name, amount_of(part.replicas * part.offering.usd_per_hour * hours))


def hours_per_month(workload: Workload) -> float:
    """Useful hours of one replica a month."""
    return float(_exact_hours(workload))


def _exact_hours(workload: Workload) -> Fraction:
    if isinstance(workload.run, Job):
        return exact(workload.run.hours) * exact(workload.run.runs_per_month)
    return exact(workload.hours_per_month)
