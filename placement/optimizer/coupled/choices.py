"""What a node may choose in a region, what that consumes, and the limits on what all consume together.

    minimise   sum_i a(c_i)  +  pairs of regions                    c_i a choice of node i, in the region of its label
    subject to sum over counters q of  factor[k, q] u_q  <=  limit_k      for each row k,     u_q = sum_i use(c_i, q)

A choice is how many replicas are on which options: prices on rows make one of them the cheapest in its region. Letters:
L labels of all nodes, C choices, Q counters, K rows.
"""

from collections.abc import Sequence
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
    counter: NDArray[np.int32]
    amount: Floats


class Limits(NamedTuple):
    """Rows over counters, by counter: counter q is in the rows row[start[q] : start[q + 1]]."""

    limit: Floats
    """Shape (K,)."""
    start: Whole
    """Shape (Q + 1,)."""
    row: Whole
    factor: Floats


class Row(NamedTuple):
    """sum over its counters of  factor x what is consumed  <=  limit."""

    counters: Sequence[int]
    factors: Sequence[float]
    limit: float


def limits_of(rows: Sequence[Row], counters: int) -> Limits:
    """The rows, turned around."""
    entries = [
        (counter, number, factor)
        for number, row in enumerate(rows)
        for counter, factor in zip(row.counters, row.factors, strict=True)
    ]
    entries.sort()
    columns = np.array(entries, np.float64).reshape(-1, 3)
    return Limits(
        np.array([row.limit for row in rows], np.float64),
        np.searchsorted(columns[:, 0], np.arange(counters + 1)).astype(np.int64),
        columns[:, 1].astype(np.int64),
        np.ascontiguousarray(columns[:, 2]),
    )


def simple_limits(limit: Floats) -> Limits:
    """One counter a row."""
    count = len(limit)
    return Limits(np.asarray(limit, np.float64), np.arange(count + 1), np.arange(count), np.ones(count))


def without_hopeless(choices: Choices, limits: Limits, may_drop: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Shape (C,): choices to keep, of those that may be dropped none that alone breaks a row to which all only add."""
    owner = np.repeat(np.arange(len(choices.usd)), np.diff(choices.start))
    counters = np.repeat(np.arange(len(limits.start) - 1), np.diff(limits.start))
    only_add = np.ones(len(limits.limit), np.bool_)
    only_add[limits.row[limits.factor < 0]] = False
    keep = np.ones(len(choices.usd), np.bool_)
    for counter, row, factor in zip(counters, limits.row, limits.factor, strict=True):
        if only_add[row]:
            uses = choices.counter == counter
            keep[owner[uses & (choices.amount * factor > limits.limit[row] + ROOM)]] = False
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
        choices.counter[uses],
        choices.amount[uses],
    )
