"""Of rules that refuse everything together, those of which each is needed."""

from collections.abc import Sequence

import numpy as np

from placement.optimizer.conflict import minimal as _minimal
from placement.residency.admissible import PolicyMask
from placement.residency.region_table import Mask


def minimal(rules: Sequence[PolicyMask], of: Mask) -> list[PolicyMask]:
    """Rules that leave none of these regions, shape (R,), and would leave some without any one of them.

    All rules together must leave none. The set is minimal, not always the smallest.
    """
    return _minimal(rules, lambda rest: not np.logical_and.reduce([of, *(rule.mask for rule in rest)]).any())
