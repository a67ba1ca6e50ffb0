"""A workload runs only where the residency policies admit it.

Policies are evaluated once for the whole fleet (`placement.residency`); here the result stands among the other rules:
as one screen where only the answer counts, and as one screen a policy where the reasons do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import Offering
from placement.market.catalog import Catalog
from placement.market.shortlist import Axis, Screen
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.problem import Problem

if TYPE_CHECKING:
    from placement.residency.admissible import Admissible, PolicyMask


def screens_of(problem: Problem, workload: Workload) -> tuple[Screen, ...]:
    """The rules about each offering of this workload, its policies taken together."""
    if problem.residency is None:
        return SCREENS
    return (*SCREENS, Lawful(problem.residency, problem.catalog.region_index))


def screens_by_policy(problem: Problem, workload: Workload) -> tuple[Screen, ...]:
    """The same rules, with one for each policy that refuses this workload any region."""
    if problem.residency is None:
        return SCREENS
    rules = problem.residency.rules(workload.name)
    return (*SCREENS, *(PolicyScreen(rule, problem.catalog.region_index) for rule in rules))


@dataclass(eq=False)
class Lawful:
    """All policies together."""

    residency: "Admissible"
    region_index: Mapping[str, int]
    name: str = "residency"
    axis: Axis = "region"

    def asks(self, workload: Workload) -> str:
        """What each policy asks."""
        return "; ".join(rule.words for rule in self.residency.rules(workload.name))

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By region."""
        mask = self.residency.mask(workload.name)
        return None if mask.all() else mask

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """The first of the reasons."""
        reasons = self.residency.reasons(workload.name, self.region_index[offering.region.id])
        return str(reasons[0]) if reasons else None


@dataclass(eq=False)
class PolicyScreen:
    """One policy."""

    rule: "PolicyMask"
    region_index: Mapping[str, int]
    axis: Axis = "region"
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = policy_rule(self.rule)

    def asks(self, workload: Workload) -> str:
        """The policy in words."""
        return self.rule.words

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By region."""
        return self.rule.mask

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """The policy in words."""
        return None if self.rule.mask[self.region_index[offering.region.id]] else self.rule.words


def policy_rule(rule: "PolicyMask") -> str:
    """The policy as a rule among others: `policy gdpr@3`."""
    return f"policy {rule.policy}"
