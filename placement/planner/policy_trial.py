"""A change of policies is tried on what is in force before it is saved: what would it refuse, and admit where?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from placement.domain.errors import BadPolicies, Flaw
from placement.domain.fleet import Fleet
from placement.domain.policy import PolicySet
from placement.fleet_file import parse_fleet
from placement.market.catalog import Catalog
from placement.planner.judging import judged_by
from placement.planner.policy_check import Admitted, admitted_by_class
from placement.planner.stored_policies import stored_name
from placement.policy_file import PolicyDocument, parse_policies
from placement.residency.admissible import Admissible

if TYPE_CHECKING:
    from placement.store.documents import StoredDocument
    from placement.store.standings import Standing

Texts = Mapping[str, str]
"""Files of policies by name."""


@dataclass(frozen=True, slots=True)
class RefusedPlace:
    """A workload or dataset that lies where it no longer might."""

    subject: str
    region: str
    reasons: tuple[str, ...]
    was_refused: bool
    """By what is stored now, already."""


@dataclass(frozen=True, slots=True)
class FleetTrial:
    """What becomes of one fleet that names the file."""

    fleet: str
    decision: str
    refused: tuple[RefusedPlace, ...] = ()
    nowhere: tuple[str, ...] = ()
    """Workloads and datasets that no region of the market would admit."""
    flaws: tuple[Flaw, ...] = ()
    """Why the policies of the fleet would not read together."""


@dataclass(frozen=True, slots=True)
class ClassChange:
    """Regions that all stored policies together admit for a data class."""

    name: str
    before: Admitted | None
    """None: the class is new."""
    after: Admitted | None
    """None: the class is no more."""

    @property
    def lost(self) -> tuple[str, ...]:
        """Regions that are admitted no longer."""
        return _without(self.before, self.after)

    @property
    def gained(self) -> tuple[str, ...]:
        """Regions that are admitted from then on."""
        return _without(self.after, self.before)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change would do."""

    document: PolicyDocument
    """The file by itself."""
    classes: tuple[ClassChange, ...]
    fleets: tuple[FleetTrial, ...]
    """Those in force that name the file."""
    flaws: tuple[Flaw, ...] = ()
    """Why it would not read together with all else that is stored; then there are no classes."""


def try_policies(
    name: str,
    text: str,
    stored: "Sequence[StoredDocument]",
    standings: "Sequence[Standing]",
    catalog: Catalog,
    as_of: date,
) -> Trial:
    """The file `name` with this text in place of what is stored, on that day; raises BadPolicies if it is none."""
    document = parse_policies([(name, text)], as_of, catalog.providers)
    before = {each.name: each.content_json for each in stored if each.content_json is not None}
    after = {**before, name: text}
    fleets = tuple(
        trial
        for standing in standings
        if (trial := _fleet_trial(name, before, after, standing, catalog, as_of)) is not None
    )
    try:
        classes = _class_changes(
            _read(before, before, catalog, as_of), _read(after, after, catalog, as_of), catalog, as_of
        )
    except BadPolicies as error:
        return Trial(document, (), fleets, error.flaws)
    return Trial(document, classes, fleets)


def _fleet_trial(
    name: str, before: Texts, after: Texts, standing: "Standing", catalog: Catalog, as_of: date
) -> FleetTrial | None:
    """None for a fleet that does not name the file, or lies nowhere."""
    kept = standing.in_force
    if kept is None:
        return None
    fleet = parse_fleet(json.dumps(json.loads(kept.request_json)["fleet"]), "stored decision").fleet
    names = [stored_name(entry) for entry in fleet.policies]
    if name not in names:
        return None
    try:
        judged = judged_by(_read(after, names, catalog, as_of), fleet, catalog, as_of)
    except BadPolicies as error:
        return FleetTrial(kept.fleet_name, kept.id, flaws=error.flaws)
    assert judged is not None
    return FleetTrial(
        kept.fleet_name,
        kept.id,
        tuple(
            _refused(json.loads(kept.answer_json), judged, _judged_now(before, names, fleet, catalog, as_of), catalog)
        ),
        tuple(subject for subject in judged.subjects if not judged.mask(subject).any()),
    )


def _judged_now(before: Texts, names: Sequence[str], fleet: Fleet, catalog: Catalog, as_of: date) -> Admissible | None:
    """None where what is stored does not judge the fleet."""
    try:
        return judged_by(_read(before, names, catalog, as_of), fleet, catalog, as_of)
    except BadPolicies:
        return None


def _refused(
    answer: Mapping[str, Any], after: Admissible, before: Admissible | None, catalog: Catalog
) -> Sequence[RefusedPlace]:
    lying = [
        *((placed["workload"], part["region"]) for placed in answer["placements"] for part in placed["assignments"]),
        *((placed["dataset"], region) for placed in answer["datasets"] for region in placed["regions"]),
    ]
    found = []
    for subject, region in dict.fromkeys(lying):
        index = catalog.region_index.get(region)
        if index is not None and not after.mask(subject)[index]:
            reasons = tuple(str(reason) for reason in after.reasons(subject, index))
            was = before is not None and not before.mask(subject)[index]
            found.append(RefusedPlace(subject, region, reasons, was))
    return found


def _class_changes(before: PolicySet, after: PolicySet, catalog: Catalog, as_of: date) -> tuple[ClassChange, ...]:
    was = {each.name: each for each in admitted_by_class(before, catalog.regions, as_of)}
    would = {each.name: each for each in admitted_by_class(after, catalog.regions, as_of)}
    return tuple(ClassChange(name, was.get(name), would.get(name)) for name in sorted({*was, *would}))


def _read(texts: Texts, names: "Sequence[str] | Texts", catalog: Catalog, as_of: date) -> PolicySet:
    """Those of these names that there are, together; raises BadPolicies."""
    found = [(name, texts[name]) for name in names if name in texts]
    return parse_policies(found, as_of, catalog.providers).policies


def _without(some: Admitted | None, others: Admitted | None) -> tuple[str, ...]:
    left_out = set(others.regions) if others else set()
    return tuple(region for region in some.regions if region not in left_out) if some else ()
