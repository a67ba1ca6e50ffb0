"""A policy prefers some places:  its penalty for each replica or copy elsewhere. No money, and no rule."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import Dataset, Workload
from placement.domain.money import amount_from_usd
from placement.optimizer.costs.base import BillLine, CostTerm, Usd
from placement.optimizer.problem import Problem


class Preference(CostTerm):
    """The penalties of all policies that prefer."""

    name = "policy preference"

    def per_replica(self, problem: Problem, workload: Workload, rows: NDArray[np.intp]) -> Usd | None:
        """By the region of the row."""
        usd = _penalty_usd(problem, workload.name)
        return None if usd is None else usd[problem.catalog.offerings.region[rows]]

    def per_copy(self, problem: Problem, dataset: Dataset) -> Usd | None:
        """By region."""
        return _penalty_usd(problem, dataset.name)

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line a workload or dataset."""
        for name, parts in placement.assignments.items():
            if (usd := _penalty_usd(problem, name)) is not None:
                owed = sum(part.replicas * float(usd[problem.region(part.offering.region.id)]) for part in parts)
                yield BillLine(name, amount_from_usd(owed))
        for name, regions in placement.datasets.items():
            if (usd := _penalty_usd(problem, name)) is not None:
                yield BillLine(name, amount_from_usd(sum(float(usd[problem.region(region)]) for region in regions)))


def _penalty_usd(problem: Problem, name: str) -> Usd | None:
    return None if problem.residency is None else problem.residency.penalty_usd(name)
