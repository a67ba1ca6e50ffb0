"""Prices on rows: a rule that ties nodes together becomes a cost of each, and the bound stays a bound.

For prices pi >= 0 on the rows,

    L(pi) = min  cost + pi (rows - limits)    <=    the cheapest solution that keeps the rows

and for fixed pi each label costs its cheapest choice with the prices on what that consumes, so L(pi) is the pairwise
problem that the core bounds. Only its bounds are ever taken for bounds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.coupled.choices import ROOM, Choices
from placement.optimizer.coupled.folding import NONE, fold, uses_of, weigh
from placement.optimizer.coupled.portion import WHOLES, Portion
from placement.optimizer.coupled.repairing import Standing, repair
from placement.optimizer.coupled.waiting import Waiting
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Whole
from placement.optimizer.pairwise.oracle import Oracle

_PASSES, _MOST_PASSES = 12, 48
"""Of a call: the fewest, and as many as the core needs to be nearer to its own solution than the bound to the best."""
_OWN = 0.5
"""Part of the open gap that the core's own may be."""
_LOOSEST = 1e-4
"""Gap within which a component is near enough in one call; nearer where the whole shall be near."""
_ROUNDS = 10
_TRIES = 6
"""Where limits depend on what is consumed: repairs of a solution, as long as each leaves less that is broken."""


@dataclass(frozen=True, eq=False)
class Coupled:
    """A pairwise problem with choices at its labels and rows over them."""

    oracle: Oracle
    costs: Costs
    fixed: Floats
    """Shape (L,): what a label costs whatever is chosen there."""
    choices: Choices
    limit: Floats
    """Shape (K,)."""
    closed: float
    """What a forbidden label or pair costs: more than any solution, yet finite."""
    portion: Portion | None = None
    """Rows that are limited by a fraction of what another adds up to."""

    def prices(self, pi: Floats) -> Floats:
        """Shape (K,): with those that follow from others."""
        return pi if self.portion is None else self.portion.prices(pi)

    def above(self, totals: Floats) -> Floats:
        """Shape (K,): by how much a solution that consumes this is above the limits."""
        slope = totals - self.limit
        return slope if self.portion is None else self.portion.above(totals, slope)


@dataclass(frozen=True, eq=False)
class Called:
    """What one call of the core says at some prices."""

    bound: float
    slope: Floats
    """Shape (K,): by how much its solution is above the limits."""
    labels: Whole
    picked: Whole
    """By node: the choice, or NONE."""
    priced: Floats
    """By component: what its part costs, prices included."""


@dataclass(frozen=True, eq=False)
class Column:
    """What a component costs and adds to the rows in one of its solutions."""

    component: int
    usd: float
    rows: Whole
    adds: Floats
    labels: Whole
    """Of the component's nodes."""
    picked: Whole


@dataclass(frozen=True, slots=True)
class Until:
    """When to stop."""

    gap: float
    at: float
    """By `time.monotonic`."""


Better = Callable[["Pricing"], None]
"""Told when the bound or the best solution has become better."""


class Pricing:
    """The best prices, the highest bound and the best solution so far; steps make them better."""

    def __init__(
        self, coupled: Coupled, until: Until, *, seed: int = 0, threads: int = 1, better: Better = lambda pricing: None
    ) -> None:
        """Nothing is known yet."""
        self.coupled, self.until, self.seed, self.threads, self.better = coupled, until, seed, threads, better
        self.pi = np.zeros(len(coupled.limit))
        self.bound, self.value = -np.inf, np.inf
        self.labels: Whole | None = None
        self.picked: Whole | None = None
        self.last: Whole | None = None
        """Labels of the last call, where the next one starts."""
        self.columns: list[Column] = []
        self.calls = 0
        self.passes = _PASSES if len(self.pi) else _MOST_PASSES
        components = coupled.oracle.components
        self.nodes = len(coupled.oracle.graph.first) - 1
        self.component = np.empty(self.nodes, np.int64)
        self.component[components.members] = np.repeat(np.arange(len(components)), np.diff(components.ends))
        self._known: set[tuple[int, bytes]] = set()
        self._listed = np.full(self.nodes, NONE - 1, np.int64)
        self._aim = 0
        """Which of WHOLES to begin with."""
        self._usd = np.empty(len(coupled.fixed))
        self._pick = np.empty(len(coupled.fixed), np.int64)

    @property
    def gap(self) -> float:
        """(value - bound) / value; 1 without a solution."""
        return (self.value - self.bound) / max(abs(self.value), 1e-9) if np.isfinite(self.value) else 1.0

    @property
    def done(self) -> bool:
        """Near enough, or out of time."""
        return self.gap <= self.until.gap or monotonic() >= self.until.at

    def call(self, pi: Floats, closed: Sequence[Whole] = ()) -> Called:
        """The core at prices `pi`, with these labels closed. Nothing is learnt from it here."""
        c, oracle = self.coupled, self.coupled.oracle
        pi = c.prices(pi)
        fold(c.choices, c.fixed, pi, c.closed, self._usd, self._pick)
        for labels in closed:
            self._usd[labels] = c.closed
        ran = oracle.run(
            self._usd,
            c.costs,
            np.ones(len(oracle.components), np.bool_),
            passes=self.passes,
            forests=0,
            gap=min(_LOOSEST, self.until.gap / 10),
            seed=self.seed,
            start=self.last,
            rest=False,
            until=self.until.at,
            threads=self.threads,
        )
        self.calls += 1
        self.last = ran.labels
        open_usd = min(self.value, 1.01 * self.bound if self.bound > 0 else np.inf) - self.bound
        if float((ran.value - ran.bound).sum()) > _OWN * max(open_usd, self.until.gap * abs(self.bound)):
            self.passes = min(2 * self.passes, _MOST_PASSES)
        picked = self._pick[oracle.graph.first[:-1] + ran.labels]
        slope = c.above(self.totals(picked))
        return Called(float(ran.bound.sum() - pi @ c.limit), slope, ran.labels, picked, ran.value)

    def totals(self, picked: Whole) -> Floats:
        """Shape (K,): what the rows add up to with these choices."""
        _, rows, amounts = uses_of(self.coupled.choices, picked)
        return np.bincount(rows, amounts, len(self.pi)).astype(np.float64)

    def evaluate(self, pi: Floats) -> tuple[Called, bool]:
        """A call whose bound and columns are kept; says whether the bound rose."""
        pi = self.coupled.prices(pi)
        called = self.call(pi)
        self.list_columns(called.labels, called.picked, called.priced, pi)
        rose = called.bound > self.bound + 1e-7 * abs(self.bound) if np.isfinite(self.bound) else True
        if called.bound > self.bound:
            self.bound, self.pi = called.bound, pi.copy()
            self.better(self)
        return called, rose

    def mend(self, labels: Whole, picked: Whole) -> bool:
        """Repair and improve a solution; whether it is the best so far."""
        c = self.coupled
        if (picked == NONE).any():
            return False
        if c.portion is None:
            standing = self._standing(labels, picked)
            return self._mended(standing, c.limit) and self.offer(standing.labels, standing.picked)
        whole = -float(self.totals(picked)[c.portion.whole])
        for number in range(self._aim, len(WHOLES)):
            standing = self._standing(labels, picked)
            if self._mended(standing, c.portion.limits(c.limit, WHOLES[number] * whole), _TRIES):
                self._aim = max(0, number - 1)
                return self.offer(standing.labels, standing.picked)
        self._aim = 0
        return False

    def _mended(self, standing: Standing, limit: Floats, tries: int = 1) -> bool:
        """Whether the solution breaks no row now. A node moves once for each row: another try may find more to move."""
        c, stop, before = self.coupled, np.zeros(1, np.int64), np.inf
        for _ in range(tries):
            seed = self.seed + self.calls
            left = repair(c.oracle.graph, c.costs, c.choices, limit, c.fixed, standing, _ROUNDS, seed, stop)
            if left <= ROOM * len(limit) or left >= before:
                break
            before = left
        return bool(left <= ROOM * len(limit))

    def offer(self, labels: Whole, picked: Whole) -> bool:
        """Keep a solution that breaks no row if it is the best so far."""
        usd = self.cost_by_component(labels, picked)
        value = float(usd.sum())
        self.list_columns(labels, picked, usd, np.zeros(len(self.pi)))
        if value >= self.coupled.closed or value >= self.value - 1e-6:
            return False
        self.value, self.labels, self.picked = value, labels, picked
        self.better(self)
        return True

    def cost_by_component(self, labels: Whole, picked: Whole) -> Floats:
        """Without prices."""
        c = self.coupled
        usd = np.zeros(len(c.oracle.components))
        weigh(c.oracle.graph, c.costs, c.choices, c.fixed, self.component, labels, picked, usd)
        return usd

    def list_columns(self, labels: Whole, picked: Whole, usd: Floats, pi: Floats) -> None:
        """Remember the components' parts of a solution that are new; `usd` has the prices `pi` in it."""
        changed = np.unique(self.component[self._listed != picked])
        self._listed = picked
        members, ends = self.coupled.oracle.components.members, self.coupled.oracle.components.ends
        new = np.zeros(len(usd), np.bool_)
        for k in changed:
            key = int(k), picked[members[ends[k] : ends[k + 1]]].tobytes()
            if key not in self._known:
                self._known.add(key)
                new[k] = True
        nodes, rows, amounts = uses_of(self.coupled.choices, picked)
        of = self.component[nodes]
        paid = np.bincount(of, weights=amounts * pi[rows], minlength=len(usd))
        wanted = new[of]
        found, adds, owner = self._by_row(of[wanted], rows[wanted], amounts[wanted])
        starts = np.searchsorted(owner, np.arange(len(usd) + 1))
        for k in np.flatnonzero(new):
            a, b = starts[k], starts[k + 1]
            here = members[ends[k] : ends[k + 1]]
            self.columns.append(
                Column(int(k), float(usd[k] - paid[k]), found[a:b], adds[a:b], labels[here], picked[here])
            )

    def _by_row(self, of: Whole, rows: NDArray[np.int32], amounts: Floats) -> tuple[Whole, Floats, Whole]:
        """(row, what is added to it, component), by component."""
        count = max(1, len(self.pi))
        found, which = np.unique(of * count + rows, return_inverse=True)
        return found % count, np.bincount(which, amounts, len(found)).astype(np.float64), found // count

    def _standing(self, labels: Whole, picked: Whole) -> Standing:
        graph, choices = self.coupled.oracle.graph, self.coupled.choices
        return Standing(
            labels.astype(np.int64).copy(),
            picked.copy(),
            self.totals(picked),
            np.zeros(len(self.pi)),
            np.empty(2 * int(np.diff(choices.start).max(initial=0)), np.int64),
            np.empty(int(np.diff(graph.first).max(initial=1))),
            np.empty(self.nodes, np.int64),
            Waiting(np.empty(self.nodes), np.empty(self.nodes, np.int64), np.zeros(1, np.int64)),
        )
