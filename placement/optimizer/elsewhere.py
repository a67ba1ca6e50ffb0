"""What it costs to have one workload elsewhere when everything else may move too: proven bounds, and the runner-up.

`explain` prices the move of one workload alone, all else in its place: the region costs that much at most. Others may
follow, or make room, and it costs less: how little at least is proven here, and what it comes to is searched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Globs, Workload
from placement.domain.money import MicroUsd
from placement.optimizer.charged_places import charge_places
from placement.optimizer.charging import Charging
from placement.optimizer.explain import difference
from placement.optimizer.nodes import nodes_of
from placement.optimizer.places import placed
from placement.optimizer.price import Priced
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Relaxation, whole
from placement.optimizer.search import Search, Settings
from placement.optimizer.solve import solve
from placement.optimizer.traffic import tiered
from placement.optimizer.warm import ready

_PASSES = 200
"""At once: regions that are dropped on the way would keep the bound of then."""
_CHARGING = 0.1
"""Of the time limit that rounds of charges may take, where tariffs have tiers."""


@dataclass(frozen=True, eq=False)
class RunnerUp:
    """The cheapest placement found with nothing of a workload in the regions where it lies."""

    placement: Placement | None
    """None where the search found none in its time, or there is none."""
    difference: Mapping[str, MicroUsd]
    """By line of the bill: what it costs more than the placement that was decided."""
    penalties: Mapping[str, MicroUsd]
    """By name, those that differ: what it weighs in more that is no money."""
    at_least_usd: float | None
    """USD a month, penalties included: proven, whatever lies where. None where there is no such placement."""
    moving: tuple[str, ...]
    """Who else lies elsewhere then."""
    impossible: bool
    """Proven: it lies where it does, or there is no placement."""


def bounds_by_region(
    problem: Problem, placement: Placement, workload: Workload, settings: Settings
) -> NDArray[np.float64]:
    """Shape (R,): what every placement costs at least that has all of a workload in the region, penalties included.

    Infinite for regions that its own rules close. The placement is the one decided: how near bounds need be.
    """
    ready()
    bounds = np.full(len(problem.catalog.regions), np.inf)
    nodes = nodes_of(problem)
    if any(not np.isfinite(node.region_usd).any() for node in nodes):
        return bounds
    relaxation = whole(problem, nodes)
    relaxation.threads, relaxation.seed = settings.workers, settings.seed
    index = [node.name for node in nodes].index(workload.name)
    for asked in _charged(problem, placement, relaxation, settings):
        found = asked.solve(asked.first_lines, passes=_PASSES, every=_PASSES, gap=0.0, start=None)
        if len(domain := asked.domains[index]) and domain[-1] < len(bounds):
            known = np.where(np.isfinite(bounds[domain]), bounds[domain], -np.inf)
            bounds[domain] = np.maximum(known, found.bound + found.rest[index])
    return np.where(bounds >= relaxation.closed, np.inf, bounds)


def _charged(
    problem: Problem, placement: Placement, relaxation: Relaxation, settings: Settings
) -> Iterator[Relaxation]:
    """The relaxation, and one among places where workloads scatter, with flows charged apart where tariffs have tiers.

    No region is left out.
    """
    largest, until_s = relaxation.largest_gb(), _CHARGING * settings.time_limit_s
    tariffs = tiered(problem.egress.tariffs, largest)
    if not tariffs:
        yield relaxation
        return
    search = Search.begun(problem, settings, 0.0, lambda progress: None)
    search.offer(placement)
    charging = Charging.of(search, relaxation, tariffs, largest)
    labels = relaxation.solve(relaxation.first_lines, passes=_PASSES, gap=settings.gap, start=None).labels
    lies = relaxation.regions(labels)
    charging.run(relaxation, lies, until_s, narrow=False)
    relaxation.charges = charging.charges
    yield relaxation
    if placed(relaxation.nodes):
        yield charge_places(charging, relaxation, lies, 2 * until_s, narrow=False)


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
        return RunnerUp(None, {}, {}, None if outcome.infeasible else at_least, (), outcome.infeasible)
    moving = _moving(placement, search.placement, workload.name)
    return RunnerUp(search.placement, *difference(search.priced, priced), at_least, moving, impossible=False)


def _moving(before: Placement, after: Placement, but: str) -> tuple[str, ...]:
    def lies(placement: Placement, name: str) -> set[str]:
        return {part.offering.region.id for part in placement.assignments[name]}

    workloads = (name for name in before.assignments if lies(before, name) != lies(after, name))
    datasets = (name for name in before.datasets if set(before.datasets[name]) != set(after.datasets[name]))
    return tuple(name for name in (*workloads, *datasets) if name != but)
