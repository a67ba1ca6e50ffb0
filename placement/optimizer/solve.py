"""Find the cheapest placement, and prove how near the answer is to it. Here alone is decided which steps run.

1. relax       leave couplings out and lay straight lines under tariffs: a bound, and often the answer (`relaxation`)
2. filter      drop the regions whose bound is above the best answer (reduced costs)
3. branch      where only tiers are open: cut their volumes (`branch`)
4. restrict    where no answer is known: CP-SAT on the few most promising regions of each node
5. close       CP-SAT on all regions that are left, with every coupling and tier
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import StoppedBy
from placement.optimizer.branch import branch_on_tiers, lines_of
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.cpsat import Effort, solve_exactly
from placement.optimizer.messages import Relaxed
from placement.optimizer.nodes import DatasetNode, Node, nodes_of
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Relaxation, whole
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search, Settings
from placement.optimizer.traffic import tiered

_PASSES = 200
_PROMISING = 6
"""Regions of each node that the first restricted solve looks at."""
_SMALL = 30_000
"""Pairs of regions over all arcs that CP-SAT takes at once."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a search ended."""

    search: Search
    nodes: Sequence[Node]
    stopped_by: StoppedBy
    infeasible: bool


def solve(problem: Problem, settings: Settings) -> Outcome:
    """Run the steps until the gap is closed, the time is up, or nothing is left to do."""
    search = Search(problem, settings)
    nodes = nodes_of(problem)
    if any(not np.isfinite(node.region_usd).any() for node in nodes):
        return Outcome(search, nodes, "work", infeasible=True)
    relaxation = whole(problem, nodes)
    found = _relax(search, relaxation)
    if found is None:
        return Outcome(search, nodes, "work", infeasible=True)
    impossible = False
    if not search.closed:
        impossible = _close(search, relaxation, found)
    if search.closed:
        return Outcome(search, nodes, "gap", infeasible=False)
    stopped: StoppedBy = "time" if search.seconds_left <= 0 else "work"
    return Outcome(search, nodes, stopped, infeasible=impossible)


def _relax(search: Search, relaxation: Relaxation) -> Relaxed | None:
    """Step 1; None where even the relaxed problem has no solution."""
    largest = relaxation.traffic.largest_volumes(relaxation.nodes, relaxation.domains)
    zero = np.zeros(len(largest))
    lines = lines_of(relaxation, zero, largest, zero)
    found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
    if found.bound >= relaxation.closed:
        return None
    search.offer(placement_of(relaxation, found.labels, lines))
    search.prove(found.bound)
    size = sum(len(domain) for domain in relaxation.domains)
    search.log(f"relaxed {len(relaxation.nodes)} nodes with {size} regions")
    return found


def _close(search: Search, relaxation: Relaxation, found: Relaxed) -> bool:
    """Steps 2 to 5; True if there is proof that no placement exists."""
    coupled = _coupled(search.problem, relaxation.nodes)
    rest = found.rest
    if search.placement is None and coupled:
        _restrict(search, relaxation, rest)
    if search.placement is not None:
        rest = _filter(search, relaxation, found.bound, rest)
    if search.closed:
        return False
    largest = relaxation.traffic.largest_volumes(relaxation.nodes, relaxation.domains)
    pools = tiered(search.problem.egress.tariffs, largest)
    if pools and not coupled and _pairs(relaxation) > _SMALL // 10:
        branch_on_tiers(search, relaxation, pools, largest)
        if search.closed or search.seconds_left <= 0:
            return False
    if coupled and _pairs(relaxation) > _SMALL:
        _restrict(search, relaxation, rest, most=4 * _PROMISING)
        _filter(search, relaxation, found.bound, rest)
    if search.closed or search.seconds_left <= 0:
        return False
    return _finish(search, relaxation)


def _finish(search: Search, relaxation: Relaxation) -> bool:
    """Step 5; True if CP-SAT proves that there is no placement: regions are filtered only once there is one."""
    effort = _effort(search, search.seconds_left)
    solved = solve_exactly(relaxation, effort, search.placement)
    search.offer(solved.placement)
    if solved.ended == "infeasible":
        search.log(f"CP-SAT on {solved.variables} variables found no placement")
        return search.placement is None
    search.prove(solved.bound_usd)
    search.log(f"CP-SAT on {solved.variables} variables: {solved.ended}")
    return False


def _restrict(search: Search, relaxation: Relaxation, rest: Sequence[NDArray[np.float64]], most: int = 10**9) -> None:
    """Step 4: more and more regions, until there is an answer."""
    count = _PROMISING
    widest = max(len(domain) for domain in relaxation.domains)
    while search.seconds_left > 0 and count <= most:
        narrow = Relaxation(
            relaxation.problem,
            relaxation.nodes,
            relaxation.traffic,
            [
                domain
                if isinstance(node, DatasetNode) and node.fixed
                else np.sort(domain[np.argsort(r, kind="stable")[:count]])
                for node, domain, r in zip(relaxation.nodes, relaxation.domains, rest, strict=True)
            ],
        )
        solved = solve_exactly(narrow, _effort(search, search.seconds_left / 3), search.placement)
        taken = search.offer(solved.placement)
        search.log(f"CP-SAT on the {count} most promising regions a node: {solved.ended}")
        if taken or count >= widest:
            return
        count *= 2


def _filter(
    search: Search, relaxation: Relaxation, bound_usd: float, rest: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Step 2. A node of U units with one unit in region r costs at least bound + rest[r] / U."""
    slack = search.value_usd - bound_usd + 1e-6 * max(1.0, search.value_usd)
    keep = []
    for node, left in zip(relaxation.nodes, rest, strict=True):
        fixed = isinstance(node, DatasetNode) and (node.fixed or node.copies > 1)
        keep.append(np.ones(len(left), np.bool_) if fixed else left / node.units <= slack)
    before = sum(len(domain) for domain in relaxation.domains)
    relaxation.shrink(keep)
    after = sum(len(domain) for domain in relaxation.domains)
    search.log(f"filtered {before} regions of nodes to {after}")
    return [left[kept] for left, kept in zip(rest, keep, strict=True)]


def _coupled(problem: Problem, nodes: Sequence[Node]) -> bool:
    """Whether a region for each node is not the whole answer, or rules beyond pairs of nodes bind."""
    if any(coupling.active(problem) for coupling in COUPLINGS if coupling.name not in ("affinity", "anti_affinity")):
        return True
    return any(
        node.copies > 1 and not node.fixed if isinstance(node, DatasetNode) else not node.folded for node in nodes
    )


def _pairs(relaxation: Relaxation) -> int:
    sizes = [len(domain) for domain in relaxation.domains]
    return sum(sizes[arc.src] * (sizes[arc.dst] if arc.dst is not None else 0) for arc in relaxation.traffic.arcs)


def _effort(search: Search, seconds: float) -> Effort:
    settings = search.settings
    return Effort(seconds, settings.gap / 2, settings.seed, settings.workers)
