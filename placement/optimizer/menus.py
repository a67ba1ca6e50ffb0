"""What a workload may choose in a place: how many replicas on which options, what that costs and what it consumes.

A place is a region with all replicas, or several regions with a part of them each. Where all splits of the replicas are
few, a menu has them all; otherwise those at which a cost that is linear between them can be least at any prices: the
corners of the limits, and the points from which replicas begin to arrive.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from placement.market.catalog import NO_LIMIT
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.costs.migration import held_now
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.options import Options
from placement.optimizer.pairwise.graph import Floats, Whole
from placement.optimizer.problem import Problem

Place = tuple[tuple[int, int], ...]
"""(region, replicas) of each part."""
Mix = tuple[tuple[int, int], ...]
"""(option, replicas) of each part."""
Consumed = Mapping[int, Mapping[int, float]]
"""By option: what a replica on it adds to each row."""
_ALL_SPLITS = 12
"""As many are few."""


@dataclass(frozen=True, eq=False)
class Menu:
    """Place k has the mixes first[k] to first[k + 1]; mix c has the uses start[c] to start[c + 1]."""

    first: Whole
    usd: Floats
    start: Whole
    row: NDArray[np.int32]
    amount: Floats
    mixes: Sequence[Mix]
    complete: bool
    """There are no other mixes: else a true one lies between some of these."""


def menu_of(problem: Problem, node: WorkloadNode, places: Sequence[Place], consumed: Consumed) -> Menu:
    """The mixes of the workload in each of the places."""
    options = node.all_options
    worth = _worth_having(options, consumed)
    held = held_now(node.workload)
    complete = not node.scattered
    mixes: list[Mix] = []
    usd: list[float] = []
    first = [0]
    for place in places:
        if len(place) > 1 or node.scattered:
            found = [tuple(parts) for parts in product(*([(o, n) for o in worth[r]] for r, n in place))]
            costs = [sum(n * float(options.usd[o]) for o, n in mix) for mix in found]
        else:
            region = place[0][0]
            there = held.get(problem.catalog.regions[region].id, 0)
            split = _Split.of(node, worth[region], there)
            complete = complete and split.complete
            found = list(split.mixes())
            arriving = bool(held) and region not in node.home
            costs = [_usd(options, mix, there if arriving else node.workload.replicas) for mix in found]
        kept = _not_beaten(found, costs, consumed)
        mixes += [found[k] for k in kept]
        usd += [costs[k] for k in kept]
        first.append(len(mixes))
    start, row, amount = _uses(mixes, consumed)
    return Menu(np.array(first), np.array(usd, np.float64), start, row, amount, mixes, complete)


def mixes_in(problem: Problem, node: WorkloadNode, region: int) -> list[Mix]:
    """All replicas in one region, on any of the node's options, the cheapest first."""
    held = held_now(node.workload)
    there = held.get(problem.catalog.regions[region].id, 0)
    staying = there if held and region not in node.home else node.workload.replicas
    here = [int(o) for o in np.flatnonzero(node.options.region == region)]
    found = list(_Split.of(node, here, there).mixes())
    return sorted(found, key=lambda mix: _usd(node.options, mix, staying))


def _worth_having(options: Options, consumed: Consumed) -> Mapping[int, list[int]]:
    """By region: options that none of the same capacity type beats in cost and in all that they consume."""
    worth: dict[int, list[int]] = defaultdict(list)
    kept: dict[tuple[int, int], list[int]] = defaultdict(list)
    for o in map(int, np.argsort(options.usd, kind="stable")):
        rivals = kept[int(options.region[o]), int(options.kind[o])]
        if not any(_beats(options, rival, o, consumed) for rival in rivals):
            rivals.append(o)
            worth[int(options.region[o])].append(o)
    return worth


def _beats(options: Options, a: int, b: int, consumed: Consumed) -> bool:
    """Whether option a, which is no dearer, makes b superfluous."""
    if options.arrival_usd[a] > options.arrival_usd[b]:
        return False
    if options.capacity[a] != NO_LIMIT and options.capacity[a] != options.capacity[b]:
        return False
    mine, other = consumed.get(a, {}), consumed.get(b, {})
    return all(mine.get(row, 0.0) <= other.get(row, 0.0) for row in mine.keys() | other.keys())


def _not_beaten(mixes: Sequence[Mix], usd: Sequence[float], consumed: Consumed) -> list[int]:
    """What consumes nothing beats all that is dearer and relieves no row, at any prices."""
    order = sorted(range(len(mixes)), key=lambda k: usd[k])
    free = next((n for n, k in enumerate(order) if not any(o in consumed for o, _ in mixes[k])), len(order))
    return order[: free + 1] + [k for k in order[free + 1 :] if any(_relieves(consumed, o) for o, _ in mixes[k])]


def _relieves(consumed: Consumed, option: int) -> bool:
    """Whether replicas there leave others more of some row."""
    return any(amount < 0 for amount in consumed.get(option, {}).values())


@dataclass(frozen=True, slots=True)
class _Split:
    """All replicas in one region, over its capacity types."""

    replicas: int
    by_kind: Sequence[Sequence[int]]
    """Options of each capacity type that has any."""
    most: Mapping[int, int]
    """Replicas that an option can hold."""
    turning: frozenset[int]
    """Counts at which a cost may turn, or a limit is reached."""
    complete: bool

    @classmethod
    def of(cls, node: WorkloadNode, options: Sequence[int], held: int) -> "_Split":
        replicas, columns = node.workload.replicas, node.all_options
        spot = max_spot_replicas(node.workload)
        kinds: dict[int, list[int]] = defaultdict(list)
        most: dict[int, int] = {}
        for o in options:
            kinds[int(columns.kind[o])].append(o)
            room = replicas if columns.capacity[o] == NO_LIMIT else min(replicas, int(columns.capacity[o]))
            most[o] = min(room, spot) if columns.spot[o] else room
        few = (replicas + 1) ** max(0, len(kinds) - 1) <= _ALL_SPLITS
        limits = {0, spot, held, replicas - held, replicas // 2, *most.values()}
        turning = frozenset(range(replicas + 1)) if few else frozenset(limits)
        return cls(replicas, list(kinds.values()), most, turning, few)

    def mixes(self) -> Iterator[Mix]:
        """Every choice of an option of each type, with counts of which all but one turn."""
        seen: set[Mix] = set()
        for chosen in product(*self.by_kind):
            for rest in range(len(chosen)):
                others = [o for k, o in enumerate(chosen) if k != rest]
                for counts in product(*([c for c in sorted(self.turning) if c <= self.most[o]] for o in others)):
                    left = self.replicas - sum(counts)
                    if not 0 <= left <= self.most[chosen[rest]]:
                        continue
                    parts = [*zip(others, counts, strict=True), (chosen[rest], left)]
                    mix = tuple(sorted((o, n) for o, n in parts if n))
                    if mix not in seen:
                        seen.add(mix)
                        yield mix


def _usd(options: Options, mix: Mix, staying: int) -> float:
    """What the mix costs where so many replicas lie already: those dearest to move stay."""
    usd = 0.0
    for o, n in sorted(mix, key=lambda part: -float(options.arrival_usd[part[0]])):
        stay = min(n, staying)
        staying -= stay
        usd += n * float(options.usd[o]) + (n - stay) * float(options.arrival_usd[o])
    return usd


def _uses(mixes: Sequence[Mix], consumed: Consumed) -> tuple[Whole, NDArray[np.int32], Floats]:
    start: list[int] = [0]
    rows: list[int] = []
    amounts: list[float] = []
    for mix in mixes:
        total: dict[int, float] = defaultdict(float)
        for o, n in mix:
            for row, each in consumed.get(o, {}).items():
                total[row] += n * each
        rows += total.keys()
        amounts += total.values()
        start.append(len(rows))
    return np.array(start), np.array(rows, np.int32), np.array(amounts, np.float64)
