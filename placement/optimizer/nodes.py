"""The nodes of a problem: workloads with their candidate offerings, datasets with their candidate regions.

Letters: w workload, d dataset, r region, o option (a catalog row that w may use), N replicas of w.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Dataset, Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.catalog import NO_LIMIT
from placement.market.shortlist import Screened
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.constraints.screens.places import admitted_regions
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.costs.migration import held_now
from placement.optimizer.problem import Problem, may_scatter

_SPOT = CAPACITY_TYPES.index(CapacityType.SPOT)
_POOLS = 6
"""Spot types of a region to choose from where exposure to pools is limited."""


@dataclass(frozen=True, eq=False)
class Options:
    """Candidate offerings of one workload, in catalog order; arrays of shape (options,)."""

    rows: NDArray[np.intp]
    """Catalog rows."""
    region: NDArray[np.intp]
    kind: NDArray[np.int8]
    """Code of the capacity type."""
    usd: NDArray[np.float64]
    """One replica a month, wherever the workload lies now."""
    arrival_usd: NDArray[np.float64]
    """On top for each replica that is new in the region: moving, and the penalties."""
    arrival_penalty_usd: NDArray[np.float64]
    """The part of arrival_usd that is no money."""
    vcpus: NDArray[np.float64]
    capacity: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def spot(self) -> NDArray[np.bool_]:
        """Which options are spot."""
        return np.asarray(self.kind == _SPOT)

    def take(self, keep: NDArray[np.intp] | NDArray[np.bool_]) -> "Options":
        """Some of the options."""
        return Options(**{name: column[keep] for name, column in vars(self).items()})


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
    counted, else a lower bound on replicas x the cost of one."""

    relaxed: bool
    """region_usd leaves moving and the spot fraction out: they depend on how the replicas are split."""
    home: frozenset[int]
    """Regions that hold all replicas now."""
    complete: bool
    """No option was left out that could be part of the best placement."""

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
    def folded(self) -> bool:
        """The least-cost mix of each region is its only choice there."""
        return not self.scattered and not self.counted


@dataclass(frozen=True, eq=False)
class DatasetNode:
    """A dataset and where its copies could lie."""

    dataset: Dataset
    region_usd: NDArray[np.float64]
    """Shape (R,): one copy there, infinite where r is closed."""
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


@dataclass(frozen=True, slots=True)
class Counting:
    """Which properties of the instances some rule of the fleet counts."""

    vcpus: bool = False
    pools: bool = False
    spot: frozenset[str] = frozenset()
    """Workloads whose spot share is limited as a group."""

    @classmethod
    def of(cls, problem: Problem) -> "Counting":
        """What the fleet's limits ask for."""
        limits = problem.fleet.limits
        return cls(
            vcpus=bool(limits.quotas) or limits.pool_exposure_max_fraction is not None,
            pools=limits.pool_exposure_max_fraction is not None,
            spot=frozenset(name for share in limits.spot_share for name in share.workloads),
        )


def workload_node(problem: Problem, workload: Workload, counting: Counting) -> WorkloadNode:
    """Screen, cost and thin out the offerings of one workload."""
    screened = Screened(workload, problem.catalog, SCREENS, problem.as_of)
    rows = np.flatnonzero(screened.admissible())
    options, complete = _thin(_options(problem, workload, rows), counting)
    held = held_now(workload)
    partly = any(0 < held.get(problem.catalog.regions[r].id, 0) < workload.replicas for r in set(options.region))
    counted = counting.vcpus or workload.name in counting.spot or bool((options.capacity != NO_LIMIT).any()) or partly
    scattered = may_scatter(workload)
    home = frozenset(problem.region(region) for region, count in held.items() if count >= workload.replicas)
    relaxed = scattered or partly
    least = least_usd(options, workload, len(problem.catalog.regions), home, relaxed=relaxed)
    if not scattered:
        least[~roomy_regions(problem, workload, options)] = np.inf
    return WorkloadNode(workload, options, scattered, counted, least, relaxed, home, complete)


def dataset_node(problem: Problem, dataset: Dataset) -> DatasetNode:
    """Cost of a copy in each region where the dataset may lie."""
    count = len(problem.catalog.regions)
    usd = np.zeros(count)
    for term in COST_TERMS:
        if (part := term.per_copy(problem, dataset)) is not None:
            usd = usd + part
    if dataset.movable:
        admitted = admitted_regions(dataset.places, problem.catalog, problem.as_of)
        if admitted is not None:
            usd = np.where(admitted, usd, np.inf)
    else:
        fixed = np.zeros(count, np.bool_)
        fixed[[problem.region(region) for region in dataset.at]] = True
        usd = np.where(fixed, usd, np.inf)
    return DatasetNode(dataset, usd, len(dataset.at) if not dataset.movable else dataset.copies)


def mix(options: Options, region: int, workload: Workload, *, arriving: bool) -> list[tuple[int, int]]:
    """The cheapest split of all replicas in one region as (option, replicas); empty if it cannot hold them."""
    usd = options.usd + (options.arrival_usd if arriving else 0.0)
    here = options.region == region
    spot, other = np.flatnonzero(here & options.spot), np.flatnonzero(here & ~options.spot)
    best_spot = spot[np.argmin(usd[spot])] if len(spot) else None
    best_other = other[np.argmin(usd[other])] if len(other) else None
    on_spot = 0
    if best_spot is not None and (best_other is None or usd[best_spot] < usd[best_other]):
        on_spot = min(max_spot_replicas(workload), workload.replicas)
    rest = workload.replicas - on_spot
    if rest and best_other is None:
        return []
    split = [(best_spot, on_spot), (best_other, rest)]
    return [(int(option), count) for option, count in split if option is not None and count]


def least_usd(
    options: Options, workload: Workload, regions: int, home: frozenset[int], *, relaxed: bool
) -> NDArray[np.float64]:
    """Shape (R,): the cost of `mix` by region; with `relaxed` a lower bound that ignores moving and the spot
    fraction."""
    replicas, limit = workload.replicas, max_spot_replicas(workload)
    usd = options.usd.copy()
    if not relaxed:
        arriving = ~np.isin(options.region, list(home))
        usd[arriving] += options.arrival_usd[arriving]
    spot, other = np.full(regions, np.inf), np.full(regions, np.inf)
    np.minimum.at(spot, options.region[options.spot], usd[options.spot])
    np.minimum.at(other, options.region[~options.spot], usd[~options.spot])
    if relaxed:
        return np.asarray(replicas * np.minimum(spot, other))
    on_spot = np.where(spot < other, min(limit, replicas), 0)
    with np.errstate(invalid="ignore"):
        cost = np.where(on_spot > 0, on_spot * spot, 0) + np.where(replicas > on_spot, (replicas - on_spot) * other, 0)
    return np.asarray(cost)


def roomy_regions(problem: Problem, workload: Workload, options: Options) -> NDArray[np.bool_]:
    """Shape (R,): quotas and capacities there leave room for all replicas of this workload alone."""
    kinds, count = len(CAPACITY_TYPES), len(problem.catalog.regions)
    most = np.where(options.capacity == NO_LIMIT, workload.replicas, options.capacity).astype(np.int64)
    for quota in problem.fleet.limits.quotas:
        inside = options.region == problem.catalog.region_index.get(quota.region)
        if quota.capacity_type is not None:
            inside &= options.kind == CAPACITY_TYPES.index(quota.capacity_type)
        most[inside] = np.minimum(most[inside], np.floor(quota.vcpus / options.vcpus[inside] + 1e-9))
    room = np.zeros((count, kinds), np.int64)
    np.maximum.at(room, (options.region, options.kind), most)
    room[:, _SPOT] = np.minimum(room[:, _SPOT], max_spot_replicas(workload))
    return np.asarray(room.sum(axis=1) >= workload.replicas)


def _options(problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Options:
    columns = problem.catalog.offerings
    usd, arrival = np.zeros(len(rows)), np.zeros(len(rows))
    for term in COST_TERMS:
        if (part := term.per_replica(problem, workload, rows)) is not None:
            usd = usd + part
        if (part := term.per_arrival(problem, workload, rows)) is not None:
            arrival = arrival + part
    penalty = np.zeros(len(rows))
    for term in PENALTIES:
        if (part := term.per_arrival(problem, workload, rows)) is not None:
            penalty = penalty + part
    options = Options(
        rows=rows,
        region=columns.region[rows].astype(np.intp),
        kind=columns.capacity_type[rows],
        usd=usd,
        arrival_usd=arrival + penalty,
        arrival_penalty_usd=penalty,
        vcpus=problem.catalog.types.vcpus[columns.instance_type[rows]],
        capacity=columns.capacity[rows],
    )
    return options.take(np.isfinite(usd) & np.isfinite(arrival))


def _thin(options: Options, counting: Counting) -> tuple[Options, bool]:
    """Drop options that another of the same region and capacity type beats in everything that counts.

    The other must be without a limit, no dearer to run and to move to, and, where vCPUs count, no larger. Where
    pools of
    one type in one region count, each spot type is a pool of its own and beats no other: the cheapest _POOLS are kept.
    Says also whether nothing that could matter was left out.
    """
    if not len(options):
        return options, True
    complete = True
    if not counting.vcpus and not options.arrival_usd.any():
        options = options.take(_not_dearer(options))
    group = options.region * len(CAPACITY_TYPES) + options.kind
    size = options.vcpus if counting.vcpus else np.zeros(len(options))
    limited = options.capacity != NO_LIMIT
    order = np.lexsort((limited, size, options.arrival_usd, options.usd, group))
    keep = np.zeros(len(options), np.bool_)
    boundaries = np.flatnonzero(np.diff(group[order], prepend=-1))
    for start, stop in zip(boundaries, [*boundaries[1:], len(order)], strict=True):
        members = order[start:stop]
        if counting.pools and options.kind[members[0]] == _SPOT:
            keep[members[:_POOLS]] = True
            complete = complete and len(members) <= _POOLS
            continue
        least: list[tuple[float, float]] = []
        for member in members:
            rival = (float(options.arrival_usd[member]), float(size[member]))
            if any(a <= rival[0] and s <= rival[1] for a, s in least):
                continue
            keep[member] = True
            if not limited[member]:
                least.append(rival)
                if rival[0] <= options.arrival_usd[members].min() and rival[1] <= size[members].min():
                    break
    return options.take(keep), complete


def _not_dearer(options: Options) -> NDArray[np.bool_]:
    """Where cost alone counts: options no dearer than the cheapest unlimited one of their region and capacity type."""
    group = options.region * len(CAPACITY_TYPES) + options.kind
    cheapest = np.full(int(group.max()) + 1, np.inf)
    unlimited = options.capacity == NO_LIMIT
    np.minimum.at(cheapest, group[unlimited], options.usd[unlimited])
    return np.asarray(options.usd <= cheapest[group])


def nodes_of(problem: Problem) -> Sequence[Node]:
    """Workloads, then datasets, in the order of the fleet."""
    counting = Counting.of(problem)
    return [
        *(workload_node(problem, workload, counting) for workload in problem.fleet.workloads),
        *(dataset_node(problem, dataset) for dataset in problem.fleet.datasets),
    ]
