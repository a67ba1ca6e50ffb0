"""The hurdle of moves: a workload moves only if the fleet then saves min_saving_fraction of its current cost.

No money: it steers the choice and is shown apart from the bill. Half a workload moved meets half the hurdle. The
current
cost is compute and interruption of the cheapest offering that fits what is known of today's placement; where the
catalog has none, there is no hurdle.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import CurrentPlacement, Workload
from placement.domain.money import amount_from_usd
from placement.domain.offering import CAPACITY_TYPES
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
    catalog = problem.catalog
    columns, index = catalog.offerings, catalog.region_index.get(part.region)
    fits = columns.region == index
    if part.capacity_type:
        fits &= columns.capacity_type == CAPACITY_TYPES.index(part.capacity_type)
    else:
        wanted = [CAPACITY_TYPES.index(kind) for kind in workload.capacity.types]
        fits &= np.isin(columns.capacity_type, wanted)
    if part.instance_type:
        fits &= (catalog.types.name == part.instance_type)[columns.instance_type]
    else:
        enough = catalog.types.vcpus >= workload.resources.vcpus + workload.overhead.vcpus
        enough &= catalog.types.memory_gib >= workload.resources.memory_gib + workload.overhead.memory_gib
        fits &= enough[columns.instance_type]
    rows = np.flatnonzero(fits)
    if not len(rows):
        return 0.0
    usd = Compute().per_replica(problem, workload, rows) + Interruption().per_replica(problem, workload, rows)
    cheapest = float(usd.min())
    return cheapest if np.isfinite(cheapest) else 0.0
