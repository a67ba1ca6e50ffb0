"""A fleet and its policies are looked over before anything is placed: what is odd, and what is left of the map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from placement.domain.fleet import Fleet, Resources, Workload
from placement.domain.policy import Effect, PolicySet
from placement.domain.region import Region
from placement.fleet_file import to_document
from placement.residency.admissible import Admissible, PolicyMask
from placement.residency.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Admitted:
    """Where a data class, a workload or a dataset may lie."""

    name: str
    classes: tuple[str, ...]
    """Its own and inherited ones."""
    regions: tuple[str, ...]
    countries: tuple[str, ...]
    conflict: tuple[str, ...] = ()
    """Where there is no region: policies of which each is needed to refuse them all, in words."""


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """What a check found."""

    regions: int
    """Of the market."""
    classes: tuple[Admitted, ...]
    """Each class by itself, as of a workload that computes with it."""
    subjects: tuple[Admitted, ...]
    """The workloads and datasets of the fleet."""
    warnings: tuple[str, ...]

    @property
    def contradictory(self) -> bool:
        """Whether some part of the fleet may lie nowhere."""
        return any(not admitted.regions for admitted in self.subjects)


def check_policies(policies: PolicySet, fleet: Fleet, regions: Sequence[Region], as_of: date) -> PolicyReport:
    """Evaluate the fleet, and each class alone."""
    evaluation = Evaluation(policies, regions, as_of)
    documents = {workload["name"]: workload for workload in to_document(fleet)["workloads"]}
    judged = evaluation.compiled(fleet, documents)
    names = [*(w.name for w in fleet.workloads), *(d.name for d in fleet.datasets)]

    each = (Workload(c.name, Resources(1, 1), classification=(c.name,)) for c in policies.classes)
    alone = Fleet("classes", tuple(each))
    unlabelled = replace(policies, guardrails=())
    by_class = Evaluation(unlabelled, regions, as_of).compiled(alone)
    return PolicyReport(
        len(regions),
        tuple(_admitted(by_class, c.name, regions) for c in policies.classes),
        tuple(_admitted(judged, name, regions) for name in names),
        tuple(_warnings(policies, judged.applied, fleet, as_of)),
    )


def _admitted(judged: Admissible, name: str, regions: Sequence[Region]) -> Admitted:
    inside = [regions[r] for r in np.flatnonzero(judged.mask(name)).tolist()]
    rules = [] if inside else _minimal(judged.rules(name))
    return Admitted(
        name,
        tuple(sorted(judged.classes(name))),
        tuple(region.id for region in inside),
        tuple(sorted({region.country for region in inside})),
        tuple(rule.words for rule in rules),
    )


def _minimal(rules: Sequence[PolicyMask]) -> list[PolicyMask]:
    """Rules whose masks still leave nothing, none of which can go."""
    core, index = list(rules), 0
    while index < len(core):
        rest = core[:index] + core[index + 1 :]
        if rest and not np.logical_and.reduce([rule.mask for rule in rest]).any():
            core = rest
        else:
            index += 1
    return core


def _warnings(policies: PolicySet, applied: Sequence[str], fleet: Fleet, as_of: date) -> list[str]:
    found = []
    for policy in policies.policies:
        if policy.valid_to is not None and policy.valid_to < as_of:
            found.append(f"policy {policy.id} ended on {policy.valid_to}")
        elif policy.valid_from is not None and as_of < policy.valid_from:
            found.append(f"policy {policy.id} begins on {policy.valid_from}")
        elif policy.id not in applied:
            found.append(f"policy {policy.id} concerns no workload and no dataset of this fleet")
        elif policy.effect is Effect.REQUIRE_COPY_IN and not fleet.datasets:
            found.append(f"policy {policy.id} wants a copy, and the fleet has no dataset")
    found += [
        f"guardrail {guardrail.id} concerns no workload of this fleet"
        for guardrail in policies.guardrails
        if guardrail.id not in applied
    ]
    names = {*(w.name for w in fleet.workloads), *(d.name for d in fleet.datasets)}
    for waiver in policies.waivers:
        if waiver.workload not in names:
            found.append(f"the waiver of {waiver.policy} ({waiver.ticket}) is for {waiver.workload}, not in this fleet")
        elif waiver.expires < as_of:
            found.append(f"the waiver of {waiver.policy} for {waiver.workload} expired on {waiver.expires}")
    return found
