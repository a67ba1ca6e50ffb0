"""The verdict on the pods of one shape: which kinds of nodes are refused, in words, and what each of the others costs.

Law and rules are those of the optimizer: policies, places, instance types, capacity types, deadlines, and what ties a
workload to its data. Whether a node has room, the scheduler knows better.

Letters of the array shapes: K kinds of nodes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from placement.domain.errors import BadFleet
from placement.domain.fleet import Dataset, Fleet, Workload
from placement.fleet_file import FleetDocument, check_places, to_document
from placement.kubernetes.costs import Stay, follows, monthly_usd, stays
from placement.kubernetes.demand import demand_of, in_words
from placement.kubernetes.ground import Ground
from placement.kubernetes.names import OWN
from placement.kubernetes.offers import Offers
from placement.kubernetes.shape import BadPod, PodShape
from placement.market.shortlist import Screen, Screened
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.couplings.reach import Reach
from placement.optimizer.constraints.datasets import rules_of_data
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.problem import Problem
from placement.residency.wording import asks

if TYPE_CHECKING:
    from placement.residency.admissible import Admissible, PolicyMask

_OF_MACHINES = frozenset(("resources", "gpus", "min_zones", "freshness"))
"""Rules that the scheduler keeps by itself, and the one about old prices, which count as not known."""
OF_NODES = tuple(screen for screen in SCREENS if screen.name not in _OF_MACHINES)
"""Rules about a node."""
OF_REGIONS = tuple(screen for screen in OF_NODES if screen.axis == "region")
"""Those of them that are about where it is, whatever machine it is."""

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Verdict:
    """On every kind of node."""

    refusals: tuple[str, ...]
    """Why pods of the shape may not be there, empty where they may; shape (K,)."""
    usd: NDArray[np.float64]
    """What one pod adds to the month's bill, infinite where it may not be or where that is not known; shape (K,)."""
    of_strangers: str
    """Why pods may not be on a node of which nothing is known, empty where they may."""


def judged(shape: PodShape, ground: Ground, offers: Offers, screens: Sequence[Screen] = OF_NODES) -> Verdict:
    """Never raises for what a pod says: what cannot be judged is refused everywhere."""
    try:
        fleet = read(shape, ground).fleet
    except BadPod as error:
        return refused_everywhere(str(error), offers)
    problem = Problem(
        fleet,
        offers.shared(shape.vcpus, shape.memory_gib, shape.gpus),
        ground.day,
        _residency(fleet, shape, ground),
    )
    among, refusals = stays(problem, offers), [""] * len(offers.kinds)
    for mask, words in _refusals(problem, offers, among, screens):
        for kind in np.flatnonzero(mask).tolist():
            refusals[kind] = refusals[kind] or words
    limits = _limits(problem)
    if limits and (lost := [each.name for each in shape.volumes if not each.at and not each.follows]):
        claim = f"annotate its claim with {OWN}at"
        return refused_everywhere(f"nobody knows where the data of {lost[0]} lie ({claim}), but {limits}", offers)
    for kind, doubt in enumerate(offers.places.doubts):
        if limits and not offers.is_known[kind]:
            refusals[kind] = refusals[kind] or f"nobody knows where the node is ({doubt}), but {limits}"
    strangers = f"the node is not known yet, but {limits}" if limits else ""
    admitted = np.array([not words for words in refusals], np.bool_)
    return Verdict(tuple(refusals), monthly_usd(problem, offers, among, admitted), strangers)


def refused_everywhere(words: str, offers: Offers) -> Verdict:
    """No node may have the pod."""
    kinds = len(offers.kinds)
    return Verdict((words,) * kinds, np.full(kinds, np.inf), words)


def read(shape: PodShape, ground: Ground) -> FleetDocument:
    """The pod as a fleet; raises BadPod for what its annotations say wrongly, and for classes that are not defined."""
    document = demand_of(shape)
    try:
        check_places(document, ground.catalog)
    except BadFleet as error:
        raise in_words(error, shape) from None
    facts: tuple[Workload | Dataset, ...] = (*document.fleet.workloads, *document.fleet.datasets)
    for fact in facts:
        ground.check_classes(fact.name, fact.classification)
    return document


def _residency(fleet: Fleet, shape: PodShape, ground: Ground) -> "Admissible | None":
    policies = ground.policies.policies
    if not policies.policies and not policies.guardrails:
        return None
    documents = {each["name"]: each for each in to_document(fleet)["workloads"]} if policies.guardrails else {}
    pods = {shape.workload: msgspec.json.decode(shape.document)} if shape.document else {}
    return ground.evaluation.compiled(fleet, documents, pods)


def _refusals(
    problem: Problem, offers: Offers, among: Sequence[Stay], screens: Sequence[Screen]
) -> Iterator[tuple[_Mask, str]]:
    """Which kinds are refused, shape (K,), and why: the law first."""
    columns, known, workload = problem.catalog.offerings, offers.is_known, problem.fleet.workloads[0]
    if problem.residency is not None:
        for rule in problem.residency.rules(workload.name):
            yield known & ~rule.mask[columns.region], _words(problem.residency, workload.name, rule)
    for dataset in problem.fleet.datasets:
        for about, mask in rules_of_data(problem, dataset):
            if follows(dataset):
                yield known & ~mask[columns.region], f"{dataset.name}: {about.reason}"
                continue
            for region in dataset.at:
                if not mask[problem.region(region)]:
                    yield np.ones_like(known), f"{dataset.name} lies in {region}, but {about.reason}"
    screened = Screened(workload, problem.catalog, screens, problem.as_of)
    for screen, mask in screened.masks:
        by_kind = ~screened.over_offerings(screen, mask)
        yield by_kind & known if screen.axis == "region" else by_kind, f"{screen.name}: {screen.asks(workload)}"
    for stay in among:
        for coupling in COUPLINGS:
            # A flow without a tariff has no known price, which is no reason to refuse.
            if math.isfinite(stay.egress_usd) or not isinstance(coupling, Reach):
                for words in coupling.violations(problem, stay.placement):
                    yield known & (columns.region == stay.region), words


def _words(residency: "Admissible", name: str, rule: "PolicyMask") -> str:
    """The policy in words, the same for all regions that it refuses, and where the class comes from."""
    region = int(np.flatnonzero(~rule.mask)[0])
    via = next((each.via for each in residency.reasons(name, region) if each.policy == rule.policy), ())
    return f"{rule.words}; {via[0]} comes from {via[1]}" if via else rule.words


def _limits(problem: Problem) -> str:
    """Why it must be known where a pod and its data are; empty where any place will do."""
    if problem.residency is not None:
        for name in (problem.fleet.workloads[0].name, *(each.name for each in problem.fleet.datasets if follows(each))):
            if refusals := problem.residency.refusals.get(name):
                return str(refusals[0])
            if limiting := problem.residency.limiting(name):
                return asks(limiting[0])
    workload = problem.fleet.workloads[0]
    if workload.places.allow or workload.places.deny:
        return next(f"{screen.name}: {screen.asks(workload)}" for screen in SCREENS if screen.name == "places")
    return ""
