"""Policies, regions and a day are evaluated once; each fleet is then compiled against the result."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import numpy as np

from placement.domain.fleet import Fleet
from placement.domain.policy import Activity, Effect, PolicySet, Reason
from placement.domain.region import Region
from placement.residency import operators
from placement.residency.admissible import Admissible
from placement.residency.compiled import Demands, demands
from placement.residency.guardrails import Document
from placement.residency.in_force import InForce
from placement.residency.judge import Judge
from placement.residency.region_table import RegionTable
from placement.residency.selection_matrix import Matrix
from placement.residency.subjects import Subject, subjects_of

_NO_DOCUMENTS: Mapping[str, Document] = MappingProxyType({})


class Evaluation:
    """The policies of one day over some regions."""

    def __init__(self, policies: PolicySet, regions: Sequence[Region], as_of: date) -> None:
        self.regions = tuple(map(operators.of, regions))
        self.judge = Judge(policies, as_of)
        self._guardrails = policies.guardrails
        self._table = RegionTable(self.regions, self.judge.vocabulary)

    def compiled(
        self,
        fleet: Fleet,
        documents: Mapping[str, Document] = _NO_DOCUMENTS,
        pods: Mapping[str, Document] = _NO_DOCUMENTS,
    ) -> Admissible:
        """Where the fleet's workloads and datasets may lie.

        `documents` has each workload, by name, as a fleet document writes it, for guardrails to speak of: a workload
        that a guardrail is about and that has no document is refused. `pods` has those that are pods in a cluster.
        """
        return self.compiled_subjects(subjects_of(fleet), documents, pods)

    def compiled_subjects(
        self,
        subjects: Sequence[Subject],
        documents: Mapping[str, Document] = _NO_DOCUMENTS,
        pods: Mapping[str, Document] = _NO_DOCUMENTS,
    ) -> Admissible:
        """The same for subjects, such as pods, that are no fleet."""
        judge, policies = self.judge, self.judge.policies
        rules = InForce((*policies, *self._guardrails), subjects, judge.selection, judge.waived)
        exposures = rules.exposures()
        found = rules.rules(exposures)
        _leave_out_what_is_not_about(found, subjects, [policy.effect for policy in policies])

        def demands_for(activity: Activity | None) -> Demands:
            doing = rules.exposures_to(activity) if activity else rules.exposures_to_anything()
            return demands(policies, rules, doing, rules.rules(doing), self._table)

        return Admissible(
            regions=self.regions,
            facts=tuple(subjects),
            rules_in_force=found,
            policies=policies,
            guardrails=self._guardrails,
            refusals=self._refusals(subjects, found[len(policies) :], documents, pods),
            demands=demands(policies, rules, exposures, found, self._table),
            _demands_for=demands_for,
            _judge=judge,
            _table=self._table,
        )

    def _refusals(
        self,
        subjects: Sequence[Subject],
        guarded: Matrix,
        documents: Mapping[str, Document],
        pods: Mapping[str, Document],
    ) -> dict[str, tuple[Reason, ...]]:
        found = {}
        for index in np.flatnonzero(guarded.any(axis=0)).tolist():
            among = {self._guardrails[row].id for row in np.flatnonzero(guarded[:, index]).tolist()}
            name = subjects[index].name
            reasons = self.judge.guardrails.refusals(documents.get(name), pods.get(name), among)
            if reasons:
                found[name] = reasons
        return found


def _leave_out_what_is_not_about(found: Matrix, subjects: Sequence[Subject], effects: Sequence[Effect]) -> None:
    """Copies are asked of datasets only, guardrails of workloads only."""
    are_datasets = np.array([subject.kind == "dataset" for subject in subjects], np.bool_)
    for row in range(len(found)):
        if row >= len(effects):
            found[row] &= ~are_datasets
        elif effects[row] is Effect.REQUIRE_COPY_IN:
            found[row] &= are_datasets
