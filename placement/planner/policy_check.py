"""A fleet and its policies are looked over before anything is placed: what is odd, and what is left of the map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from placement.domain.fleet import Fleet, Resources, Workload
from placement.domain.policy import PolicySet
from placement.domain.region import Region
from placement.fleet_file import to_document
from placement.planner.fixed_places import refusals
from placement.planner.minimal import minimal
from placement.planner.policy_doubts import doubts
from placement.residency.admissible import Admissible
from placement.residency.evaluation import Evaluation

if TYPE_CHECKING:
    from placement.policy_file import PolicyDocument


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
    refusals: tuple[str, ...]
    """What cannot be whatever is chosen, in words: data that lie where they may not, copies that may lie nowhere."""
    warnings: tuple[str, ...]
    """Those of reading first, each with file, line and column."""


def check_policies(document: "PolicyDocument", fleet: Fleet, regions: Sequence[Region], as_of: date) -> PolicyReport:
    """Evaluate the fleet, and each class alone."""
    policies = document.policies
    documents = {workload["name"]: workload for workload in to_document(fleet)["workloads"]}
    judged = Evaluation(policies, regions, as_of).compiled(fleet, documents)
    return PolicyReport(
        regions=len(regions),
        classes=admitted_by_class(policies, regions, as_of),
        subjects=tuple(_admitted(judged, name) for name in judged.subjects),
        refusals=tuple(refusals(judged, fleet)),
        warnings=(*document.warnings, *doubts(document, fleet, judged, as_of)),
    )


def admitted_by_class(policies: PolicySet, regions: Sequence[Region], as_of: date) -> tuple[Admitted, ...]:
    """Each class by itself, as of a workload that computes with it."""
    by_class = _each_class(policies, regions, as_of)
    return tuple(_admitted(by_class, each.name) for each in policies.classes)


def _each_class(policies: PolicySet, regions: Sequence[Region], as_of: date) -> Admissible:
    """A workload of each class, of the same name, without waivers and guardrails, which are about named ones."""
    each = (Workload(c.name, Resources(1, 1), classification=(c.name,)) for c in policies.classes)
    return Evaluation(replace(policies, guardrails=(), waivers=()), regions, as_of).compiled(
        Fleet("classes", tuple(each))
    )


def _admitted(judged: Admissible, name: str) -> Admitted:
    mask = judged.mask(name)
    inside = [judged.regions[r] for r in np.flatnonzero(mask).tolist()]
    rules = [] if inside else minimal(judged.rules(name), np.ones_like(mask))
    return Admitted(
        name,
        tuple(sorted(judged.classes(name))),
        tuple(region.id for region in inside),
        tuple(sorted({region.country for region in inside})),
        tuple(rule.words for rule in rules),
    )
