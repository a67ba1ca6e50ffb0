"""Tiers closed by branching: each box bounds the volume of every tariff in play, and is a pairwise problem of its own.

In a box the tariff is replaced by the straight line under it (`tiers.Envelope`), which is exact at both ends of a box.
One tariff is cut at a time (`cutting`), and both parts are bounded at once; the lowest bound over all open boxes bounds
the problem.
"""

import heapq
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from placement.domain.decision import Placement
from placement.optimizer.boxes import Answer, Bounds, Box, Labels, Pairwise, Space
from placement.optimizer.costs.egress import movements
from placement.optimizer.cutting import cut_of
from placement.optimizer.loads import Loads
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.search import Search
from placement.optimizer.slopes import Seen
from placement.optimizer.tiers import Line

_MOST_BOXES = 4_000
_ROUNDING = 1e-9
STEPS = 2

Asking = Callable[[Relaxation], Bounds]
"""Who bounds the boxes of a relaxation; of two that share nothing, so that both parts of a box may be asked at once."""


def branch_on_tiers(
    search: Search,
    relaxation: Relaxation,
    pools: Sequence[int],
    largest_gb: Floats,
    until_s: float,
    asking: Asking | None = None,
) -> None:
    """Offer placements and prove bounds until the gap closes, `until_s` has come, or `_MOST_BOXES` were tried.

    `asking` is needed where the relaxation alone does not know all.
    """
    asking = asking or (lambda alone: Pairwise(alone, search.settings.gap / 4))
    twins = relaxation.twin(), relaxation.twin()
    tree = _Tree(search, relaxation, pools, [asking(twin) for twin in twins])
    with ThreadPoolExecutor(2 if search.settings.workers > 1 else 1) as threads:
        queue = [tree.root(largest_gb)]
        search.prove(queue[0].bound_usd)
        while queue and not search.closed and search.seconds < until_s and tree.boxes < _MOST_BOXES:
            box = heapq.heappop(queue)
            cut = cut_of(box.space.ranges(box.volumes), search.value_usd - box.bound_usd)
            if cut is not None:
                for part in tree.parts(box, *cut, threads):
                    heapq.heappush(queue, part)
            else:
                refined = None if box.refined else tree.refined(box)
                heapq.heappush(queue, refined or box)
                if refined is None:
                    break
            search.prove(queue[0].bound_usd)
    search.log(f"branched on {len(pools)} tariffs in {tree.boxes} boxes")


class _Tree:
    """Makes boxes, and offers what is found in them."""

    def __init__(self, search: Search, relaxation: Relaxation, pools: Sequence[int], asked: Sequence[Bounds]) -> None:
        self.search, self.relaxation, self.pools, self.asked = search, relaxation, pools, asked
        self.loads = Loads.of(relaxation.problem, relaxation.nodes, relaxation.traffic)
        datasets = [node for node in relaxation.nodes if isinstance(node, DatasetNode)]
        self.single = all(node.copies == 1 or node.fixed for node in datasets)
        self.boxes = 0
        self.seen = Seen()

    def root(self, largest_gb: Floats) -> Box:
        """All volumes."""
        search = self.search
        start = np.zeros(len(largest_gb))
        if search.placement is not None:
            start = volumes_of(self.relaxation, search.placement)
        space = Space.whole(self.relaxation, self.pools, largest_gb)
        tried = self._tried(self.asked[0], space, space.rates(start), None, start, Seen(), search.value_usd)
        return self._box(space, tried, None, search.bound_usd)

    def parts(self, box: Box, pool: int, at_gb: float, threads: ThreadPoolExecutor) -> list[Box]:
        """The two parts of a box."""
        spaces = box.space.parts(pool, at_gb)
        # Which part asks whom is given, so that answers are the same on one thread.
        asked = [
            threads.submit(self._tried, bounds, space, self._rates(box, space, pool), box, box.volumes, self.seen.copy(), self.search.value_usd)
            for bounds, space in zip(self.asked, spaces, strict=True)
        ]
        return [
            self._box(space, tried.result(), box, box.bound_usd) for space, tried in zip(spaces, asked, strict=True)
        ]

    def refined(self, box: Box) -> Box | None:
        """The same box with a bound as high as can be had; None where it was."""
        lines = box.space.lines(box.rates)
        answer = self.asked[0].refine(lines, box.answer)
        if answer is None:
            return None
        tried = _Tried(box.rates, lines, answer, self._volumes(answer.labels, lines, box.volumes))
        return replace(self._box(box.space, tried, box, box.bound_usd), refined=True)

    def _rates(self, box: Box, part: Space, pool: int) -> Floats:
        """Of the part's lines: the box's, moved to where its solution asks, but for the pool that is cut."""
        k = list(self.pools).index(pool)
        near = min(max(float(box.volumes[pool]), float(part.low[pool])), float(part.high[pool]))
        rates = box.rates.copy()
        rates[k] = part.envelopes[k].over(near).rate
        return rates

    def _tried(self, asked: Bounds, space: Space, rates: Floats, around: Box | None, near: Floats, seen, value) -> "_Tried":
        start,among=(None, None) if around is None else (around.answer, around.promising)
        best=None
        for _ in range(STEPS):
            lines = space.lines(rates)
            answer = asked.bound(lines, start, among)
            t= _Tried(rates, lines, answer, self._volumes(answer.labels, lines, near))
            if best is None or answer.bound_usd>best.answer.bound_usd: best=t
            o=value-best.answer.bound_usd
            if not o>0 or not np.isfinite(o): break
            gb = t.volumes[list(self.pools)]
            under = sum(lines[p].rate*t.volumes[p]+lines[p].fixed for p in self.pools)
            seen.add(answer.usd*1e9 - under, gb)
            nxt=seen.better(space,best.rates,best.volumes,o*1e9)
            if nxt is best.rates: break
            rates=nxt; start=best.answer
        return best

    def _box(self, space: Space, tried: "_Tried", around: Box | None, floor_usd: float) -> Box:
        self.boxes += 1
        answer, volumes, lines = tried.answer, tried.volumes, tried.lines
        at = volumes if answer.solution is answer.labels else self._volumes(answer.solution, lines, volumes)
        if answer.usd + self._above(lines, at) < self.search.value_usd:
            self.search.offer(answer.placement())
        gb = volumes[list(self.pools)]
        under = sum(lines[p].rate * volumes[p] + lines[p].fixed for p in self.pools)
        self.seen.add(answer.usd * 1e9 - under, gb)
        promising = None if around is None else around.promising
        if answer.rest is not None:
            value = self.search.value_usd
            better = answer.bound_usd + answer.rest <= value + _ROUNDING * abs(value)
            promising = better if promising is None else better & promising
            answer = replace(answer, rest=None)
        return Box(max(floor_usd, answer.bound_usd), self.boxes, space, tried.rates, volumes, answer, promising)

    def _volumes(self, labels: Labels, lines: Sequence[Line], near: Floats) -> Floats:
        """Or `near`, where datasets with several copies may move."""
        if not self.single:
            return near
        regions = np.array([d[x] for d, x in zip(self.relaxation.domains, labels, strict=True)], np.intp)
        return self.loads.gb_by_tariff(regions, np.array([line.rate for line in lines]))

    def _above(self, lines: Sequence[Line], volumes: Floats) -> float:
        """How much more than under the lines these volumes cost, in USD."""
        tariffs = self.relaxation.problem.egress.tariffs
        above = 0.0
        for pool in self.pools:
            gb, line = float(volumes[pool]), lines[pool]
            above += tariffs[pool].cost(gb) - line.rate * gb - line.fixed
        return above / 1e9


@dataclass(frozen=True, eq=False)
class _Tried:
    """What lines of some rates prove of a box."""

    rates: Floats
    lines: Sequence[Line]
    answer: Answer
    volumes: Floats
    """Of the labels of the answer, in GB."""


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
