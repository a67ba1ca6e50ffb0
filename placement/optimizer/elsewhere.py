"""What it costs to have one workload elsewhere when everything else may move too: proven bounds, and the runner-up.

`explain` prices the move of one workload alone, all else in its place: the region costs that much at most. Others may
follow, or make room, and it costs less: how little at least is proven here, and what it comes to is searched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Globs, Workload
from placement.domain.money import MicroUsd
from placement.optimizer.boxes import lines_of
from placement.optimizer.nodes import nodes_of
from placement.optimizer.price import Priced
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import whole
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.warm import ready

_PASSES = 200
"""At once: regions that are dropped on the way would keep the bound of then."""


@dataclass(frozen=True, eq=False)
class RunnerUp:
    """The cheapest placement found with nothing of a workload in the regions where it lies."""

    placement: Placement | None
    """None where the search found none in its time, or there is none."""
    difference: Mapping[str, MicroUsd]
    """By line of the bill: what it costs more than the placement that was decided."""
    at_least_usd: float | None
    """USD a month, penalties included: proven, whatever lies where. None where there is no such placement."""
    moving: tuple[str, ...]
    """Who else lies elsewhere then."""
    impossible: bool
    """Proven: it lies where it does, or there is no placement."""


def bounds_by_region(problem: Problem, workload: Workload, settings: Settings) -> NDArray[np.float64]:
    """Shape (R,): what every placement costs at least that has all of a workload in the region, penalties included.

    Infinite for regions that its own rules close.
    """
    ready()
    bounds = np.full(len(problem.catalog.regions), np.inf)
    nodes = nodes_of(problem)
    if any(not np.isfinite(node.region_usd).any() for node in nodes):
        return bounds
    relaxation = whole(problem, nodes)
    relaxation.threads, relaxation.seed = settings.workers, settings.seed
    largest = relaxation.traffic.largest_volumes(nodes, relaxation.domains)
    zero = np.zeros(len(largest))
    found = relaxation.solve(
        lines_of(relaxation, zero, largest, zero), passes=_PASSES, every=_PASSES, gap=0.0, start=None
    )
    index = [node.name for node in nodes].index(workload.name)
    bounds[relaxation.domains[index]] = found.bound + found.rest[index]
    return np.where(bounds >= relaxation.closed, np.inf, bounds)


def runner_up(
    problem: Problem, placement: Placement, priced: Priced, workload: Workload, settings: Settings
) -> RunnerUp:
    """Place the whole fleet again with the workload kept out of all regions where it lies."""
    lies = sorted({part.offering.region.id for part in placement.assignments[workload.name]})
    kept_out = replace(workload, places=Globs(workload.places.allow, (*workload.places.deny, *lies)))
    fleet = problem.fleet
    others = tuple(kept_out if each.name == workload.name else each for each in fleet.workloads)
    outcome = solve(replace(problem, fleet=replace(fleet, workloads=others)), settings)
    search = outcome.search
    at_least = search.bound_usd - priced.objective / 1e6
    if search.placement is None or search.priced is None:
        return RunnerUp(None, {}, None if outcome.infeasible else at_least, (), outcome.infeasible)
    then = search.priced.bill.lines
    difference = {line: MicroUsd(then[line] - usd) for line, usd in priced.bill.lines.items()}
    return RunnerUp(
        search.placement, difference, at_least, _moving(placement, search.placement, workload.name), impossible=False
    )


def _moving(before: Placement, after: Placement, but: str) -> tuple[str, ...]:
    def lies(placement: Placement, name: str) -> set[str]:
        return {part.offering.region.id for part in placement.assignments[name]}

    workloads = (name for name in before.assignments if lies(before, name) != lies(after, name))
    datasets = (name for name in before.datasets if set(before.datasets[name]) != set(after.datasets[name]))
    return tuple(name for name in (*workloads, *datasets) if name != but)
