"""The options of a workload: the catalog rows that it may use, with what each replica costs there.

Letters: w workload, r region, o option, N replicas of w.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.catalog import NO_LIMIT
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.problem import Problem

_SPOT = CAPACITY_TYPES.index(CapacityType.SPOT)
_POOLS = 6
"""Spot types that are no worse, where exposure to pools is limited, make another superfluous."""


@dataclass(frozen=True, eq=False)
class Options:
    """Candidate offerings of one workload, in catalog order; arrays of shape (options,)."""

    rows: NDArray[np.intp]
    """Catalog rows."""
    region: NDArray[np.intp]
    kind: NDArray[np.int8]
    """Code of the capacity type."""
    usd: NDArray[np.float64]
    """One replica a month, wherever the workload lies now, with penalties."""
    penalty_usd: NDArray[np.float64]
    """The part of usd that is no money."""
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

    def followed_by(self, others: "Options") -> "Options":
        """Both, one after the other."""
        return Options(**{name: np.concatenate([column, getattr(others, name)]) for name, column in vars(self).items()})

    def take(self, keep: NDArray[np.intp] | NDArray[np.bool_]) -> "Options":
        """Some of the options."""
        return Options(**{name: column[keep] for name, column in vars(self).items()})


@dataclass(frozen=True, slots=True)
class Counting:
    """Which properties of the instances some rule of the fleet counts."""

    vcpus: bool = False
    pools: int = 0
    """Workloads that may be in spot pools at once, where exposure to a pool is limited."""
    spot: frozenset[str] = frozenset()
    """Workloads whose spot share is limited as a group."""

    @classmethod
    def of(cls, problem: Problem) -> "Counting":
        """What the fleet's limits ask for."""
        limits = problem.fleet.limits
        exposed = limits.pool_exposure_max_fraction is not None
        on_spot = sum(CapacityType.SPOT in workload.capacity.types for workload in problem.fleet.workloads)
        return cls(
            vcpus=bool(limits.quotas) or exposed,
            pools=on_spot if exposed else 0,
            spot=frozenset(name for share in limits.spot_share for name in share.workloads),
        )


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


def spread_over(options: Options, place: Sequence[tuple[int, int]], workload: Workload) -> dict[int, int]:
    """The cheapest split of replicas over regions, (region, replicas) of each, as replicas by option: those go on spot
    first that save most."""
    counts: dict[int, int] = defaultdict(int)
    saved: list[tuple[float, int, int, int]] = []
    left = max_spot_replicas(workload)
    for region, replicas in place:
        best = {}
        for spot in (False, True):
            here = np.flatnonzero((options.region == region) & (options.spot == spot))
            if len(here):
                best[spot] = int(here[np.argmin(options.usd[here])])
        if False in best:
            counts[best[False]] += replicas
        if True in best:
            gain = float(options.usd[best[False]] - options.usd[best[True]]) if False in best else np.inf
            saved.append((gain, replicas, best[True], best.get(False, -1)))
    for gain, replicas, cheap, other in sorted(saved, reverse=True):
        moved = min(replicas, left)
        if gain > 0 and moved:
            left -= moved
            counts[cheap] += moved
            if other >= 0:
                counts[other] -= moved
    return {option: count for option, count in counts.items() if count}


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


def options_on(problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Options:
    """The rows with their unit costs; without those where some cost is infinite."""
    columns = problem.catalog.offerings
    usd, arrival = np.zeros(len(rows)), np.zeros(len(rows))
    for term in COST_TERMS:
        if (part := term.per_replica(problem, workload, rows)) is not None:
            usd = usd + part
        if (part := term.per_arrival(problem, workload, rows)) is not None:
            arrival = arrival + part
    penalty, standing = np.zeros(len(rows)), np.zeros(len(rows))
    for term in PENALTIES:
        if (part := term.per_replica(problem, workload, rows)) is not None:
            standing = standing + problem.penalty_weight * part
        if (part := term.per_arrival(problem, workload, rows)) is not None:
            penalty = penalty + problem.penalty_weight * part
    options = Options(
        rows=rows,
        region=columns.region[rows].astype(np.intp),
        kind=columns.capacity_type[rows],
        usd=usd + standing,
        penalty_usd=standing,
        arrival_usd=arrival + penalty,
        arrival_penalty_usd=penalty,
        vcpus=problem.catalog.types.vcpus[columns.instance_type[rows]],
        capacity=columns.capacity[rows],
    )
    return options.take(np.isfinite(usd) & np.isfinite(arrival))


def thinned(options: Options, counting: Counting) -> tuple[Options, Options]:
    """Drop options that another of the same region and capacity type beats in everything that counts.

    The other must be without a limit, no dearer to run and to move to, and, where vCPUs count, no larger. Where pools
    of one type in one region count, each spot type is a pool of its own. Of few workloads one is dropped that as many
    others of its size beat: one of these is in nobody else's use. Of more workloads one is dropped that _POOLS others
    beat. Second is what stands for those: one a region, as cheap and as large as any of them.
    """
    if not len(options):
        return options, options
    left_out: list[NDArray[np.intp]] = []
    if not counting.vcpus and not options.arrival_usd.any():
        options = options.take(_not_dearer(options))
    group = options.region * len(CAPACITY_TYPES) + options.kind
    size = options.vcpus if counting.vcpus else np.zeros(len(options))
    order = np.lexsort((options.capacity != NO_LIMIT, size, options.arrival_usd, options.usd, group))
    boundaries = np.flatnonzero(np.diff(group[order], prepend=-1)).tolist()
    rank = _Ranked(options.arrival_usd, size, options.capacity == NO_LIMIT)
    kept: list[int] = []
    for start, stop in zip(boundaries, [*boundaries[1:], len(order)], strict=True):
        members = order[start:stop]
        if not counting.pools or options.kind[members[0]] != _SPOT:
            kept += rank.unbeaten(members, 1)
        elif counting.pools <= _POOLS:
            for vcpus in np.unique(size[members]):
                kept += rank.unbeaten(members[size[members] == vcpus], counting.pools)
        else:
            found = rank.unbeaten(members, _POOLS)
            kept += found
            if len(found) < len(members):
                left_out.append(np.setdiff1d(members, found))
    return options.take(np.sort(np.array(kept, np.intp))), _stand_ins(options, left_out)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """What else than the cost of running counts, by option."""

    arrival_usd: NDArray[np.float64]
    size: NDArray[np.float64]
    unlimited: NDArray[np.bool_]

    def unbeaten(self, members: NDArray[np.intp], enough: int) -> list[int]:
        """Those of the members, of which the cheapest come first, that fewer than `enough` others beat."""
        least_usd, smallest = float(self.arrival_usd[members].min()), float(self.size[members].min())
        kept: list[int] = []
        beating: list[tuple[float, float]] = []
        ahead_of_all = 0
        for member in map(int, members):
            usd, size = float(self.arrival_usd[member]), float(self.size[member])
            if sum(1 for a, s in beating if a <= usd and s <= size) >= enough:
                continue
            kept.append(member)
            if self.unlimited[member]:
                beating.append((usd, size))
                ahead_of_all += usd <= least_usd and size <= smallest
                if ahead_of_all == enough:
                    break
        return kept


def _stand_ins(options: Options, groups: Sequence[NDArray[np.intp]]) -> Options:
    """For each group one that is no dearer to run and to move to than any of it, and no smaller."""
    return replace(
        options.take(np.array([group[options.usd[group].argmin()] for group in groups], np.intp)),
        arrival_usd=np.array([options.arrival_usd[group].min() for group in groups], np.float64),
        vcpus=np.array([options.vcpus[group].max() for group in groups], np.float64),
        capacity=np.full(len(groups), NO_LIMIT, options.capacity.dtype),
    )


def _not_dearer(options: Options) -> NDArray[np.bool_]:
    """Where cost alone counts: options no dearer than the cheapest unlimited one of their region and capacity type."""
    group = options.region * len(CAPACITY_TYPES) + options.kind
    cheapest = np.full(int(group.max()) + 1, np.inf)
    unlimited = options.capacity == NO_LIMIT
    np.minimum.at(cheapest, group[unlimited], options.usd[unlimited])
    return np.asarray(options.usd <= cheapest[group])
