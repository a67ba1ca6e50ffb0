"""Where copies of one dataset are worth having: the p-median problem as a linear one, from its dual side.

With c copies in all, what reader f pays for its copy is at most v_f, wherever copies lie, if

    maximise  sum_f v_f + the c least of (stored_r - sum_f max(0, v_f - read_fr))

over the regions r of a copy.
"""

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

from placement.optimizer.pairwise.graph import Floats


def worth_usd(stored_usd: Floats, read_usd: Floats, copies: int) -> Floats | None:
    """Shape (F,): what each of F readers pays at most, by what copies cost in each of R regions and what each reader
    pays there, shape (F, R), infinite where it cannot read; None if there is no answer."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    endless, goal = solver.infinity(), solver.Objective()
    goal.SetMaximization()
    paid = [solver.NumVar(-endless, endless, "") for _ in read_usd]
    for most in paid:
        goal.SetCoefficient(most, 1.0)
    # The c least of some numbers are the most that c t - sum_r max(0, t - number_r) becomes.
    least = solver.NumVar(-endless, endless, "")
    goal.SetCoefficient(least, float(copies))
    for region, stored in enumerate(stored_usd.tolist()):
        below = solver.NumVar(0.0, endless, "")
        goal.SetCoefficient(below, -1.0)
        number = solver.Constraint(-endless, stored)
        number.SetCoefficient(least, 1.0)
        number.SetCoefficient(below, -1.0)
        for reader in np.flatnonzero(np.isfinite(read_usd[:, region])).tolist():
            given = solver.NumVar(0.0, endless, "")
            number.SetCoefficient(given, 1.0)
            more = solver.Constraint(-endless, float(read_usd[reader, region]))
            more.SetCoefficient(paid[reader], 1.0)
            more.SetCoefficient(given, -1.0)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    return np.array([most.solution_value() for most in paid])
