"""A policy document is a set of policies, and the texts that they were written in, for later checks to point into."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

from placement.domain.errors import BadPolicies, Flaw
from placement.domain.policy import PolicySet
from placement.policy_file.agreement import check_agreement
from placement.policy_file.known import Known
from placement.policy_file.oddities import warn_of_oddities
from placement.policy_file.part import Part, read_part, settle
from placement.policy_file.words import Words
from placement.policy_file.written_policies import canonical
from placement.written.document import text_of, tree_of
from placement.written.nodes import KeyPath
from placement.written.notes import Notes, in_order

Kind: TypeAlias = Literal["classes", "policies", "guardrails", "waivers", "groups"]

_KEYS = "a policy file has the keys classes, policies, guardrails, waivers and groups"


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """Policies that were read, and where each of them stands."""

    policies: PolicySet
    """In its canonical form, with its digest."""
    sources: tuple[str, ...]
    """File names, or what the documents are called where they have none."""
    warnings: tuple[str, ...] = ()
    """What is odd, each with its file, line and column."""
    places: Mapping[tuple[Kind, str], tuple[Part, KeyPath]] = field(repr=False, compare=False, kw_only=True)

    def flaw_at(self, kind: Kind, name: str, reason: str, within: KeyPath = ()) -> Flaw:
        """A flaw in what has this name, or in what `within` leads to from there, such as ("when", "labels").

        A waiver is named by its policy and its workload, `gdpr/legacy`. What has no such name is flawed as a whole.
        """
        found = self.places.get((kind, name))
        if found is None:
            return Flaw(", ".join(self.sources) or "policies", None, None, "", reason)
        part, path = found
        return part.flaw_at((*path, *within), reason)


def read_policies(paths: Sequence[Path], as_of: date, providers: Collection[str] = ()) -> PolicyDocument:
    """The policies in YAML or JSON files; BadPolicies with all that is wrong with them, in all of them.

    `providers` are those of a catalog, beside the ones that are always known. Warnings are about the day `as_of`.
    """
    notes = [Notes(str(path), BadPolicies) for path in paths]
    texts: list[str] = []
    for path, each in zip(paths, notes, strict=True):
        try:
            texts.append(text_of(path, each))
        except BadPolicies as error:
            each.flaws[:] = error.flaws
    settle(notes)
    return _read(notes, texts, as_of, providers)


def parse_policies(texts: Sequence[tuple[str, str]], as_of: date, providers: Collection[str] = ()) -> PolicyDocument:
    """The policies in (source, text) pairs of YAML or JSON; as `read_policies`."""
    return _read([Notes(source, BadPolicies) for source, _ in texts], [text for _, text in texts], as_of, providers)


def _read(notes: Sequence[Notes], texts: Sequence[str], as_of: date, providers: Collection[str]) -> PolicyDocument:
    roots = []
    for each, text in zip(notes, texts, strict=True):
        try:
            roots.append(tree_of(text, each, _KEYS))
        except BadPolicies as error:
            each.flaws[:] = error.flaws
    if len(roots) < len(notes):
        # Without one of the files, what the others say cannot be judged.
        settle(notes)
    known = Known.of(roots, providers)
    parts = [read_part(root, Words(each, known)) for root, each in zip(roots, notes, strict=True)]
    check_agreement(parts)
    settle(notes)
    warn_of_oddities(parts, as_of)
    return PolicyDocument(
        policies=canonical(_together(parts)),
        sources=tuple(each.source for each in notes),
        warnings=tuple(str(flaw) for part in parts for flaw in sorted(part.words.odd, key=in_order)),
        places=_places(parts),
    )


def _together(parts: Sequence[Part]) -> PolicySet:
    facts = [part.facts for part in parts]
    return PolicySet(
        classes=tuple(each for part in facts for each in part.classes),
        policies=tuple(each for part in facts for each in part.policies),
        guardrails=tuple(each for part in facts for each in part.guardrails),
        waivers=tuple(each for part in facts for each in part.waivers),
        groups=tuple(each for part in facts for each in part.groups),
    )


def _places(parts: Sequence[Part]) -> dict[tuple[Kind, str], tuple[Part, KeyPath]]:
    places: dict[tuple[Kind, str], tuple[Part, KeyPath]] = {}
    for part in parts:
        facts = part.facts
        named: list[tuple[Kind, str, str | int]] = [
            *(("classes", each.name, each.name) for each in facts.classes),
            *(("policies", each.name, index) for index, each in enumerate(facts.policies)),
            *(("guardrails", each.name, index) for index, each in enumerate(facts.guardrails)),
            *(("waivers", f"{each.policy}/{each.workload}", index) for index, each in enumerate(facts.waivers)),
            *(("groups", name, name) for name, _ in facts.groups),
        ]
        for kind, name, key in named:
            places.setdefault((kind, name), (part, (kind, key)))
    return places
