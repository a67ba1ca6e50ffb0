"""What is sent from two regions at once costs something wherever it goes."""

from dataclasses import dataclass

import numpy as np

from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats


@dataclass(frozen=True, eq=False)
class Detours:
    """Shape (R, R): [b, a] = the least that a GB from b and one from a cost together, wherever both go, and back."""

    out: Floats
    back: Floats

    @classmethod
    def of(cls, costs: Costs) -> "Detours":
        """By groups of regions, which are few."""
        found = []
        for groups, regions in ((costs.groups.out, costs.regions.out), (costs.groups.back, costs.regions.back)):
            by_group = (groups[:, None, :] + groups[None, :, :]).min(axis=2)
            meet = by_group[np.ix_(costs.group, costs.group)]
            found.append(np.minimum(meet, np.minimum(regions, regions.T)))
        return cls(*found)

    def usd(self, out_gb: float, back_gb: float) -> Floats:
        """Shape (R, R): of so many GB from each, and to each."""
        return np.asarray(out_gb * self.out + back_gb * self.back)
