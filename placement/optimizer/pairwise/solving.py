"""The pairwise problem solved: a bound that holds, a solution, and what every solution with a label costs at least.

Labels that others of their node beat are left out from the start. Passes are run in rounds. After each, a label is
dropped where every solution with it costs more than the best one seen, which most labels do soon: the next round is
faster, its bound holds for all solutions that are not worse than the best, and the best is kept. So no better solution
is lost, and bound and value stay true for all labels.
"""

from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.dominance import Dominance
from placement.optimizer.pairwise.graph import Floats, Whole
from placement.optimizer.pairwise.oracle import Oracle, Ran

FORESTS = 30
"""Tried at last where a gap is left and the solution matters."""
ROUND = 10
"""Passes after which labels are dropped."""
_GAIN = 0.1
"""A round that closes less of the gap is the last."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What is proven and found."""

    bound: float
    """No solution costs less."""
    value: float
    """What `labels` cost."""
    labels: Whole
    """By node, positions among its labels."""
    rest: Floats | None
    """By label: every solution with it costs at least bound + rest. None where it was not asked for."""


def solved(
    oracle: Oracle,
    usd: Floats,
    costs: Costs,
    *,
    passes: int,
    gap: float,
    forests: int = FORESTS,
    every: int = ROUND,
    seed: int = 0,
    start: NDArray[np.integer] | None = None,
    rest: bool = False,
    until: float = np.inf,
    threads: int = 1,
) -> Solved:
    """Raise the bound and lower the value until they meet within `gap` in each component, progress stalls, `passes` are
    spent, or the clock (`time.monotonic`) reaches `until`. `usd` are the costs of the labels; some are dropped `every`
    so many passes, and only the messages of the first round stay in the oracle, for calls to come."""
    beaten = Dominance.of(oracle.graph, usd, costs)
    kept = beaten.kept
    best = _Best(oracle, usd, kept)
    first = narrow = oracle.shrunk(kept)
    left, labels = passes, None if start is None else _renumbered(oracle, beaten.by, kept, start)
    while True:
        more = left > every
        ran = narrow.run(
            usd[best.kept],
            costs,
            best.live,
            passes=min(left, every),
            forests=0 if more else forests,
            gap=gap,
            seed=seed + left,
            start=labels,
            rest=rest or more,
            until=until,
            threads=threads,
        )
        if narrow is first:
            oracle.learn(first, kept)
        left -= every
        gained = best.take(narrow, ran)
        if not more or best.near(gap) or monotonic() > until:
            break
        if not gained:
            left = min(left, 1)
        keep = best.worth_keeping(narrow, ran, gap)
        labels = _renumbered(narrow, np.arange(len(keep)), keep, ran.labels)
        narrow = narrow.shrunk(keep)
        best.kept = best.kept[keep]
    return best.solved(beaten if rest else None)


class _Best:
    """The highest bound and the best solution so far, by component; labels as those of the whole graph."""

    def __init__(self, oracle: Oracle, usd: Floats, kept: NDArray[np.bool_]) -> None:
        count = len(oracle.components)
        self.oracle = oracle
        self.bound, self.value = np.full(count, -np.inf), np.full(count, np.inf)
        self.live = np.ones(count, np.bool_)
        """Components that are worked on: of the others only the best solution is kept, which proves nothing new."""
        self.labels = np.zeros(len(oracle.graph.first) - 1, np.int64)
        self.least = np.full(len(usd), -np.inf)
        """By label: every solution of its component with it costs no less."""
        self.kept = np.flatnonzero(kept)
        """The labels that were not dropped."""
        node = np.repeat(np.arange(len(self.labels)), np.diff(oracle.graph.first))
        component = np.empty(len(self.labels), np.int64)
        component[oracle.components.members] = np.repeat(np.arange(count), np.diff(oracle.components.ends))
        self.of_node, self.of_label = component, component[node]

    def open(self, gap: float) -> NDArray[np.bool_]:
        """By component: whether bound and value are not yet near enough."""
        return np.asarray(self.value - self.bound > gap * np.abs(self.value))

    def near(self, gap: float) -> bool:
        """Whether bound and value of all together are."""
        return float((self.value - self.bound).sum()) <= gap * abs(float(self.value.sum()))

    def take(self, narrow: Oracle, ran: Ran) -> bool:
        """Learn from a run on the labels that were kept; whether that closed a part of the gap worth mentioning."""
        # What was dropped before costs more than the best solution of then.
        most, before = self.value.copy(), self._left_open()
        better = self.live & (ran.value < self.value)
        first, kept = self.oracle.graph.first[:-1], self.kept[narrow.graph.first[:-1] + ran.labels]
        self.labels = np.where(better[self.of_node], kept - first, self.labels)
        self.value = np.where(better, ran.value, self.value)
        proven = np.maximum(self.bound, np.minimum(ran.bound, self.value))
        self.bound = np.where(self.live, proven, self.bound)
        if len(ran.rest):
            of = self.of_label[self.kept]
            found = np.where(self.live[of], np.minimum(ran.bound[of] + ran.rest, most[of]), -np.inf)
            self.least[self.kept] = np.maximum(self.least[self.kept], found)
        return self._left_open() < (1 - _GAIN) * before

    def _left_open(self) -> float:
        return float((self.value - self.bound)[self.live].sum())

    def worth_keeping(self, narrow: Oracle, ran: Ran, gap: float) -> NDArray[np.bool_]:
        """By label kept: where a better solution may use it; in components that are done, only the best."""
        of = self.of_label[self.kept]
        self.live = self.live & self.open(gap)
        allowed = np.where(self.live, self.value + 1e-9 * np.abs(self.value), -np.inf)[of]
        keep = np.asarray(self.least[self.kept] <= allowed)
        keep[narrow.graph.first[:-1] + ran.labels] = True
        return keep

    def solved(self, beaten: Dominance | None) -> Solved:
        """The sum over components; by label what is left above the bound, where it is told which others stand for."""
        left = None
        if beaten is not None:
            least = self.least[beaten.by] + beaten.usd
            left = np.maximum(least - self.bound[self.of_label], 0.0)
        return Solved(float(self.bound.sum()), float(self.value.sum()), self.labels, left)


def _renumbered(oracle: Oracle, stands: Whole, keep: NDArray[np.bool_], labels: NDArray[np.integer]) -> Whole:
    """Positions among the labels that are kept, of those that stand for these."""
    rank = np.concatenate([[0], np.cumsum(keep)])
    first = oracle.graph.first[:-1]
    return np.asarray(rank[stands[first + labels]] - rank[first], np.int64)
