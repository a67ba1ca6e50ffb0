"""What a cost term is."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Dataset, Workload
from placement.domain.money import MicroUsd
from placement.optimizer.problem import Problem

Usd = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BillLine:
    """One rounded amount and the workload or dataset that owes it."""

    subject: str
    amount: MicroUsd


class CostTerm:
    """One line of the bill, said twice: as unit costs to the solver, and as plain arithmetic about a placement.

    A term overrides those unit costs that it has. Egress between movable ends has none of these: it belongs to pairs
    and is the optimizer's core, `traffic.py`. Tests hold both statements equal.
    """

    name: str

    def per_replica(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd | None:
        """USD a month of one replica on each of the catalog rows."""
        return None

    def per_arrival(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd | None:
        """USD a month of each replica on these rows beyond those that the region holds now."""
        return None

    def per_copy(self, problem: Problem, dataset: Dataset) -> Usd | None:
        """USD a month of a copy of the dataset in each region, shape (R,)."""
        return None

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """The bill of a placement, without any solver."""
        raise NotImplementedError
