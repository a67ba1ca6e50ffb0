"""The coupled problem: prices climb, columns refine them, branching closes what is left; each can be left out."""

from collections.abc import Callable

import numpy as np

from placement.optimizer.coupled.branching import branch
from placement.optimizer.coupled.climbing import climb
from placement.optimizer.coupled.master import price_by_columns
from placement.optimizer.coupled.pricing import Pricing

_FIRST_CALLS, _CALLS = 10, 40
"""Where columns follow, and where they do not."""
_ROUNDS = 40


def close_couplings(pricing: Pricing, log: Callable[[str], None], *, columns: bool = True, cases: bool = True) -> None:
    """Work until the gap is closed, the time is up or nothing is left to do; `log` is told of each step."""
    climb(pricing, _FIRST_CALLS if columns else _CALLS)
    log(f"priced {len(pricing.pi)} rows in {pricing.calls} calls of the core")
    if columns and not pricing.done and pricing.pi.any():
        price_by_columns(pricing, _ROUNDS)
        log(f"priced by {len(pricing.columns)} columns")
    if cases and not pricing.done and pricing.pi.any() and np.isfinite(pricing.value):
        number = branch(pricing)
        log(f"branched on regions of nodes in {number} cases")
