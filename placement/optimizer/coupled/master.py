"""Better prices from all solutions seen so far: Dantzig and Wolfe's master problem over columns, one a component.

    minimise sum_j usd_j z_j    subject to  sum_{j in component} z_j = 1,    sum_j adds_kj z_j <= limit_k

Its duals are prices, but swing: the core is asked half way between them and the best ones. The master's own value bounds
nothing, since columns are missing.
"""

import numpy as np
from ortools.linear_solver import pywraplp

from placement.optimizer.coupled.pricing import Pricing
from placement.optimizer.pairwise.graph import Floats

_HALF_WAY = 0.5
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
        self.rows = [self.solver.Constraint(-endless, float(limit)) for limit in pricing.coupled.limits.limit]
        penalty = 1.0 + 20.0 * float(pricing.pi.max(initial=0.0))
        for row in self.rows:
            broken = self.solver.NumVar(0.0, endless, "")
            row.SetCoefficient(broken, -1.0)
            self.objective.SetCoefficient(broken, penalty)
        self.taken = 0

    def solve(self) -> tuple[float, Floats]:
        """(value, prices) with all columns there are."""
        for column in self.pricing.columns[self.taken :]:
            share = self.solver.NumVar(0.0, self.solver.infinity(), "")
            self.objective.SetCoefficient(share, column.usd)
            self.once[column.component].SetCoefficient(share, 1.0)
            for row, adds in zip(column.rows, column.adds, strict=True):
                self.rows[row].SetCoefficient(share, float(adds))
        self.taken = len(self.pricing.columns)
        self.solver.Solve()
        duals = np.array([-row.DualValue() for row in self.rows])
        return float(self.objective.Value()), np.maximum(0.0, duals)


def price_by_columns(pricing: Pricing, rounds: int) -> None:
    """Raise the bound by up to so many rounds of master and core."""
    master = Master(pricing)
    for number in range(rounds):
        value, pi = master.solve()
        if pricing.done or value - pricing.bound <= _ENOUGH * abs(pricing.bound):
            return
        called, _ = pricing.evaluate(_HALF_WAY * pricing.pi + (1 - _HALF_WAY) * pi)
        if number % 3 == 0:
            pricing.mend(called.labels, called.picked)
