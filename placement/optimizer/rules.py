"""Rules as the solver and the reasons see them: a name with its words, and linear rows over the options."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the fleet as it stands in a conflict: its kind, whom it concerns, and what it says."""

    name: str
    subjects: tuple[str, ...]
    reason: str


@dataclass(frozen=True, eq=False)
class Uses:
    """What one workload's options take of a row, for each replica on them."""

    node: int
    options: NDArray[np.intp]
    """Positions in the node's options."""
    each: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Row:
    """sum over uses and options o of  each[o] x count[w, o]  <=  limit."""

    rule: Rule
    uses: Sequence[Uses]
    limit: float


@dataclass(frozen=True, eq=False)
class Shares:
    """sum over uses and options o of a part of  each[o] x count[w, o]  <=  fraction x the same sum over all parts."""

    rule: Rule
    uses: Sequence[Uses]
    part: Sequence[NDArray[np.intp]]
    """For each of the uses: the part that each of its options belongs to, counted from 0."""
    fraction: float
