"""Data at rest:  size_gb x usd_per_gb_month, for each copy; 0 where the source names no storage rate."""

from collections.abc import Iterable

import numpy as np

from placement.domain.decision import Placement
from placement.domain.fleet import Dataset
from placement.domain.money import amount_of, exact
from placement.market.catalog import UNKNOWN_RATE
from placement.optimizer.costs.base import BillLine, CostTerm, Usd
from placement.optimizer.problem import Problem


class Storage(CostTerm):
    """What it costs to keep each copy of a dataset."""

    name = "storage"

    def per_copy(self, problem: Problem, dataset: Dataset) -> Usd:
        """The region's rate times the size."""
        rates = problem.catalog.nano_usd_per_gb_month
        return np.where(rates == UNKNOWN_RATE, 0, rates) * (dataset.size_gb / 1e9)

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line a copy."""
        for dataset in problem.fleet.datasets:
            for region in placement.datasets[dataset.name]:
                rate = int(problem.catalog.nano_usd_per_gb_month[problem.region(region)])
                rate = 0 if rate == UNKNOWN_RATE else rate
                yield BillLine(dataset.name, amount_of(exact(dataset.size_gb) * rate))
