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
    old: {nowhere: true}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from placement.domain.errors import BadPolicies
from placement.domain.region import Attestation, Region
from placement.policy_file.dates import read_date, read_validity
from placement.written.document import text_of, tree_of
from placement.written.fields import Fields
from placement.written.nodes import Items, Node, Scalar, Table, described
from placement.written.notes import Notes


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one workload or dataset; place words."""

    subject: str
    only_in: tuple[str, ...] | None = None
    """Exactly the regions there."""
    admitted: tuple[str, ...] = ()
    """All regions there, and maybe more."""
    refused: tuple[str, ...] = ()
    """None of the regions there."""
    nowhere: bool = False
    because: str | None = None
    """`policy@version code` that is among the reasons of each refused region."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a file."""

    name: str
    line: int
    given: Mapping[str, Any]
    """A piece of a fleet document."""
    as_of: date | None
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one file, the policies that they are about, and regions of their own."""

    path: Path
    policies: tuple[Path, ...]
    as_of: date | None
    regions: tuple[Region, ...]
    cases: tuple[Case, ...]


def read_cases(path: Path) -> CaseFile:
    """The cases in a file; BadPolicies with all that is wrong with it."""
    notes = Notes(str(path), BadPolicies)
    root = tree_of(text_of(path, notes), notes, "cases for policies have the keys policies and cases")
    with Fields(notes, root, ()) as fields:
        policies = fields.words("policies", at_least=1)
        read = CaseFile(
            path,
            tuple(path.parent / name for name in policies),
            read_date(fields, "as_of"),
            tuple(map(_region, fields.sections("regions"))),
            tuple(map(_case, fields.sections("cases", at_least=1))),
        )
    notes.settle()
    return read


def is_case_file(path: Path) -> bool:
    """Whether a document looks like cases, so that a folder may hold policies and cases side by side."""
    notes = Notes(str(path), BadPolicies)
    root = tree_of(text_of(path, notes), notes, "")
    return isinstance(root, Table) and "cases" in root.entries


def _region(fields: Fields) -> Region:
    with fields:
        provider, _, name = fields.text("region", _no_region).partition(":")
        return Region(
            provider,
            name,
            country=fields.text("country"),
            continent=fields.optional_text("continent"),
            partition=fields.optional_text("partition"),
            subdivision=fields.optional_text("subdivision"),
            operator=fields.optional_text("operator"),
            operator_country=fields.optional_text("operator_country"),
            parent_country=fields.optional_text("parent_country"),
            attestations=tuple(map(_attestation, fields.sections("attestations"))),
        )


def _no_region(word: str) -> str | None:
    provider, colon, name = word.partition(":")
    return None if provider and colon and name else f"{word[:60]!r} is no region; write provider:region"


def _attestation(fields: Fields) -> Attestation:
    with fields:
        scheme = fields.text("scheme")
        since, until = read_validity(fields)
        if since is None and fields.notes.sound(fields.path):
            fields.notes.on(fields.node or _NOWHERE, fields.path, "valid_from is missing; since when does it hold?")
    return Attestation(scheme, since or date.min, until)


_NOWHERE = Scalar(None, 1, 1)


def _case(fields: Fields) -> Case:
    with fields:
        name = fields.text("name")
        given = plain(fields.node_of("given"))
        if not isinstance(given, dict):
            fields.notes.on(fields.node or _NOWHERE, (*fields.path, "given"), "must be a mapping: a piece of a fleet")
            given = {}
        when = fields.section("when")
        with when:
            as_of = read_date(when, "as_of")
        expected = _expected(fields)
    return Case(name, fields.node.line if fields.node else 1, given, as_of, expected)


def _expected(fields: Fields) -> tuple[Expected, ...]:
    node, path = fields.node_of("then"), (*fields.path, "then")
    if not isinstance(node, Table) or not node.entries:
        what = described(node) if node else "missing"
        reason = f"must name a workload or dataset and where it may lie, but is {what}"
        fields.notes.on(node or fields.node or _NOWHERE, path, reason)
        return ()
    found = []
    for subject, entry in node.entries.items():
        with Fields(fields.notes, entry.value, (*path, subject)) as own:
            only_in = own.words("only_in") if own.given("only_in") else None
            expected = Expected(
                subject,
                only_in,
                own.words("in"),
                own.words("not_in"),
                own.flag("nowhere", False),
                own.optional_text("because"),
            )
            found.append(expected)
        if only_in is None and not (expected.admitted or expected.refused or expected.nowhere):
            fields.notes.on(entry.value, (*path, subject), "expects nothing; use only_in, in, not_in or nowhere")
    return tuple(found)


def plain(node: Node | None) -> Any:
    """The value as Python has it, without the places in the text."""
    match node:
        case Table():
            return {key: plain(entry.value) for key, entry in node.entries.items()}
        case Items():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.value
    return None
