"""Large neighbourhoods: free a few nodes that lie near each other, keep the rest where it is, let CP-SAT choose
again."""

from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.cpsat import Effort, solve_exactly
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.search import Search

_FREED = 6
"""Nodes that choose again at a time."""
_CHOICES = 12
"""Promising regions that each may choose from."""
_SECONDS = 3.0
"""For one neighbourhood: most take a tenth of a second."""
_ALONG_FLOWS = 0.8
"""How often the next node freed is a neighbour of one that is."""


def polish(
    search: Search, relaxation: Relaxation, rest: Sequence[NDArray[np.float64]], until_s: float, patience: int
) -> None:
    """Improve the best placement until the gap is closed, the time is up, or `patience` neighbourhoods in a row
    gave nothing better."""
    draw = Random(search.settings.seed)
    near = _neighbours(relaxation)
    tried = failures = 0
    if len(near) <= _FREED:
        # All choose again: the same question has the same answer.
        patience = 1
    while failures < patience and not search.closed and search.seconds < until_s:
        freed = _neighbourhood(draw, near)
        assert search.placement is not None
        narrow = _narrow(relaxation, rest, freed, near, search.placement)
        seconds = min(_SECONDS, until_s - search.seconds)
        effort = Effort(seconds, search.settings.gap / 4, search.settings.seed + tried, 1)
        solved = solve_exactly(narrow, effort, search.placement)
        tried += 1
        failures = 0 if search.offer(solved.placement) else failures + 1
    search.log(f"polished in {tried} neighbourhoods")


def _neighbours(relaxation: Relaxation) -> list[list[int]]:
    near: list[set[int]] = [set() for _ in relaxation.nodes]
    for arc in relaxation.traffic.arcs:
        if arc.dst is not None:
            near[arc.src].add(arc.dst)
            near[arc.dst].add(arc.src)
    return [sorted(found) for found in near]


def _neighbourhood(draw: Random, near: Sequence[Sequence[int]]) -> set[int]:
    """A random node and others found from it along flows, now and then one from elsewhere."""
    freed = {draw.randrange(len(near))}
    for _ in range(4 * _FREED):
        if len(freed) >= min(_FREED, len(near)):
            break
        ahead = sorted({other for node in freed for other in near[node]} - freed)
        freed.add(draw.choice(ahead) if ahead and draw.random() < _ALONG_FLOWS else draw.randrange(len(near)))
    return freed


def _narrow(
    relaxation: Relaxation,
    rest: Sequence[NDArray[np.float64]],
    freed: set[int],
    near: Sequence[Sequence[int]],
    placement: Placement,
) -> Relaxation:
    """Freed nodes keep their most promising regions and those that their neighbours use, the others only their own."""
    used = _used(relaxation, placement)
    domains = []
    for index, (node, domain, left) in enumerate(zip(relaxation.nodes, relaxation.domains, rest, strict=True)):
        if isinstance(node, DatasetNode) and node.fixed:
            domains.append(domain)
            continue
        kept = set(used[index])
        if index in freed:
            kept |= set(domain[np.argsort(left, kind="stable")[:_CHOICES]].tolist())
            kept |= set().union(*(used[other] for other in near[index])) & set(domain.tolist())
        domains.append(np.array(sorted(kept), np.intp))
    return Relaxation(relaxation.problem, relaxation.nodes, relaxation.traffic, domains)


def _used(relaxation: Relaxation, placement: Placement) -> Sequence[set[int]]:
    """By node, the regions where it lies."""
    index_of = relaxation.problem.catalog.region_index
    return [
        {index_of[region] for region in placement.datasets[node.name]}
        if isinstance(node, DatasetNode)
        else {index_of[part.offering.region.id] for part in placement.assignments[node.name]}
        for node in relaxation.nodes
    ]
