"""The coupled problem: prices climb, columns refine them, branching closes what is left; each can be left out."""

import numpy as np

from placement.optimizer.coupled.branching import branch
from placement.optimizer.coupled.climbing import climb
from placement.optimizer.coupled.master import price_by_columns
from placement.optimizer.coupled.pricing import Pricing

_FIRST_CALLS, _CALLS = 10, 40
"""Where columns follow, and where they do not."""
_ROUNDS = 40


def close_couplings(pricing: Pricing, *, columns: bool = True, cases: bool = True) -> list[str]:
    """Work until the gap is closed, the time is up or nothing is left to do; says what was done."""
    climb(pricing, _FIRST_CALLS if columns else _CALLS)
    done = [f"priced {len(pricing.pi)} rows in {pricing.calls} calls"]
    if columns and not pricing.done and pricing.pi.any():
        price_by_columns(pricing, _ROUNDS)
        done.append(f"{len(pricing.columns)} columns")
    if cases and not pricing.done and np.isfinite(pricing.value):
        done.append(f"{branch(pricing)} cases of a node in a region or not")
    return done
