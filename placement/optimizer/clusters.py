"""Whoever cannot be placed for reasons of logic is few: those that rules tie together, and nobody else.

Rules that count (quotas, machines, shares, the budget) tie whole fleets and are looked at by `shortage`. Without them a
fleet falls into clusters, by affinity, anti-affinity, and flows that some pair of regions cannot carry. A conflict
inside one of them is a conflict of the fleet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from placement.domain.fleet import INTERNET, Limits
from placement.market.egress import NO_TARIFF
from placement.optimizer.components import part_of
from placement.optimizer.nodes import Node
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import whole
from placement.optimizer.tiers import Line

_PASSES = 20


def impossible_clusters(problem: Problem, nodes: Sequence[Node]) -> Iterator[tuple[Problem, Sequence[Node]]]:
    """Those that cannot be placed as far as pairs of their members go, with their nodes."""
    position = {node.name: index for index, node in enumerate(nodes)}
    for names in _clusters(problem):
        fleet = part_of(problem.fleet, frozenset(names))
        part = replace(problem, fleet=replace(fleet, limits=Limits(migration=problem.fleet.limits.migration)))
        inside = [nodes[position[name]] for name in names]
        if _is_impossible(part, inside):
            yield part, inside


def _is_impossible(problem: Problem, nodes: Sequence[Node]) -> bool:
    if any(not np.isfinite(node.region_usd).any() for node in nodes):
        return False
    relaxation = whole(problem, nodes)
    free = [Line(0.0, 0.0)] * len(problem.egress.tariffs)
    found = relaxation.solve(free, passes=_PASSES, gap=0.0, start=None, rest=False)
    return found.bound >= relaxation.closed


def _clusters(problem: Problem) -> list[list[str]]:
    """Names that are tied, two at least, in the order of the fleet."""
    fleet = problem.fleet
    ties = [tied.workloads for tied in (*fleet.affinity, *fleet.anti_affinity)]
    open_everywhere = bool((problem.egress.between != NO_TARIFF).all())
    for flow in fleet.flows:
        if INTERNET not in (flow.src, flow.dst) and (flow.max_rtt_ms is not None or not open_everywhere):
            ties.append((flow.src, flow.dst))
    cluster: dict[str, set[str]] = {}
    for tied in ties:
        joined = set(tied).union(*(cluster.get(name, ()) for name in tied))
        cluster.update(dict.fromkeys(joined, joined))
    names = [*problem.workloads, *problem.datasets]
    seen: set[int] = set()
    found = []
    for name in names:
        members = cluster.get(name)
        if members is not None and id(members) not in seen:
            seen.add(id(members))
            found.append([each for each in names if each in members])
    return found
