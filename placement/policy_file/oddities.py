"""What is read all the same, but is likely not what was meant: rules about nothing, and what is over."""

from collections.abc import Iterator, Sequence
from datetime import date

from placement.domain.policy import Policy, Selector
from placement.policy_file.part import Part
from placement.residency.groups import countries_of, is_group
from placement.residency.iso import parents
from placement.written.nodes import KeyPath


def warn_of_oddities(parts: Sequence[Part], as_of: date) -> None:
    """Add the warnings of that day to each part."""
    named = _Named(parts, as_of)
    for part in parts:
        for index, policy in enumerate(part.facts.policies):
            named.doubt(part, ("policies", index, "when"), policy.when)
            _past(part, ("policies", index), policy, as_of)
        for index, guardrail in enumerate(part.facts.guardrails):
            named.doubt(part, ("guardrails", index, "when"), guardrail.when)
        for index, waiver in enumerate(part.facts.waivers):
            if waiver.expires < as_of:
                reason = f"expired on {waiver.expires}, so that {waiver.policy} holds again for {waiver.workload!r}"
                part.warn(("waivers", index, "expires"), reason)


class _Named:
    """The categories and subjects of all classes."""

    def __init__(self, parts: Sequence[Part], as_of: date) -> None:
        self.as_of = as_of
        classes = [each for part in parts for each in part.facts.classes]
        subjects = {word for each in classes for word in each.subjects}
        self.categories = {category for each in classes for category in each.categories}
        self.own_groups = {name for part in parts for name, _ in part.facts.groups}
        self.doubtful = self.own_groups.isdisjoint(subjects)
        """Who belongs to a group of one's own is left to the evaluation."""
        self.lands = {land for word in subjects - self.own_groups for land in self._lands(word)}
        self.around = {around for land in self.lands for around in _around(land)}

    def doubt(self, part: Part, path: KeyPath, when: Selector) -> None:
        """Warn of what no class has."""
        for index, category in enumerate(when.categories):
            if category not in self.categories:
                near = part.words.near(category, self.categories)
                part.warn((*path, "categories", index), f"no class has the category {category!r}{near}")
        for index, word in enumerate(when.subjects):
            if self.doubtful and word not in self.own_groups and not any(map(self._has, self._lands(word))):
                part.warn((*path, "subjects", index), f"no class has subjects in {word!r}")

    def _has(self, land: str) -> bool:
        """Whether it is, is a part of, or has as a part, the land of some class."""
        return land in self.around or not self.lands.isdisjoint(_around(land))

    def _lands(self, word: str) -> Iterator[str]:
        yield from countries_of(word, self.as_of) if is_group(word) else (word,)


def _around(land: str) -> Iterator[str]:
    """A country or a part of one, and what it is a part of."""
    current: str | None = land
    while current is not None:
        yield current
        current = parents().get(current) or (current[:2] if "-" in current else None)


def _past(part: Part, path: KeyPath, policy: Policy, as_of: date) -> None:
    if policy.valid_to is not None and policy.valid_to < as_of:
        part.warn((*path, "valid_to"), f"{policy.id} ended on {policy.valid_to} and no longer holds")
    for index, document in enumerate(policy.documents):
        if document.valid_to is not None and document.valid_to < as_of:
            at = (*path, policy.effect.value, "documents", index, "valid_to")
            part.warn(at, f"{document.reference!r} ended on {document.valid_to} and is no basis any more")
