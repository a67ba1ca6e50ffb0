"""A first answer, where nothing else gave one: CP-SAT on the few most promising regions of each node."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.cpsat import Effort, first_answer, solve_exactly
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.reads import reads_of
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_PROMISING = 4
"""Regions of each node that are looked at first."""
_ROUGH = 2e-3
"""Gap within which an answer is good enough: it is polished afterwards."""


def restrict(
    search: Search,
    relaxation: Relaxation,
    rest: Sequence[NDArray[np.float64]],
    seen: Sequence[set[int]],
    lines: Sequence[Line],
    most_pairs: int,
) -> bool:
    """Offer an answer on the regions that prices chose and the most promising others, by what is left of each above the
    bound; on more until there is one, or on `most_pairs` of them. True if there is proof that no placement exists."""
    effort = Effort(search.seconds_left / 6, _ROUGH, search.settings.seed, 1)
    first = first_answer(relaxation, rest, effort, spot=True)
    if first.ended == "infeasible" and relaxation.complete:
        search.log("CP-SAT without flows found no placement")
        return True
    placement = first.placement or first_answer(relaxation, rest, effort, spot=False).placement
    if placement is not None:
        reads = reads_of(search.problem, placement.assignments, placement.datasets, [line.rate for line in lines])
        search.offer(replace(placement, reads=reads))
    search.log("CP-SAT without flows, for a first answer")
    count, widest = _PROMISING, max(len(domain) for domain in relaxation.domains)
    while search.seconds_left > 0:
        domains = []
        for index, (node, domain, left) in enumerate(zip(relaxation.nodes, relaxation.domains, rest, strict=True)):
            if isinstance(node, DatasetNode) and node.fixed:
                domains.append(domain)
            else:
                promising = domain[np.argsort(left, kind="stable")[:count]]
                also = sorted(seen[index])[:count] if seen else ()
                domains.append(np.array(sorted({*promising.tolist(), *also}), np.intp))
        narrow = Relaxation(relaxation.problem, relaxation.nodes, relaxation.traffic, domains)
        if pairs_of(narrow) > most_pairs:
            return False
        effort = Effort(search.seconds_left / 4, max(search.settings.gap / 2, _ROUGH), search.settings.seed, 1)
        solved = solve_exactly(narrow, effort, search.placement)
        search.offer(solved.placement)
        search.log(f"CP-SAT on about {count} promising regions a node: {solved.ended}")
        if search.placement is not None or count >= widest:
            return False
        count *= 2
    return False


def pairs_of(relaxation: Relaxation) -> int:
    """Pairs of regions over all arcs between nodes."""
    sizes = [len(domain) for domain in relaxation.domains]
    return sum(sizes[arc.src] * (sizes[arc.dst] if arc.dst is not None else 0) for arc in relaxation.traffic.arcs)
