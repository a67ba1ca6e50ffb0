"""Tiers closed by branching: each box bounds the volume of every tariff in play, and is a pairwise problem of its own.

In a box the tariff is replaced by the straight line under it (`tiers.line_under`), which is exact at both ends of
the box.
The tariff whose line is furthest from the truth at the solution found is cut there; the lowest bound over all open
boxes bounds the problem.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.costs.egress import movements
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line, line_under

_PASSES = 60
_MOST_BOXES = 400


@dataclass(order=True)
class _Box:
    bound_usd: float
    number: int
    low: NDArray[np.float64] = field(compare=False)
    high: NDArray[np.float64] = field(compare=False)
    volumes: NDArray[np.float64] = field(compare=False)
    labels: NDArray[np.intp] = field(compare=False)


def lines_of(
    relaxation: Relaxation, low: NDArray[np.float64], high: NDArray[np.float64], near: NDArray[np.float64]
) -> list[Line]:
    """A line under each tariff of the catalog over its volumes from low to high."""
    return [
        line_under(tariff, float(a), float(b), float(n))
        if len(tariff.tiers) > 1 and b > a
        else Line(float(tariff.tiers[0].usd_per_gb), 0.0)
        for tariff, a, b, n in zip(relaxation.problem.egress.tariffs, low, high, near, strict=True)
    ]


def branch_on_tiers(
    search: Search, relaxation: Relaxation, pools: Sequence[int], largest_gb: NDArray[np.float64], until_s: float
) -> None:
    """Offer placements and prove bounds until the gap closes, `until_s` has come, or `_MOST_BOXES` were tried."""
    boxes = 0

    def explore(
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        near: NDArray[np.float64],
        floor: float,
        start: NDArray[np.intp] | None,
    ) -> _Box:
        nonlocal boxes
        boxes += 1
        lines = lines_of(relaxation, low, high, near)
        found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=start)
        placement = placement_of(relaxation, found.labels, lines)
        # Under the lines nothing costs more than it does.
        if found.value < search.value_usd:
            search.offer(placement)
        volumes = near if placement is None else volumes_of(relaxation, placement)
        return _Box(max(floor, found.bound), boxes, low, high, volumes, found.labels)

    zero = np.zeros(len(largest_gb))
    start = zero if search.placement is None else volumes_of(relaxation, search.placement)
    queue = [explore(zero, largest_gb, start, search.bound_usd, None)]
    search.prove(queue[0].bound_usd)
    while queue and not search.closed and search.seconds < until_s and boxes < _MOST_BOXES:
        box = heapq.heappop(queue)
        cut = _widest_error(box, relaxation, pools)
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


def volumes_of(relaxation: Relaxation, placement: Placement) -> NDArray[np.float64]:
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


def _widest_error(box: _Box, relaxation: Relaxation, pools: Sequence[int]) -> tuple[int, float] | None:
    lines = lines_of(relaxation, box.low, box.high, box.volumes)
    worst, cut = 0.0, None
    for pool in pools:
        tariff, low, high = relaxation.problem.egress.tariffs[pool], box.low[pool], box.high[pool]
        at = float(np.clip(box.volumes[pool], low, high))
        error = tariff.cost(at) - (lines[pool].rate * at + lines[pool].fixed)
        if error > worst + 1e-6:
            inner = low + 0.02 * (high - low) < at < high - 0.02 * (high - low)
            worst, cut = error, (pool, at if inner else float((low + high) / 2))
    return cut
