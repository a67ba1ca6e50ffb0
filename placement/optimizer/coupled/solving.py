"""The coupled problem: prices climb, columns refine them, branching closes what is left; each can be left out."""

from dataclasses import dataclass

import numpy as np

from placement.optimizer.coupled.branching import branch
from placement.optimizer.coupled.climbing import climb
from placement.optimizer.coupled.master import price_by_columns
from placement.optimizer.coupled.pricing import Pricing

_CALLS = 40
_ROUNDS = 25
_MOST_COMPONENTS = 5_000
"""Above so many, columns cost more time than they save."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Which of the steps may run."""

    columns: bool = True
    branching: bool = True


def close_couplings(pricing: Pricing, steps: Steps) -> list[str]:
    """Work until the gap is closed, the time is up or nothing is left to do; says what was done."""
    climb(pricing, _CALLS)
    done = [f"priced {len(pricing.pi)} rows in {pricing.calls} calls"]
    few = len(pricing.coupled.oracle.components) <= _MOST_COMPONENTS
    if steps.columns and few and not pricing.done and pricing.pi.any():
        price_by_columns(pricing, _ROUNDS)
        done.append(f"{len(pricing.columns)} columns")
    if steps.branching and not pricing.done and np.isfinite(pricing.value):
        done.append(f"{branch(pricing)} cases of a node in a region or not")
    return done
