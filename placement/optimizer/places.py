"""Where the replicas of a scattered workload may lie: all of its regions at once are one place.

Under straight tariffs, and at any prices on couplings, a replica costs the same whatever the others do.
So the cheapest placement fills its cheapest regions first: with N replicas, at most m of them in a region, and t
regions at least, the counts are one falling pattern n_1 >= n_2 >= ... >= n_t, and a place assigns regions to it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.optimizer.menus import Place
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem, whole_part

_MOST_TIMES = 40
"""As many beginnings of places are followed up for each place that is wanted."""


def pattern_of(workload: Workload) -> tuple[int, ...] | None:
    """The counts by region, falling; None where no single pattern is best, or no place keeps the rule."""
    spread, replicas = workload.spread, workload.replicas
    if spread is None:
        return None
    most = whole_part(spread.max_fraction_per_region, replicas)
    if most < 1 or (spread.min_providers > 1 and most < replicas):
        return None
    regions = max(spread.min_regions, spread.min_providers, -(-replicas // most))
    if regions > replicas:
        return None
    counts, left = [], replicas
    for after in range(regions - 1, -1, -1):
        counts.append(min(most, left - after))
        left -= counts[-1]
    return tuple(counts)


def placed(nodes: Sequence[Node]) -> dict[int, tuple[int, ...]]:
    """The patterns of the scattered workloads that have one, by node."""
    patterns = {
        index: pattern_of(node.workload)
        for index, node in enumerate(nodes)
        if isinstance(node, WorkloadNode) and node.scattered
    }
    return {index: pattern for index, pattern in patterns.items() if pattern is not None}


def cheapest_places(
    problem: Problem, workload: Workload, pattern: tuple[int, ...], domain: NDArray[np.intp], usd: Floats, count: int
) -> list[Place]:
    """Up to `count` places in the regions of `domain`, about the cheapest where all replicas in region r cost usd[r]: a
    place costs the mean of its regions, by replicas."""
    order = np.argsort(usd, kind="stable")
    ordered = usd[order]
    chosen, costs = np.empty((1, 0), np.intp), np.zeros(1)
    for part, replicas in enumerate(pattern):
        cost = costs[:, None] + replicas / workload.replicas * ordered
        fits = np.ones(cost.shape, np.bool_)
        for earlier in range(part):
            fits[np.arange(len(chosen)), chosen[:, earlier]] = False
        if part and pattern[part - 1] == replicas:
            fits &= np.arange(len(ordered)) > chosen[:, -1:]
        begun, region = np.nonzero(fits)
        best = _lowest(cost[begun, region], _MOST_TIMES * count)
        chosen = np.concatenate([chosen[begun[best]], region[best, None]], axis=1)
        costs = cost[begun[best], region[best]]
    regions = domain[order[chosen]]
    if workload.spread is not None and workload.spread.min_providers > 1:
        regions = regions[_with_providers(problem, workload.spread.min_providers, regions)]
    return [tuple(sorted(zip(place.tolist(), pattern, strict=True))) for place in regions[:count]]


def _lowest(usd: Floats, count: int) -> NDArray[np.intp]:
    """Positions of the lowest, rising."""
    if len(usd) <= count:
        return np.argsort(usd, kind="stable")
    best = np.argpartition(usd, count)[:count]
    return best[np.lexsort((best, usd[best]))]


def _with_providers(problem: Problem, least: int, regions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Places with as many providers at least."""
    number = np.unique([region.provider for region in problem.catalog.regions], return_inverse=True)[1]
    here = np.sort(number[regions], axis=1)
    return np.asarray(1 + (np.diff(here, axis=1) > 0).sum(axis=1) >= least)
