"""A region for each node makes a placement: the cheapest mix there, and for each reader the copy at the least rate."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import INTERNET
from placement.market.egress import NO_TARIFF
from placement.optimizer.cpsat import assignments
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.options import mix, spread_over
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.tiers import Line


def placement_of(relaxation: Relaxation, labels: NDArray[np.intp], lines: Sequence[Line]) -> Placement | None:
    """The placement with node i in region domains[i][labels[i]], or None where a node cannot lie in one region."""
    problem, regions = relaxation.problem, relaxation.problem.catalog.regions
    assigned: dict[str, tuple[Assignment, ...]] = {}
    datasets: dict[str, tuple[str, ...]] = {}
    for index, (node, domain, label) in enumerate(zip(relaxation.nodes, relaxation.domains, labels, strict=True)):
        region = int(domain[label])
        if isinstance(node, DatasetNode):
            if not node.fixed and node.copies > 1:
                return None
            here = domain if node.fixed else [region]
            datasets[node.name] = tuple(regions[r].id for r in here)
        elif node.scattered:
            place = relaxation.place(index, region)
            if place is None:
                return None
            assigned[node.name] = assignments(node, problem, spread_over(node.options, place, node.workload))
        else:
            arriving = node.arriving(regions[region].id)
            split = mix(node.options, region, node.workload, arriving=arriving)
            assigned[node.name] = assignments(node, problem, dict(split))
    return Placement(assigned, datasets, reads_of(problem, assigned, datasets, lines))


def reads_of(
    problem: Problem,
    assigned: Mapping[str, tuple[Assignment, ...]],
    datasets: Mapping[str, tuple[str, ...]],
    lines: Sequence[Line],
) -> dict[tuple[int, str], str]:
    """For each reader of a dataset with several copies the one at the least rate."""
    reads: dict[tuple[int, str], str] = {}
    for index, flow in enumerate(problem.fleet.flows):
        copies = datasets.get(flow.src, ())
        if len(copies) < 2:
            continue
        if flow.dst == INTERNET:
            readers = {INTERNET}
        elif flow.dst in datasets:
            readers = set(datasets[flow.dst])
        else:
            readers = {part.offering.region.id for part in assigned[flow.dst]}
        for reader in sorted(readers):
            reads[index, reader] = min(copies, key=lambda copy: _rate(problem, copy, reader, flow.max_rtt_ms, lines))
    return reads


def _rate(problem: Problem, copy: str, reader: str, max_rtt_ms: float | None, lines: Sequence[Line]) -> float:
    r = problem.region(copy)
    if reader == INTERNET:
        pool = problem.egress.to_internet[r]
    else:
        s = problem.region(reader)
        pool = problem.egress.between[r, s]
        if max_rtt_ms is not None and problem.rtt_ms[r, s] > max_rtt_ms:
            return float("inf")
    if pool == NO_TARIFF:
        return float("inf")
    return lines[pool].rate if pool >= 0 else 0.0
