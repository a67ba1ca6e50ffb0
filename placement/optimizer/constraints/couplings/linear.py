"""Linear rows with decimal coefficients, given to a solver of whole numbers without any rounding."""

from collections.abc import Sequence
from math import lcm

from ortools.sat.python import cp_model

from placement.domain.money import exact
from placement.optimizer.model import PlacementModel, Rule


def at_most(model: PlacementModel, terms: Sequence[tuple[cp_model.IntVar, float]], limit: float, rule: Rule) -> None:
    """sum of coefficient x variable <= limit, exact in the decimals as written."""
    if not terms:
        return
    factors = [exact(factor) for _, factor in terms]
    bound = exact(limit)
    scale = lcm(bound.denominator, *(factor.denominator for factor in factors))
    row = cp_model.LinearExpr.weighted_sum(
        [variable for variable, _ in terms], [int(factor * scale) for factor in factors]
    )
    model.add(model.cp.add(row <= int(bound * scale)), rule)
