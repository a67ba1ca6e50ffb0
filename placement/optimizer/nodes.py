"""The nodes of a problem: workloads with their candidate offerings, datasets with their candidate regions.

Letters: w workload, d dataset, r region, o option (a catalog row that w may use), N replicas of w.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Dataset, Workload
from placement.market.catalog import NO_LIMIT
from placement.market.shortlist import Screened
from placement.optimizer.constraints.datasets import admitted_to_data
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.costs.migration import held_now
from placement.optimizer.likeness import likeness
from placement.optimizer.options import Counting, Options, least_usd, options_on, roomy_regions, thinned
from placement.optimizer.problem import Problem, may_scatter


@dataclass(frozen=True, eq=False)
class WorkloadNode:
    """A workload and where it could go."""

    workload: Workload
    options: Options
    scattered: bool
    """Replicas may lie in several regions."""
    counted: bool
    """Some rule counts its instances, so that the options must be chosen one by one and not folded by region."""
    region_usd: NDArray[np.float64]
    """Shape (R,): all replicas in r at the least cost, infinite where r is closed. Exact if neither scattered nor
    counted, else a lower bound on replicas x the cost of one; without moving and the spot fraction where these depend
    on how the replicas are split."""
    home: frozenset[int]
    """Regions that hold all replicas now."""
    left_out: Options
    """What stands for spot options that were left out and could be part of the best placement; for bounds alone."""

    @property
    def name(self) -> str:
        """The workload's name."""
        return self.workload.name

    @property
    def units(self) -> int:
        """Into how many equal parts the node may split: replicas if scattered, else 1."""
        return self.workload.replicas if self.scattered else 1

    def arriving(self, region_id: str) -> bool:
        """Whether replicas in this region are new there, when it does not hold all of them now."""
        return bool(self.workload.current) and held_now(self.workload).get(region_id, 0) < self.workload.replicas

    @property
    def complete(self) -> bool:
        """No option was left out that could be part of the best placement."""
        return not len(self.left_out)

    @cached_property
    def all_options(self) -> Options:
        """The options, then what stands for others."""
        return self.options if self.complete else self.options.followed_by(self.left_out)

    @property
    def folded(self) -> bool:
        """The least-cost mix of each region is its only choice there."""
        return not self.scattered and not self.counted


@dataclass(frozen=True, eq=False)
class DatasetNode:
    """A dataset and where its copies could lie."""

    dataset: Dataset
    region_usd: NDArray[np.float64]
    """Shape (R,): one copy there, with penalties, infinite where r is closed."""
    penalty_usd: NDArray[np.float64]
    """Shape (R,): the part of region_usd that is no money."""
    copies: int

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.dataset.name

    @property
    def fixed(self) -> bool:
        """It lies where it lies."""
        return not self.dataset.movable

    @property
    def units(self) -> int:
        """A copy is whole."""
        return 1


Node = WorkloadNode | DatasetNode


def options_of(problem: Problem, workload: Workload, counting: Counting) -> tuple[Options, Options]:
    """Screen, cost and thin out the offerings of one workload; second is what stands for those left out."""
    screened = Screened(workload, problem.catalog, screens_of(problem, workload), problem.as_of)
    rows = np.flatnonzero(screened.admissible())
    return thinned(options_on(problem, workload, rows), counting)


def workload_node(
    problem: Problem, workload: Workload, counting: Counting, found: tuple[Options, Options] | None = None
) -> WorkloadNode:
    """A workload with its options, `found` before or now."""
    options, left_out = found or options_of(problem, workload, counting)
    held = held_now(workload)
    partly = bool(held) and any(
        0 < held.get(problem.catalog.regions[r].id, 0) < workload.replicas for r in set(options.region)
    )
    counted = counting.vcpus or workload.name in counting.spot or bool((options.capacity != NO_LIMIT).any()) or partly
    scattered = may_scatter(workload)
    home = frozenset(problem.region(region) for region, count in held.items() if count >= workload.replicas)
    least = least_usd(options, workload, len(problem.catalog.regions), home, relaxed=scattered or partly)
    if not scattered:
        least[~roomy_regions(problem, workload, options)] = np.inf
    return WorkloadNode(workload, options, scattered, counted, least, home, left_out)


def dataset_node(problem: Problem, dataset: Dataset) -> DatasetNode:
    """Cost of a copy in each region where the dataset may lie."""
    count = len(problem.catalog.regions)
    usd = np.zeros(count)
    for term in COST_TERMS:
        if (part := term.per_copy(problem, dataset)) is not None:
            usd = usd + part
    penalty = np.zeros(count)
    for term in PENALTIES:
        if (part := term.per_copy(problem, dataset)) is not None:
            penalty = penalty + problem.penalty_weight * part
    admitted = admitted_to_data(problem, dataset)
    if not dataset.movable:
        fixed = np.zeros(count, np.bool_)
        fixed[[problem.region(region) for region in dataset.at]] = True
        # It cannot be moved to where the rules admit it: all of its copies may stay, or there is no placement.
        admitted = fixed & bool(admitted[fixed].all())
    usd = np.where(admitted, usd + penalty, np.inf)
    return DatasetNode(dataset, usd, penalty, len(dataset.at) if not dataset.movable else dataset.copies)


def nodes_of(problem: Problem) -> Sequence[Node]:
    """Workloads, then datasets, in the order of the fleet."""
    counting = Counting.of(problem)
    known: dict[Hashable, tuple[Options, Options]] = {}
    twins: dict[Hashable, WorkloadNode] = {}

    def node(workload: Workload) -> WorkloadNode:
        """Workloads that are alike have the same options; those with as many replicas cost the same everywhere."""
        like = likeness(problem, workload)
        twin = like, workload.replicas, workload.name in counting.spot
        if twin not in twins:
            if like not in known:
                known[like] = options_of(problem, workload, counting)
            twins[twin] = workload_node(problem, workload, counting, known[like])
        return replace(twins[twin], workload=workload)

    return [
        *(node(workload) for workload in problem.fleet.workloads),
        *(dataset_node(problem, dataset) for dataset in problem.fleet.datasets),
    ]
