"""A region for each node makes a placement: the cheapest mix there, copies near who reads and writes them, and for each
reader the copy at the least rate."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Assignment, Placement
from placement.optimizer.copies import with_copies
from placement.optimizer.cpsat import assignments
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.options import mix, spread_over
from placement.optimizer.reads import reads_of
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
            if node.fixed or node.copies == 1:
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
    rates = [line.rate for line in lines]
    lies = with_copies(problem, relaxation.nodes, relaxation.domains, assigned, datasets, rates)
    return Placement(assigned, lies, reads_of(problem, assigned, lies, rates))
