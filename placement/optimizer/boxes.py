"""Boxes of volumes: in each, every tariff is the straight line under it, which leaves a problem that can be bounded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.cutting import Range
from placement.optimizer.pairwise.costs import Parts
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.rounding import placement_of
from placement.optimizer.tiers import Envelope, Line, line_under

_PASSES = 60
_FORESTS = 2
_NEARLY = 0.9
"""Of a volume: around it a tariff counts as straight."""
_MOST_LEFT = 0.7
"""Of the labels: that many more are not worth another relaxation."""

Lies = NDArray[np.intp]
"""By node, the number of its region or place."""


def lines_of(relaxation: Relaxation, low: Floats, high: Floats, near: Floats) -> list[Line]:
    """A line under each tariff of the catalog over its volumes from low to high."""
    lines, tariffs = relaxation.first_lines.copy(), relaxation.problem.egress.tariffs
    for pool in np.flatnonzero((high > low) & (high > relaxation.second_tier_gb)):
        lines[pool] = line_under(tariffs[pool], float(low[pool]), float(high[pool]), float(near[pool]))
    return lines


def lines_near(relaxation: Relaxation, volumes: Floats) -> list[Line]:
    """Of the rates that these volumes end at, shape (tariffs,): nearly those of better placements than theirs."""
    return lines_of(relaxation, _NEARLY * volumes, volumes / _NEARLY, volumes)


@dataclass(frozen=True, eq=False)
class Answer:
    """What is proven and found under some lines, in USD a month."""

    bound_usd: float
    lies: Lies
    """Of the problem that was bounded: whether this keeps the couplings is not said."""
    solution: Lies
    """Keeps them."""
    usd: float
    """What the solution costs under the lines."""
    placement: Callable[[], Placement | None]
    parts: Parts
    """What the numbers stand for."""
    prices: Floats | None = None
    """On the couplings, where there are any."""
    rest: Floats | None = None
    """By label of all nodes, where known: every solution with it costs at least bound + rest."""


class Bounds(Protocol):
    """Bounds problems under lines; remembers where it was, so that lines like the last ones are soon bounded."""

    def bound(self, lines: Sequence[Line], start: Answer | None, *, rest: bool) -> Answer:
        """From what is known under lines like these; whether the rest is wanted."""

    def refine(self, lines: Sequence[Line], start: Answer) -> Answer | None:
        """Bound again, from what is known under these very lines, whatever it takes; None if that would not help."""

    def narrowed(self, rest: Floats, room_usd: float, lies: Lies) -> "Bounds":
        """Who bounds the same among the regions that these nodes lie in and those that may be used by what costs
        `room_usd` more than the bound of an answer with this rest."""

    def opened(self, lies: Lies) -> "Bounds":
        """Who bounds the same, knowing more of where scattered workloads may lie than this solution says."""


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Where nothing ties nodes together but what they send: the relaxation knows all."""

    relaxation: Relaxation
    gap: float

    def bound(self, lines: Sequence[Line], start: Answer | None, *, rest: bool) -> Answer:
        """In one round: the next box starts from the messages of this one, about all regions."""
        relaxation = self.relaxation
        pairs = relaxation.pairs(lines)
        found = relaxation.solved_pairs(
            pairs,
            passes=_PASSES,
            forests=_FORESTS,
            every=_PASSES,
            gap=self.gap,
            start=None if start is None else relaxation.labels(start.lies),
            rest=rest,
        )
        lies = solution = relaxation.regions(found.labels)
        labels, more = relaxation.completed(found.labels, pairs)
        if more:
            solution = relaxation.regions(labels)
        placement = lambda: placement_of(relaxation, labels, lines)  # noqa: E731
        return Answer(found.bound, lies, solution, found.value + more, placement, relaxation.parts, None, found.rest)

    def refine(self, lines: Sequence[Line], start: Answer) -> Answer | None:
        """The first time was enough."""
        return None

    def narrowed(self, rest: Floats, room_usd: float, lies: Lies) -> Bounds:
        """Itself, where few would be left out."""
        keep = self.relaxation.promising(rest, room_usd)
        if keep.sum() > _MOST_LEFT * len(keep):
            return self
        keep[self.relaxation.flat(lies)] = True
        return Pairwise(self.relaxation.narrowed(keep), self.gap)

    def opened(self, lies: Lies) -> Bounds:
        """Itself, where nothing is open."""
        if not isinstance(self.relaxation, AmongPlaces):
            return self
        labels = self.relaxation.open_in(lies)
        return Pairwise(self.relaxation.opened(labels), self.gap) if labels else self


@dataclass(frozen=True, eq=False)
class Space:
    """The volumes that each tariff may have in a box, in GB, shape (tariffs,)."""

    relaxation: Relaxation
    pools: Sequence[int]
    """Tariffs in play, whose volumes may reach a second tier."""
    low: Floats
    high: Floats
    envelopes: Sequence[Envelope]
    """By pool."""

    @classmethod
    def whole(cls, relaxation: Relaxation, pools: Sequence[int], largest_gb: Floats) -> "Space":
        """From nothing to the largest volumes."""
        tariffs = relaxation.problem.egress.tariffs
        envelopes = [Envelope.of(tariffs[pool], 0.0, float(largest_gb[pool])) for pool in pools]
        return cls(relaxation, pools, np.zeros(len(largest_gb)), largest_gb, envelopes)

    def rates(self, near: Floats) -> Floats:
        """By pool, the rate of the envelope's edge over these volumes, in nano-USD per GB."""
        return np.array(
            [envelope.over(float(near[pool])).rate for pool, envelope in zip(self.pools, self.envelopes, strict=True)]
        )

    def lines(self, rates: Floats) -> list[Line]:
        """The line under each tariff of the catalog over these volumes, with these rates by pool."""
        lines = self.relaxation.first_lines.copy()
        for pool, envelope, rate in zip(self.pools, self.envelopes, rates.tolist(), strict=True):
            lines[pool] = envelope.under(rate)
        return lines

    def beyond(self, rates: Floats, volumes: Floats) -> Floats:
        """By pool, how many GB these volumes lie above or below those at which such lines meet their envelopes."""
        return np.array(
            [
                envelope.beyond(rate, float(volumes[pool]))
                for pool, envelope, rate in zip(self.pools, self.envelopes, rates.tolist(), strict=True)
            ]
        )

    def parts(self, pool: int, at_gb: float) -> tuple["Space", "Space"]:
        """Below and above a volume of one tariff."""
        return self._with(pool, float(self.low[pool]), at_gb), self._with(pool, at_gb, float(self.high[pool]))

    def ranges(self, volumes: Floats) -> list[tuple[int, Range]]:
        """By pool, with these volumes at hand."""
        tariffs, found = self.relaxation.problem.egress.tariffs, []
        for pool, envelope in zip(self.pools, self.envelopes, strict=True):
            low, high = float(self.low[pool]), float(self.high[pool])
            at = min(max(float(volumes[pool]), low), high)
            found.append((pool, Range(tariffs[pool], low, at, high, envelope.over(at))))
        return found

    def _with(self, pool: int, low: float, high: float) -> "Space":
        lows, highs, envelopes = self.low.copy(), self.high.copy(), list(self.envelopes)
        lows[pool], highs[pool] = low, high
        tariff = self.relaxation.problem.egress.tariffs[pool]
        envelopes[list(self.pools).index(pool)] = Envelope.of(tariff, low, high)
        return Space(self.relaxation, self.pools, lows, highs, envelopes)


@dataclass(order=True)
class Box:
    """What is known of the placements whose volumes lie in a space; of two boxes the one with the lower bound goes
    first."""

    bound_usd: float
    number: int
    space: Space = field(compare=False)
    rates: Floats = field(compare=False)
    """Of the lines, by pool, in nano-USD per GB."""
    volumes: Floats = field(compare=False)
    """Of the labels of the answer, in GB."""
    answer: Answer = field(compare=False)
    asked: Sequence[Bounds] = field(compare=False)
    """Who bounds its parts."""
    asked_usd: float = field(compare=False)
    """How much a better placement could save when these were made."""
    refined: bool = field(compare=False, default=False)
