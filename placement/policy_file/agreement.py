"""The files of a set agree: each name means one thing, and what is named is there."""

from collections.abc import Iterable, Mapping, Sequence

from placement.domain.policy import Dimension, PolicySet
from placement.policy_file.canonical import ordered
from placement.policy_file.group_graph import check_cycles, groups_beyond
from placement.policy_file.part import Part
from placement.residency.groups import is_group
from placement.residency.iso import countries, subdivisions
from placement.written.nodes import KeyPath

_COUNTRIES = (Dimension.OPERATOR_COUNTRY, Dimension.PARENT_COUNTRY)


def check_agreement(parts: Sequence[Part]) -> None:
    """Note what does not agree, passing over what is wrong already."""
    _definitions(parts)
    _spellings(parts)
    check_cycles(parts)
    _rules(parts)
    _waivers(parts)
    _groups_for_countries(parts)


def _definitions(parts: Sequence[Part]) -> None:
    """A class or a group may stand in several files if it is the same in all of them."""
    first: dict[tuple[str, str], tuple[object, Part]] = {}
    for part in parts:
        own = ordered(PolicySet(classes=part.facts.classes, groups=part.facts.groups))
        named: Iterable[tuple[str, str, object]] = (
            *(("classes", each.name, each) for each in own.classes),
            *(("groups", name, members) for name, members in own.groups),
        )
        for kind, name, meaning in named:
            path = (kind, name)
            if not part.notes.sound(path):
                continue
            known, home = first.setdefault(path, (meaning, part))
            if known != meaning:
                word = "class" if kind == "classes" else "group"
                reason = f"the {word} {name!r} means something else in {home.where(path)}; make them alike or keep one"
                part.flaw(path, reason)


def _spellings(parts: Sequence[Part]) -> None:
    """Shipped groups may be written in any case of letters, so groups that differ in nothing else would mislead."""
    first: dict[str, tuple[str, Part]] = {}
    for part in parts:
        for name, _ in part.facts.groups:
            path = ("groups", name)
            other, home = first.setdefault(name.lower(), (name, part))
            if other != name and part.notes.sound(path):
                where = home.where(("groups", other))
                part.flaw(path, f"differs from {other!r} in {where} in upper and lower case only; choose another name")


def _rules(parts: Sequence[Part]) -> None:
    """A waiver and a reason name a rule, so that a set has each name once, in one version."""
    first: dict[str, tuple[str, str]] = {}
    for part in parts:
        named: Iterable[tuple[KeyPath, str, str]] = (
            *((("policies", index, "name"), each.name, each.id) for index, each in enumerate(part.facts.policies)),
            *((("guardrails", index, "name"), each.name, each.id) for index, each in enumerate(part.facts.guardrails)),
        )
        for path, name, rule in named:
            if not name or not part.notes.sound(path):
                continue
            if name not in first:
                first[name] = rule, part.where(path)
                continue
            other, where = first[name]
            reason = f"stands for {rule} here and for {other} in {where}; keep one, a set has each name once"
            part.flaw(path, reason)


def _waivers(parts: Sequence[Part]) -> None:
    names = {policy.name for part in parts for policy in part.facts.policies}
    names |= {guardrail.name for part in parts for guardrail in part.facts.guardrails}
    for part in parts:
        for index, waiver in enumerate(part.facts.waivers):
            path: KeyPath = ("waivers", index, "policy")
            if waiver.policy and waiver.policy not in names and part.notes.sound(path):
                near = part.words.near(waiver.policy, names)
                part.flaw(path, f"there is no policy or guardrail {waiver.policy[:80]!r}{near}")


def _groups_for_countries(parts: Sequence[Part]) -> None:
    """A group of one's own may stand for countries only if it has no other members."""
    beyond = groups_beyond(parts, lambda word: is_group(word) or word in countries())
    beyond_subjects = groups_beyond(parts, lambda word: is_group(word) or word in countries() or word in subdivisions())
    for part in parts:
        for each in part.facts.classes:
            _no_members_beyond(part, ("classes", each.name, "subjects"), each.subjects, beyond_subjects)
        for index, policy in enumerate(part.facts.policies):
            path: KeyPath = ("policies", index)
            _no_members_beyond(part, (*path, "when", "subjects"), policy.when.subjects, beyond_subjects)
            for dimension, words in policy.terms:
                if dimension in _COUNTRIES:
                    _no_members_beyond(part, (*path, policy.effect.value, dimension.value), words, beyond)
        for index, guardrail in enumerate(part.facts.guardrails):
            path = ("guardrails", index, "when", "subjects")
            _no_members_beyond(part, path, guardrail.when.subjects, beyond_subjects)


def _no_members_beyond(part: Part, path: KeyPath, words: Sequence[str], beyond: Mapping[str, str]) -> None:
    for index, word in enumerate(words):
        if word in beyond and part.notes.sound(path):
            part.flaw((*path, index), f"the group {word!r} has {beyond[word]!r} as a member, which is no country")
