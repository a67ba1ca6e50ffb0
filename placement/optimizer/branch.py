"""Tiers closed by branching: each box bounds the volume of every tariff in play, and is a pairwise problem of its own.

In a box the tariff is replaced by the straight line under it (`tiers.line_under`), which is exact at both ends of
the box.
One tariff is cut at a time (`cutting`); the lowest bound over all open boxes bounds the problem.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.costs.egress import movements
from placement.optimizer.cutting import Range, cut_of
from placement.optimizer.loads import Loads
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.relaxation import Relaxation, Relaxed
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line, line_under

_PASSES = 60
_FORESTS = 2
_MOST_BOXES = 4_000


@dataclass(order=True)
class _Box:
    bound_usd: float
    number: int
    low: Floats = field(compare=False)
    high: Floats = field(compare=False)
    volumes: Floats = field(compare=False)
    labels: NDArray[np.intp] = field(compare=False)


def lines_of(relaxation: Relaxation, low: Floats, high: Floats, near: Floats) -> list[Line]:
    """A line under each tariff of the catalog over its volumes from low to high."""
    lines, tariffs = relaxation.first_lines.copy(), relaxation.problem.egress.tariffs
    for pool in np.flatnonzero((high > low) & (high > relaxation.second_tier_gb)):
        lines[pool] = line_under(tariffs[pool], float(low[pool]), float(high[pool]), float(near[pool]))
    return lines


Ask = Callable[[Sequence[Line], NDArray[np.intp] | None], Relaxed]
"""What is proven and found under some lines, from the labels of a solution under lines like these."""


def branch_on_tiers(
    search: Search,
    relaxation: Relaxation,
    pools: Sequence[int],
    largest_gb: Floats,
    until_s: float,
    ask: Ask | None = None,
) -> None:
    """Offer placements and prove bounds until the gap closes, `until_s` has come, or `_MOST_BOXES` were tried.

    `ask` stands for the relaxation where that alone does not know all; it offers what it finds by itself.
    """
    loads = Loads.of(relaxation.problem, relaxation.nodes, relaxation.traffic)
    single = all(node.copies == 1 or node.fixed for node in relaxation.nodes if isinstance(node, DatasetNode))
    boxes = 0

    def explore(low: Floats, high: Floats, near: Floats, floor: float, start: NDArray[np.intp] | None) -> _Box:
        nonlocal boxes
        boxes += 1
        lines = lines_of(relaxation, low, high, near)
        gap = search.settings.gap / 4
        if ask is not None:
            found = ask(lines, start)
        else:
            # In one round: the next box starts from the messages of this one, about all regions.
            found = relaxation.solve(
                lines, passes=_PASSES, forests=_FORESTS, every=_PASSES, gap=gap, start=start, rest=False
            )
        volumes = near
        if single:
            regions = np.array([d[x] for d, x in zip(relaxation.domains, found.labels, strict=True)], np.intp)
            volumes = loads.gb_by_tariff(regions, np.array([line.rate for line in lines]))
        # Under the lines nothing costs more than it does.
        if ask is None and found.value + _above(relaxation, pools, lines, volumes) < search.value_usd:
            search.offer(placement_of(relaxation, found.labels, lines))
        return _Box(max(floor, found.bound), boxes, low, high, volumes, found.labels)

    zero = np.zeros(len(largest_gb))
    start = zero if search.placement is None else volumes_of(relaxation, search.placement)
    queue = [explore(zero, largest_gb, start, search.bound_usd, None)]
    search.prove(queue[0].bound_usd)
    while queue and not search.closed and search.seconds < until_s and boxes < _MOST_BOXES:
        box = heapq.heappop(queue)
        cut = cut_of(_ranges(box, relaxation, pools), search.value_usd - box.bound_usd)
        if cut is None:
            heapq.heappush(queue, box)
            break
        pool, at = cut
        for low, high in ((box.low[pool], at), (at, box.high[pool])):
            lows, highs = box.low.copy(), box.high.copy()
            lows[pool], highs[pool] = low, high
            near = np.clip(box.volumes, lows, highs)
            heapq.heappush(queue, explore(lows, highs, near, box.bound_usd, box.labels))
        search.prove(queue[0].bound_usd)
    search.log(f"branched on {len(pools)} tariffs in {boxes} boxes")


def _above(relaxation: Relaxation, pools: Sequence[int], lines: Sequence[Line], volumes: Floats) -> float:
    """How much more than under the lines these volumes cost, in USD."""
    tariffs, used = relaxation.problem.egress.tariffs, [pool for pool in pools if volumes[pool] > 0]
    above = sum(
        tariffs[pool].cost(float(volumes[pool])) - lines[pool].rate * float(volumes[pool]) - lines[pool].fixed
        for pool in used
    )
    unused = set(pools).difference(used)
    return (above - sum(lines[pool].fixed for pool in unused)) / 1e9


def volumes_of(relaxation: Relaxation, placement: Placement) -> Floats:
    """GB a month by tariff, shape (tariffs,). The placement must break no rule."""
    egress = relaxation.problem.egress
    position = {tariff.name: index for index, tariff in enumerate(egress.tariffs)}
    volumes = np.zeros(len(egress.tariffs))
    try:
        for movement in movements(relaxation.problem, placement):
            if movement.tariff is not None:
                volumes[position[movement.tariff.name]] += float(movement.billed_gb)
    except LookupError:
        pass
    return volumes


def _ranges(box: _Box, relaxation: Relaxation, pools: Sequence[int]) -> list[tuple[int, Range]]:
    tariffs, found = relaxation.problem.egress.tariffs, []
    for pool in pools:
        low, high = float(box.low[pool]), float(box.high[pool])
        found.append((pool, Range(tariffs[pool], low, min(max(float(box.volumes[pool]), low), high), high)))
    return found
