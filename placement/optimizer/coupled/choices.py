"""What a node may choose in a region, what that consumes, and the limits on what all consume together.

    minimise   sum_i a(c_i)  +  pairs of regions                    c_i a choice of node i, in the region of its label
    subject to sum_i use(c_i, k)  <=  limit_k              for each row k

A choice is how many replicas are on which options: prices on rows make one of them the cheapest in its region. What
choices use is never negative. Letters: L labels of all nodes, C choices, K rows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.graph import Floats, Whole

ROOM = 1e-9
"""A row is broken where it is above its limit by more."""


class Choices(NamedTuple):
    """Label p has the choices first[p] to first[p + 1]; choice c has the uses start[c] to start[c + 1]."""

    first: Whole
    """Shape (L + 1,)."""
    usd: Floats
    start: Whole
    """Shape (C + 1,)."""
    row: NDArray[np.int32]
    amount: Floats


def without_hopeless(choices: Choices, limit: Floats, may_drop: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Shape (C,): choices to keep, of those that may be dropped none that alone breaks a row."""
    owner = np.repeat(np.arange(len(choices.usd)), np.diff(choices.start))
    keep = np.ones(len(choices.usd), np.bool_)
    keep[owner[choices.amount > limit[choices.row] + ROOM]] = False
    return keep | ~may_drop


def taken(choices: Choices, keep: NDArray[np.bool_]) -> Choices:
    """Only the choices marked."""
    sizes = np.diff(choices.start)
    uses = np.repeat(keep, sizes)
    counted = np.concatenate([[0], np.cumsum(keep)])
    return Choices(
        counted[choices.first].astype(np.int64),
        choices.usd[keep],
        np.concatenate([[0], np.cumsum(sizes[keep])]).astype(np.int64),
        choices.row[uses],
        choices.amount[uses],
    )
