"""Moving, written off over horizon_months:  (state egress + restart) / horizon, only when the region changes.

A replica moves when its region holds more of its workload than now; those that stay are the ones dearest to restart.
Each takes its share of state_gb along, priced by itself from the current region that is cheapest to leave:

workload   moved x (cost(state_gb) / replicas + restart_h x usd_per_hour + interruption_usd) / horizon
dataset    cost(size_gb) / horizon, for each copy in a region that holds none now
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Dataset, Service, Workload
from placement.domain.money import amount_of
from placement.optimizer.costs.base import BillLine, CostTerm, Usd
from placement.optimizer.problem import Problem


class Migration(CostTerm):
    """What it costs to leave the places of today."""

    name = "migration"

    def per_arrival(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd | None:
        """State and restart of one replica; infinite where no tariff carries the state."""
        if not workload.current:
            return None
        columns, regions = problem.catalog.offerings, problem.catalog.regions
        here, which = np.unique(columns.region[rows], return_inverse=True)
        state = np.array([_state_nano_usd(problem, workload, regions[r].id) for r in here])[which]
        price = columns.nano_usd_per_hour[rows]
        horizon = problem.fleet.limits.migration.horizon_months
        return (state + restart_nano_usd(workload, price)) / (horizon * 1e9)

    def per_copy(self, problem: Problem, dataset: Dataset) -> Usd | None:
        """Carrying the whole dataset there."""
        if not dataset.movable or not dataset.at:
            return None
        return np.array([_copy_nano_usd(problem, dataset, r.id) / 1e9 for r in problem.catalog.regions])

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line a workload or dataset that moves."""
        horizon = problem.fleet.limits.migration.horizon_months
        for workload in problem.fleet.workloads:
            nano = sum(
                count * (_state_nano_usd(problem, workload, region) + restart)
                for region, restart, count in arrivals(workload, placement)
            )
            if nano:
                yield BillLine(workload.name, amount_of(nano / horizon))
        for dataset in problem.fleet.datasets:
            if dataset.movable and dataset.at:
                for region in placement.datasets[dataset.name]:
                    yield BillLine(dataset.name, amount_of(_copy_nano_usd(problem, dataset, region)))


def held_now(workload: Workload) -> dict[str, int]:
    """Replicas by region today."""
    held: dict[str, int] = {}
    for part in workload.current:
        held[part.region] = held.get(part.region, 0) + part.replicas
    return held


def restart_nano_usd(workload: Workload, nano_usd_per_hour: NDArray[np.int64]) -> Usd:
    """What one replica's restart costs at these prices."""
    run = workload.run
    extra = run.interruption_usd * 1e9 if isinstance(run, Service) else 0.0
    return np.asarray(run.restart_minutes / 60 * nano_usd_per_hour + extra, np.float64)


def arrivals(workload: Workload, placement: Placement) -> Iterable[tuple[str, float, int]]:
    """(region, restart in nano-USD, replicas) of every replica that moves."""
    if not workload.current:
        return
    staying = held_now(workload)
    parts = placement.assignments[workload.name]
    for part in sorted(parts, key=lambda part: -part.offering.usd_per_hour):
        region = part.offering.region.id
        stay = min(part.replicas, staying.get(region, 0))
        staying[region] = staying.get(region, 0) - stay
        if part.replicas > stay:
            price = np.array([part.offering.usd_per_hour])
            yield region, float(restart_nano_usd(workload, price)[0]), part.replicas - stay


def _state_nano_usd(problem: Problem, workload: Workload, region: str) -> float:
    sources = list(held_now(workload))
    return _cheapest_carriage(problem, sources, region, workload.state_gb) / workload.replicas


def _copy_nano_usd(problem: Problem, dataset: Dataset, region: str) -> float:
    horizon = problem.fleet.limits.migration.horizon_months
    return _cheapest_carriage(problem, dataset.at, region, dataset.size_gb) / horizon


def _cheapest_carriage(problem: Problem, sources: Iterable[str], region: str, gb: float) -> float:
    if not gb:
        return 0.0
    costs = []
    for source in sources:
        try:
            tariff = problem.tariff(source, region)
        except LookupError:
            continue
        costs.append(tariff.cost(gb) if tariff else 0.0)
    return min(costs, default=math.inf)
