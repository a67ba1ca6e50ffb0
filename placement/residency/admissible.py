"""Where everything in a fleet may lie under its policies, and why not elsewhere: one answer for all who ask.

Letters of the array shapes: S subjects, R regions, A activities.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from placement.domain.policy import Activity, Effect, Guardrail, Policy, Reason
from placement.domain.region import Region
from placement.residency.activities import ACTIVITIES, OF_FLOWS
from placement.residency.compiled import Demands
from placement.residency.judge import Judge
from placement.residency.reasons import ordered
from placement.residency.region_table import Mask, RegionTable
from placement.residency.selection_matrix import Matrix
from placement.residency.subjects import Subject, as_if
from placement.residency.wording import asks, asks_of_workload


@dataclass(frozen=True, eq=False)
class PolicyMask:
    """What one policy or guardrail admits for one workload or dataset."""

    policy: str
    """`name@version`."""
    name: str
    words: str
    """What it asks, in one sentence for people."""
    mask: Mask
    """By region, shape (R,)."""


@dataclass(frozen=True, eq=False)
class Admissible:
    """The policies of one day, evaluated for one fleet and the regions of one catalog."""

    regions: tuple[Region, ...]
    """In the order of all arrays, with what is known of their operators."""
    facts: tuple[Subject, ...]
    rules_in_force: Matrix
    """Whether a policy, or after those a guardrail, is in force for a subject, shape (policies + guardrails, S)."""
    policies: tuple[Policy, ...]
    """Those whose time it is."""
    guardrails: tuple[Guardrail, ...]
    refusals: Mapping[str, tuple[Reason, ...]]
    """By workload: what guardrails have against it, in every region."""
    demands: Demands
    _demands_for: Callable[[Activity | None], Demands]
    _judge: Judge
    _table: RegionTable

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The names of the workloads, then of the datasets, in the order of the fleet."""
        return tuple(subject.name for subject in self.facts)

    @property
    def activities(self) -> tuple[Activity, ...]:
        """In the order of `allowed`."""
        return ACTIVITIES

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Whether a subject may do an activity in a region, shape (S, R, A).

        What a subject does not do is judged as if it did it, with all the classes that it has: so one sees, for
        instance, where a backup of it may be kept.
        """
        anything = self._demands_for(None)
        found = np.stack(
            [
                (self._demands_for(a) if a in OF_FLOWS else anything.judging(a, self.policies)).admitted()
                for a in ACTIVITIES
            ],
            axis=2,
        )
        found[self._refused_everywhere] = False
        found.flags.writeable = False
        return found

    def mask(self, name: str) -> Mask:
        """Where the workload or dataset may do all that it does, shape (R,); KeyError for a name that is not there."""
        found: Mask = self._admitted[self._index[name]]
        return found

    def rules(self, name: str) -> list[PolicyMask]:
        """The policies and guardrails that refuse it some region, by name; where all admit, `mask` does."""
        index = self._index[name]
        nowhere = np.zeros(len(self.regions), np.bool_)
        refused = {reason.policy for reason in self.refusals.get(name, ())}
        found = [self._policy_mask(row, mask) for row, mask in self.demands.of(index).items()]
        found += [
            PolicyMask(guardrail.id, guardrail.name, asks_of_workload(guardrail), nowhere)
            for guardrail in self.guardrails
            if guardrail.id in refused
        ]
        return sorted(found, key=_order)

    def limiting(self, name: str) -> tuple[Policy, ...]:
        """The policies in force for it that may refuse regions, also where they refuse none of these, by name."""
        found = [
            self.policies[row]
            for row in np.flatnonzero(self.rules_in_force[: len(self.policies), self._index[name]]).tolist()
            if self.policies[row].effect not in (Effect.PREFER, Effect.REQUIRE_COPY_IN)
        ]
        return tuple(sorted(found, key=lambda policy: policy.id))

    def reasons(self, name: str, region_index: int) -> tuple[Reason, ...]:
        """Why it may not lie in the region: denied, not allowed, missing, without basis, unknown, guardrails."""
        index = self._index[name]
        if self._admitted[index, region_index]:
            return ()
        at_fault = [self.policies[row] for row, mask in self.demands.of(index).items() if not mask[region_index]]
        of_policies = self._judge.reasons(self.facts[index], self.regions[region_index], at_fault)
        return ordered((*of_policies, *self.refusals.get(name, ())))

    def reasons_to(self, activity: Activity, name: str, region_index: int) -> tuple[Reason, ...]:
        """Why it may not do one activity there, with all its classes if it does none of it now; see `allowed`."""
        subject = as_if(self.facts[self._index[name]], activity)
        return self._judge.reasons(subject, self.regions[region_index])

    def copies(self, name: str) -> list[PolicyMask]:
        """For each policy that wants a copy of the dataset somewhere: the regions of which one must have it."""
        index = self._index[name]
        if self.facts[index].kind != "dataset":
            return []
        return sorted(
            (
                self._policy_mask(row, self._table.holds(self.policies[row].terms))
                for row in self._in_force(index, Effect.REQUIRE_COPY_IN)
            ),
            key=_order,
        )

    def penalty_usd(self, name: str) -> NDArray[np.float64] | None:
        """USD a month for each replica or copy in a region where no policy prefers it, shape (R,); None without any."""
        in_force = [self.policies[row] for row in self._in_force(self._index[name], Effect.PREFER)]
        preferring = sorted(in_force, key=lambda policy: policy.id)
        if not preferring:
            return None
        usd = np.zeros(len(self.regions))
        for policy in preferring:
            usd[~self._table.holds(policy.terms)] += policy.penalty_usd_per_month
        return usd

    @cached_property
    def applied(self) -> tuple[str, ...]:
        """The policies and guardrails that are in force for something, `name@version` in order."""
        rules: Sequence[Policy | Guardrail] = (*self.policies, *self.guardrails)
        return tuple(sorted({rules[row].id for row in np.flatnonzero(self.rules_in_force.any(axis=1)).tolist()}))

    def classes(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Its classes by name, each with the way it came: the class, its origin, ..., the name; empty for its own."""
        subject = self.facts[self._index[name]]
        return {each: subject.path(each) for each in sorted(subject.classes)}

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.subjects)}

    @cached_property
    def _refused_everywhere(self) -> NDArray[np.bool_]:
        return np.array([bool(self.refusals.get(name)) for name in self.subjects], np.bool_)

    @cached_property
    def _admitted(self) -> Matrix:
        found = self.demands.admitted()
        found[self._refused_everywhere] = False
        found.flags.writeable = False
        return found

    def _in_force(self, index: int, effect: Effect) -> list[int]:
        rows = np.flatnonzero(self.rules_in_force[: len(self.policies), index]).tolist()
        return [row for row in rows if self.policies[row].effect is effect]

    def _policy_mask(self, row: int, mask: Mask) -> PolicyMask:
        policy = self.policies[row]
        return PolicyMask(policy.id, policy.name, self._words[row], mask)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return tuple(map(asks, self.policies))


def _order(rule: PolicyMask) -> tuple[str, str]:
    return rule.name, rule.policy
