"""Cases for policies: given a piece of a fleet, these regions are admitted and those are not.

policies: [gdpr.yaml]                     # paths relative to this file
as_of: 2026-11-25                         # default: today
regions:                                  # beside those of the market; what is written here counts
- {region: "own:berlin", country: DE, operator: Own, attestations: [{scheme: iso-27001, valid_from: 2026-01-01}]}
cases:
- name: personal data stays in the EEA
  given:
    workloads: [{name: web, classification: [pii-eu]}]      # as in a fleet file; resources may be left out
  when: {as_of: 2030-01-01}                                 # optional
  then:
    web: {only_in: [EEA]}                                   # exactly these of all regions
    ads: {in: ["aws:eu-central-1"], not_in: [US], because: "gdpr@3 not_allowed"}
    old: {nowhere: true, because: ["gdpr@3 not_allowed", "ru-only@1 not_allowed"]}
    orders: {copy_in: [RU]}                                 # in one of just these regions a copy must lie
    logs: {not_in: [KR], activity: backup}                  # as if a backup of it were kept there
- name: no evidence, no declassification
  given:
    datasets: [{name: orders, classification: [pii-eu]}]
    workloads: [{name: ads}]
    flows: [{from: orders, to: ads, declassify: {method: k-anonymity}}]
  then: {error: "declassify.evidence: is missing"}          # the piece of a fleet is refused in these words
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from placement.domain.errors import BadPolicies
from placement.domain.region import Region
from placement.policy_file.case_regions import read_regions
from placement.policy_file.dates import read_date
from placement.policy_file.expectations import Expected, read_expectations
from placement.policy_file.known import PROVIDERS
from placement.residency.spelling import did_you_mean
from placement.written.document import text_of, tree_of
from placement.written.fields import Fields
from placement.written.nodes import Items, Node, Scalar, Table, described
from placement.written.notes import Notes

_KEYS = "cases for policies have the keys policies and cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a file."""

    name: str
    line: int
    given: Table
    """A piece of a fleet document, as it was written."""
    as_of: date | None
    expected: tuple[Expected, ...]
    error: str | None
    """Words in which the piece of a fleet is refused; then nothing else is expected."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one file, the policies that they are about, and regions of their own."""

    path: Path
    policies: tuple[Path, ...]
    as_of: date | None
    regions: tuple[Region, ...]
    cases: tuple[Case, ...]


def read_cases(path: Path, providers: Collection[str] = ()) -> CaseFile:
    """The cases in a file; BadPolicies with all that is wrong with it.

    `providers` are those of the market, beside the ones that are always known and those of the file's own regions.
    """
    notes = Notes(str(path), BadPolicies)
    root = tree_of(text_of(path, notes), notes, _KEYS)
    with Fields(notes, root, ()) as fields:
        policies = _policies(fields, path.parent)
        as_of = read_date(fields, "as_of")
        regions = read_regions(fields)
        known = {*PROVIDERS, *providers, *(region.provider for region in regions if region.provider)}
        cases = tuple(_case(each, known) for each in fields.sections("cases", at_least=1))
    notes.settle()
    return CaseFile(path, policies, as_of, regions, cases)


def is_case_file(path: Path) -> bool:
    """Whether a document looks like cases, so that a folder may hold policies and cases side by side."""
    notes = Notes(str(path), BadPolicies)
    root = tree_of(text_of(path, notes), notes, _KEYS)
    return isinstance(root, Table) and "cases" in root.entries


def _policies(fields: Fields, folder: Path) -> tuple[Path, ...]:
    if not fields.given("policies") and isinstance(fields.node, Table):
        reason = "is missing; it must be a list of policy files, as paths relative to this file"
        fields.notes.on(fields.node, (*fields.path, "policies"), reason)
    names = fields.words("policies", at_least=1, complaint=lambda name: _no_file(folder / name, name))
    return tuple(folder / name for name in names)


def _no_file(path: Path, name: str) -> str | None:
    if path.is_file():
        return None
    if path.is_dir():
        return f"{name!r} is a folder; name a policy file in it"
    beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    near = did_you_mean(path.name, beside)
    return f"there is no policy file {name!r}; paths are relative to the file with the cases{near}"


def _case(fields: Fields, providers: Collection[str]) -> Case:
    with fields:
        name = fields.text("name")
        given = _given(fields)
        with fields.section("when") as when:
            as_of = read_date(when, "as_of")
        expected, error = read_expectations(fields, providers)
    return Case(name, fields.node.line if fields.node else 1, given, as_of, expected, error)


def _given(fields: Fields) -> Table:
    """The piece of a fleet; its lists are lists, so that what a case leaves out can be filled in."""
    path = (*fields.path, "given")
    node: Node | None = fields.node_of("given")
    if not isinstance(node, Table):
        if isinstance(fields.node, Table):
            what = "is missing; it" if node is None else f"is {described(node)}, but"
            reason = f"{what} must be a mapping: a piece of a fleet, such as workloads, datasets and flows"
            fields.notes.on(node or fields.node, path, reason)
        return Table({}, 1, 1)
    if "policies" in node.entries:
        entry = node.entries["policies"]
        reason = "stands beside `cases`, for all cases of the file; leave it out here"
        fields.notes.at(entry.line, entry.column, (*path, "policies"), reason)
    for key in ("workloads", "datasets", "flows"):
        found = node.entries.get(key)
        if found is not None and not isinstance(found.value, Items) and not _is_empty(found.value):
            reason = f"must be a list, but is {described(found.value)}"
            fields.notes.on(found.value, (*path, key), reason)
    return node


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None
