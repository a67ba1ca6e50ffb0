"""Prices rise where rows are broken and fall where there is room: subgradient steps, with Polyak's length towards the
best solution, which repairs of the solutions on the way make better."""

import numpy as np

from placement.optimizer.coupled.pricing import Pricing

_PATIENCE = 3
"""Calls without a higher bound before steps become shorter and start from the best prices again."""
_SHORTER = 0.6
_SHORTEST = 1e-3
_AHEAD = 1.02
"""Where there is no solution to step towards: this far above the bound."""


def climb(pricing: Pricing, calls: int, mend_every: int = 4) -> None:
    """Raise the bound by up to so many calls."""
    pi, length, waited = pricing.pi, 1.0, 0
    for number in range(calls):
        called, rose = pricing.evaluate(pi)
        if number % mend_every == 0 or number == calls - 1:
            pricing.mend(called.labels, called.picked)
        waited = 0 if rose else waited + 1
        if waited >= _PATIENCE:
            length, waited, pi = length * _SHORTER, 0, pricing.pi
        slope = np.where((pi <= 0) & (called.slope < 0), 0.0, called.slope)
        norm = float(slope @ slope)
        if norm < 1e-12:
            pricing.mend(called.labels, called.picked)
            return
        if pricing.done or length < _SHORTEST:
            return
        goal = pricing.value if np.isfinite(pricing.value) else pricing.bound * _AHEAD
        rise = max(goal - called.bound, 1e-4 * abs(pricing.bound))
        pi = np.maximum(0.0, pi + length * rise / norm * slope)
