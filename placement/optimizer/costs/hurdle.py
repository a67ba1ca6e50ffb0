"""The hurdle of moves: a workload moves only if the fleet then saves min_saving_fraction of its current cost.

No money: it steers the choice and is shown apart from the bill. Half a workload moved meets half the hurdle. The
current cost is compute and interruption of the instances that run today: where these are not known, of the cheapest
that the region has and the workload may use. Where the catalog has none, there is no hurdle.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import CurrentPlacement, Workload
from placement.domain.money import amount_from_usd
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.costs.base import BillLine, CostTerm, Usd
from placement.optimizer.costs.compute import Compute
from placement.optimizer.costs.interruption import Interruption
from placement.optimizer.costs.migration import arrivals
from placement.optimizer.problem import Problem


class MoveHurdle(CostTerm):
    """A penalty on replicas that leave their region."""

    name = "move hurdle"

    def per_arrival(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd | None:
        """The same on every row."""
        hurdle = hurdle_usd(problem, workload)
        return np.full(len(rows), hurdle / workload.replicas) if hurdle else None

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line a workload that moves."""
        for workload in problem.fleet.workloads:
            moved = sum(count for _, _, count in arrivals(workload, placement))
            if moved and (hurdle := hurdle_usd(problem, workload)):
                yield BillLine(workload.name, amount_from_usd(hurdle * moved / workload.replicas))


def hurdle_usd(problem: Problem, workload: Workload) -> float:
    """USD a month that moving all of the workload must save beyond its own cost."""
    fraction = problem.fleet.limits.migration.min_saving_fraction
    if not fraction or not workload.current:
        return 0.0
    return fraction * sum(part.replicas * _usd_per_replica(problem, workload, part) for part in workload.current)


def _usd_per_replica(problem: Problem, workload: Workload, part: CurrentPlacement) -> float:
    """Of one replica where it runs today; 0 where the catalog does not know."""
    catalog = problem.catalog
    index = catalog.region_index.get(part.region)
    if index is None:
        return 0.0
    kinds = [CapacityType(part.capacity_type)] if part.capacity_type else workload.capacity.types
    rows = np.concatenate([np.r_[catalog.segment(index, kind)] for kind in kinds])
    if part.instance_type:
        rows = rows[catalog.types.name[catalog.offerings.instance_type[rows]] == part.instance_type]
    usd = Compute().per_replica(problem, workload, rows) + Interruption().per_replica(problem, workload, rows)
    for k in np.argsort(usd, kind="stable"):
        if np.isfinite(usd[k]) and (part.instance_type or _is_admitted(problem, workload, int(rows[k]))):
            return float(usd[k])
    return 0.0


def _is_admitted(problem: Problem, workload: Workload, row: int) -> bool:
    """Whether the workload may use an offering; it runs in the region, whatever rules say of that now."""
    offering = problem.catalog.offering(row)
    return all(
        screen.axis == "region" or screen.rejects(workload, offering, problem.as_of) is None for screen in SCREENS
    )
