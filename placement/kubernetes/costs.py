"""What a pod adds to the month's bill on each kind of node, by the cost terms of the optimizer.

    usd[k] = compute and interruption on its part of k + penalties + egress of its flows + volumes that are made there

Letters of the array shapes: K kinds of nodes, R regions.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import Dataset
from placement.kubernetes.offers import Offers
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.costs.egress import billed
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads

Usd = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stay:
    """The pod in one of the regions of the cluster."""

    region: int
    """Position in the catalog."""
    placement: Placement
    egress_usd: float
    """Infinite where no tariff prices some of its flows."""


def stays(problem: Problem, offers: Offers) -> tuple[Stay, ...]:
    """One for each region that has nodes.

    The problem's catalog is the market of the kinds, its fleet one pod with what it reads and writes.
    """
    found = []
    for region in np.unique(problem.catalog.offerings.region[offers.is_known]).tolist():
        placement = _placed(problem, offers, region)
        found.append(Stay(region, placement, _egress_usd(problem, placement)))
    return tuple(found)


def monthly_usd(problem: Problem, offers: Offers, among: Iterable[Stay], admitted: NDArray[np.bool_]) -> Usd:
    """Shape (K,): USD a month, penalties included; infinite where the pod may not be, or some price is not known."""
    workload, region = problem.fleet.workloads[0], problem.catalog.offerings.region
    rows = np.flatnonzero(admitted & offers.is_known & offers.is_priced)
    here = np.zeros(len(rows))
    for term in (*COST_TERMS, *PENALTIES):
        if (part := term.per_replica(problem, workload, rows)) is not None:
            here = here + part
    by_region = _made_there(problem)
    for stay in among:
        by_region[stay.region] += stay.egress_usd
    usd = np.full(len(offers.kinds), math.inf)
    usd[rows] = here + by_region[region[rows]]
    return usd


def _placed(problem: Problem, offers: Offers, region: int) -> Placement:
    """The pod in a region, with the volumes that are made where it goes."""
    workload, here = problem.fleet.workloads[0], problem.catalog.regions[region].id
    row = int(np.flatnonzero(offers.is_known & (problem.catalog.offerings.region == region))[0])
    datasets = {each.name: (here,) if follows(each) else each.at for each in problem.fleet.datasets}
    assigned = {workload.name: (Assignment(problem.catalog.offering(row), 1),)}
    return Placement(assigned, datasets, nearest_reads(problem, assigned, datasets))


def follows(dataset: Dataset) -> bool:
    """Whether the data are made where the pod goes."""
    return dataset.movable


def _made_there(problem: Problem) -> Usd:
    """Shape (R,): keeping the data that follow the pod."""
    usd = np.zeros(len(problem.catalog.regions))
    for dataset in filter(follows, problem.fleet.datasets):
        for term in (*COST_TERMS, *PENALTIES):
            if (part := term.per_copy(problem, dataset)) is not None:
                usd = usd + part
    return usd


def _egress_usd(problem: Problem, placement: Placement) -> float:
    try:
        return sum(amount for _, amount in billed(problem, placement)) / 1e6
    except LookupError:
        return math.inf
