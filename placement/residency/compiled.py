"""All policies over all subjects and regions, as two matrices: which demands are in force, and what they admit.

    admitted[s, r] = no demand n with force[n, s] and not admits[n, r]

A demand is a policy, or one jurisdiction of a policy about transfers, whose subjects' places each count for
themselves. Letters of the array shapes: N demands, S subjects, R regions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.policy import Activity, Effect, Policy
from placement.residency.activities import is_judged
from placement.residency.in_force import Exposures, InForce
from placement.residency.region_table import Mask, RegionTable
from placement.residency.selection_matrix import Matrix
from placement.residency.transfer import origins_of


@dataclass(frozen=True, eq=False)
class Demands:
    """What policies demand of regions; those that refuse none are left out."""

    policies: NDArray[np.intp]
    """Whose demand it is: the row of the policy, shape (N,)."""
    admits: Matrix
    """Shape (N, R)."""
    force: Matrix
    """Shape (N, S)."""

    def admitted(self) -> Matrix:
        """Where all demands on a subject are met, shape (S, R)."""
        refusals = self.force.T.astype(np.float32) @ (~self.admits).astype(np.float32)
        found: Matrix = refusals == 0
        return found

    def judging(self, activity: Activity, policies: Sequence[Policy]) -> "Demands":
        """Those of policies that judge the activity."""
        kept = np.array([is_judged(activity, policies[row].activities) for row in self.policies], np.bool_)
        return Demands(self.policies[kept], self.admits[kept], self.force[kept])

    def of(self, subject: int) -> dict[int, Mask]:
        """By the row of the policy: what it admits, for those that refuse the subject some region."""
        found: dict[int, Mask] = {}
        for row in np.flatnonzero(self.force[:, subject]).tolist():
            policy = int(self.policies[row])
            found[policy] = found[policy] & self.admits[row] if policy in found else self.admits[row]
        return found


def demands(
    policies: Sequence[Policy], rules: InForce, exposures: Exposures, force: Matrix, table: RegionTable
) -> Demands:
    """The demands of the policies, which are the first of the rules and in force as shown, shape (rules, S)."""
    owners: list[int] = []
    admits: list[Mask] = []
    forces: list[NDArray[np.bool_]] = []
    for row, policy in enumerate(policies):
        if not force[row].any():
            continue
        if policy.effect is Effect.REQUIRE_TRANSFER_BASIS and not origins_of(policy):
            parts = [
                (table.has_basis(policy, jurisdiction), here)
                for jurisdiction, here in rules.jurisdictions(row, exposures).items()
            ]
        else:
            parts = [(table.admits(policy), force[row])]
        for admitted, here in parts:
            if not admitted.all():
                owners.append(row)
                admits.append(admitted)
                forces.append(here)
    subjects, regions = force.shape[1], table.count
    return Demands(
        np.array(owners, np.intp),
        np.array(admits, np.bool_).reshape(len(owners), regions),
        np.array(forces, np.bool_).reshape(len(owners), subjects),
    )
