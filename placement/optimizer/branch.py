"""Tiers closed by branching: each box bounds the volume of every tariff in play, and is a pairwise problem of its own.

In a box the tariff is replaced by the straight line under it (`tiers.Envelope`), which is exact at both ends of a box.
One tariff is cut at a time (`cutting`), and both parts are bounded at once, with better lines where there are some
(`slopes`) and without regions that no better placement in the box uses; the lowest bound over all open boxes bounds the
problem.
"""

import heapq
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from placement.domain.decision import Placement
from placement.optimizer.boxes import Answer, Bounds, Box, Lies, Pairwise, Space
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
_LESS = 0.5
"""Of what was open when regions were left out: only with less open is it worth asking which others may be."""
_TRIES = 2
"""Rates that are tried for the lines of a box."""

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
    tree = _Tree(search, relaxation, pools)
    with ThreadPoolExecutor(2 if search.settings.workers > 1 else 1) as threads:
        queue = [tree.root(largest_gb, [asking(twin) for twin in twins])]
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

    def __init__(self, search: Search, relaxation: Relaxation, pools: Sequence[int]) -> None:
        self.search, self.relaxation, self.pools = search, relaxation, pools
        self.loads = Loads.of(relaxation.problem, relaxation.nodes, relaxation.traffic)
        datasets = [node for node in relaxation.nodes if isinstance(node, DatasetNode)]
        self.single = all(node.copies == 1 or node.fixed for node in datasets)
        self.boxes = 0
        self.seen = Seen()

    def root(self, largest_gb: Floats, asked: Sequence[Bounds]) -> Box:
        """All volumes."""
        search = self.search
        start = np.zeros(len(largest_gb))
        if search.placement is not None:
            start = volumes_of(self.relaxation, search.placement)
        space = Space.whole(self.relaxation, self.pools, largest_gb)
        known = _Known(None, start, search.value_usd, Seen(), rest=False)
        tried = self._tried(asked[0], space, space.rates(start), known)
        return self._box(space, tried, asked, search.value_usd - search.bound_usd, search.bound_usd)

    def parts(self, box: Box, pool: int, at_gb: float, threads: ThreadPoolExecutor) -> list[Box]:
        """The two parts of a box."""
        spaces, value = box.space.parts(pool, at_gb), self.search.value_usd
        asked, asked_usd = box.asked, box.asked_usd
        if box.answer.rest is not None:
            asked_usd = value - box.bound_usd
            room = value - box.answer.bound_usd + _ROUNDING * abs(value)
            asked = [bounds.narrowed(box.answer.rest, room, box.answer.lies) for bounds in asked]
        asked = [bounds.opened(box.answer.lies) for bounds in asked]
        rest = value - box.bound_usd < _LESS * asked_usd
        tried = []
        for bounds, space in zip(asked, spaces, strict=True):
            # Which part asks whom is given, so that answers are the same on one thread.
            known = _Known(box.answer, box.volumes, value, self.seen.copy(), rest=rest)
            tried.append(threads.submit(self._tried, bounds, space, self._rates(box, space, pool), known))
        return [
            self._box(space, each.result(), asked, asked_usd, box.bound_usd)
            for space, each in zip(spaces, tried, strict=True)
        ]

    def refined(self, box: Box) -> Box | None:
        """The same box with a higher bound, where more can be known of places, or else with one as high as can be had;
        None where it was."""
        lines, asked = box.space.lines(box.rates), [bounds.opened(box.answer.lies) for bounds in box.asked]
        more = asked[0] is not box.asked[0]
        answer = asked[0].bound(lines, box.answer, rest=True) if more else asked[0].refine(lines, box.answer)
        if answer is None:
            return None
        tried = _Tried(box.rates, lines, answer, self._volumes(answer, answer.lies, lines, box.volumes))
        return replace(self._box(box.space, tried, asked, box.asked_usd, box.bound_usd), refined=not more)

    def _rates(self, box: Box, part: Space, pool: int) -> Floats:
        """Of a part's lines: those of the box, but for the pool that is cut."""
        k, near = list(self.pools).index(pool), np.clip(box.volumes[pool], part.low[pool], part.high[pool])
        rates = box.rates.copy()
        rates[k] = part.envelopes[k].over(float(near)).rate
        return rates

    def _tried(self, asked: Bounds, space: Space, rates: Floats, known: "_Known") -> "_Tried":
        """What lines of a few rates prove of a box, the best of them."""
        best: _Tried | None = None
        for _ in range(_TRIES):
            lines, start = space.lines(rates), known.around if best is None else best.answer
            answer = asked.bound(lines, start, rest=known.rest)
            tried = _Tried(rates, lines, answer, self._volumes(answer, answer.lies, lines, known.near))
            known.seen.add(*self._as_seen(tried))
            if best is None or answer.bound_usd > best.answer.bound_usd:
                best = tried
            open_usd = known.value_usd - best.answer.bound_usd
            if not (self.single and 0 < open_usd < np.inf):
                break
            better = known.seen.better(space, best.rates, best.volumes, open_usd * 1e9)
            if better is None:
                break
            rates = better
        assert best is not None
        return best

    def _as_seen(self, tried: "_Tried") -> tuple[float, Floats]:
        """What the solution that was bounded costs without tariffs in play, in nano-USD, and its volumes by pool."""
        gb, lines = tried.volumes[list(self.pools)], [tried.lines[pool] for pool in self.pools]
        under = sum(line.rate * volume + line.fixed for line, volume in zip(lines, gb.tolist(), strict=True))
        return tried.answer.bound_usd * 1e9 - under, gb

    def _box(self, space: Space, tried: "_Tried", asked: Sequence[Bounds], asked_usd: float, floor_usd: float) -> Box:
        self.boxes += 1
        answer, volumes, lines = tried.answer, tried.volumes, tried.lines
        at = volumes if answer.solution is answer.lies else self._volumes(answer, answer.solution, lines, volumes)
        if answer.usd + self._above(lines, at) < self.search.value_usd:
            self.search.offer(answer.placement())
        self.seen.add(*self._as_seen(tried))
        return Box(max(floor_usd, answer.bound_usd), self.boxes, space, tried.rates, volumes, answer, asked, asked_usd)

    def _volumes(self, answer: Answer, lies: Lies, lines: Sequence[Line], near: Floats) -> Floats:
        """Or `near`, where datasets with several copies may move."""
        if not self.single:
            return near
        return self.loads.gb_by_tariff(lies, np.array([line.rate for line in lines]), answer.parts)

    def _above(self, lines: Sequence[Line], volumes: Floats) -> float:
        """How much more than under the lines these volumes cost, in USD."""
        tariffs = self.relaxation.problem.egress.tariffs
        above = 0.0
        for pool in self.pools:
            gb, line = float(volumes[pool]), lines[pool]
            above += tariffs[pool].cost(gb) - line.rate * gb - line.fixed
        return above / 1e9


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known before a box is bounded."""

    around: Answer | None
    """Of the box that it is a part of."""
    near: Floats
    """Volumes in GB by tariff, for where answers tell none."""
    value_usd: float
    seen: Seen
    """May be added to."""
    rest: bool
    """Whether it is asked what regions may be left out."""


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
