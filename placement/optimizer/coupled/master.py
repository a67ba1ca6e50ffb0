"""Better prices from all solutions seen so far: Dantzig and Wolfe's master problem over columns, one a component.

    minimise sum_j usd_j z_j    subject to  sum_{j in component} z_j = 1,    sum_j adds_kj z_j <= limit_k

Its duals are prices, but swing: the core is asked half way between them and the best ones. The master's own value
bounds nothing, since columns are missing.
"""

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

from placement.optimizer.coupled.pricing import Pricing
from placement.optimizer.pairwise.graph import Floats, Whole

_HALF_WAY = 0.5
_PATIENCE = 8
"""Rounds in a row without anything better."""
_ENOUGH = 2e-4
"""Of the bound: where the master is no further above, nothing is left to gain."""


class Master:
    """The linear problem, which grows with the columns."""

    def __init__(self, pricing: Pricing) -> None:
        """Rows may be broken at a cost, so that there always is a solution."""
        self.pricing = pricing
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.objective = self.solver.Objective()
        endless = self.solver.infinity()
        count = len(pricing.coupled.oracle.components)
        self.once = [self.solver.Constraint(1.0, 1.0) for _ in range(count)]
        self.rows = [self.solver.Constraint(-endless, float(limit)) for limit in pricing.coupled.limit]
        penalty = 1.0 + 20.0 * float(pricing.pi.max(initial=0.0))
        for row in self.rows:
            broken = self.solver.NumVar(0.0, endless, "")
            row.SetCoefficient(broken, -1.0)
            self.objective.SetCoefficient(broken, penalty)
        self._let_whole_float()
        self.shares: list[pywraplp.Variable] = []

    def solve(self) -> tuple[float, Floats]:
        """(value, prices) with all columns there are."""
        for column in self.pricing.columns[len(self.shares) :]:
            share = self.solver.NumVar(0.0, self.solver.infinity(), "")
            self.objective.SetCoefficient(share, column.usd)
            self.once[column.component].SetCoefficient(share, 1.0)
            for row, adds in zip(column.rows, column.adds, strict=True):
                self.rows[row].SetCoefficient(share, float(adds))
            self.shares.append(share)
        self.solver.Solve()
        duals = np.array([-row.DualValue() for row in self.rows])
        return float(self.objective.Value()), np.maximum(0.0, duals)

    def rounded(self) -> tuple[Whole, Whole]:
        """(labels, choices): of each component the column with the largest share. No more components than there are
        rows have several, so that little is left to mend."""
        shares = np.array([share.SolutionValue() for share in self.shares])
        component = np.array([column.component for column in self.pricing.columns])
        order = np.lexsort((-shares, component))
        return self._solution(order[np.searchsorted(component[order], np.arange(len(self.once)))])

    def _let_whole_float(self) -> None:
        """What the fractions of are taken is decided here as well."""
        portion = self.pricing.coupled.portion
        if portion is None:
            return
        self.rows[portion.stand_ins].SetBounds(-self.solver.infinity(), self.solver.infinity())
        given = self.solver.NumVar(0.0, self.solver.infinity(), "")
        self.rows[portion.whole].SetCoefficient(given, 1.0)
        for row in portion.parts.tolist():
            self.rows[row].SetCoefficient(given, -portion.fraction)

    def _solution(self, numbers: Whole) -> tuple[Whole, Whole]:
        """By component the number of its column."""
        pricing = self.pricing
        labels, picked = np.zeros(pricing.nodes, np.int64), np.zeros(pricing.nodes, np.int64)
        members, ends = pricing.coupled.oracle.components.members, pricing.coupled.oracle.components.ends
        for k, number in enumerate(numbers.tolist()):
            here = members[ends[k] : ends[k + 1]]
            labels[here], picked[here] = pricing.columns[number].labels, pricing.columns[number].picked
        return labels, picked


def price_by_columns(pricing: Pricing, rounds: int) -> None:
    """Raise the bound and round to solutions by up to so many rounds of master and core."""
    master = Master(pricing)
    waited = 0
    for _ in range(rounds):
        value, pi = master.solve()
        better = pricing.mend(*master.rounded())
        if pricing.done or value - pricing.bound <= min(_ENOUGH, pricing.until.gap / 4) * abs(pricing.bound):
            return
        _, rose = pricing.evaluate(_HALF_WAY * pricing.pi + (1 - _HALF_WAY) * pi)
        waited = 0 if rose or better else waited + 1
        if pricing.done or waited >= _PATIENCE:
            return
