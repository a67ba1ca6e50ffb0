"""What a GB costs between regions where every tariff is a straight line."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.market.egress import NO_TARIFF
from placement.optimizer.charges import Charges
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per GB at straight tariffs: shapes (R, R), (R,) and (R,). Infinite to an internet that no tariff reaches."""

    between: Floats
    within: Floats
    to_internet: Floats
    charges: Charges | None = None
    """What streams pay beyond the rates, which then are the lowest that any pays."""

    @classmethod
    def of(cls, problem: Problem, nano_usd_per_gb: Floats, charges: Charges | None = None) -> "Rates":
        """By pair of regions, from those by tariff."""
        egress, usd = problem.egress, np.append(nano_usd_per_gb / 1e9, 0.0)

        def priced(pools: NDArray[np.int32]) -> Floats:
            # What has no tariff, or a free one, counts from the end: the nothing that was added there.
            return usd[np.maximum(pools, -1)]

        to_internet = np.where(egress.to_internet == NO_TARIFF, np.inf, priced(egress.to_internet))
        return cls(priced(egress.between), priced(egress.cross_zone), to_internet, charges)

    def of_copies(self, copies: NDArray[np.intp], closed: NDArray[np.bool_], crossing: float, *, read: bool) -> Floats:
        """Shape (C, R): USD for each GB read from copies in C regions, or written to them, by the other end's region,
        where that share of it changes its zone within one; infinite where closed, which no region is to itself."""
        usd = (self.between if read else self.between.T)[copies]
        usd[closed] = np.inf
        usd[np.arange(len(copies)), copies] = crossing * self.within[copies]
        return np.asarray(usd)

    @property
    def alone(self) -> "Rates":
        """Without charges."""
        return replace(self, charges=None)


def flow_usd(gb: float, usd_per_gb: Floats) -> Floats:
    """USD for so much; what is closed is so even to a flow of nothing."""
    closed = np.isinf(usd_per_gb)
    return np.where(closed, np.inf, gb * np.where(closed, 0.0, usd_per_gb))
