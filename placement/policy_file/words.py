"""A word of a policy names a place, a country, a partition, a provider or a class that is known, or it is refused."""

import re
from collections.abc import Collection, Iterable, Iterator

from placement.domain.errors import Flaw
from placement.policy_file.known import Known
from placement.residency.groups import CONTINENTS, GROUPS, is_group
from placement.residency.iso import countries, country_for, subdivisions
from placement.residency.places import has_wildcards, parse_place
from placement.written.fields import Fields, as_text
from placement.written.nodes import Items, KeyPath, Node, Scalar, written
from placement.written.notes import Notes

_MOST_CANDIDATES = 5000
"""Of more names than this the nearest is not looked for: that would take seconds."""

_NAMES_SHOWN = 12

_PROVIDER_LIKE = re.compile(r"[a-z*?\[][a-z0-9_.*?!\[\]-]*")
_REGION_LIKE = re.compile(r"[^\s:,]+")


class Words:
    """The words of one file: complaints about those that are not known, warnings about those that are odd."""

    def __init__(self, notes: Notes, known: Known) -> None:
        self.notes, self.known = notes, known
        self.odd: list[Flaw] = []
        """What is used all the same."""
        self._operators = {name.casefold() for name in known.operators}
        own = sorted(known.groups)
        self._groups = ", ".join((*GROUPS, *own[:_NAMES_SHOWN]))
        self._country_words = (*GROUPS, *own)
        self._place_words = (*self._country_words, *CONTINENTS, *known.providers, *known.partitions)

    def near(self, word: str, names: Collection[str]) -> str:
        """`; did you mean 'x'?` or nothing."""
        return self.notes.suggest(word, names) if len(names) <= _MOST_CANDIDATES else ""

    def warn(self, node: Node, path: KeyPath, reason: str) -> None:
        """Something is odd with this value."""
        self.odd.append(Flaw(self.notes.source, node.line, node.column, written(path), reason))

    def places(self, fields: Fields, key: str) -> tuple[str, ...]:
        """The place words under a key, one at least, in their own spelling."""
        words = fields.words(key, complaint=self.no_place, at_least=1)
        for path, node in _written(fields, key):
            self._doubt_provider(node, path)
        return _spelled(words)

    def place(self, node: Node, path: KeyPath) -> str | None:
        """One place word in its own spelling; None, with a note, where it is something else."""
        word = as_text(self.notes, node, path, self.no_place)
        self._doubt_provider(node, path)
        return None if word is None else own_spelling(word)

    def countries(self, fields: Fields, key: str) -> tuple[str, ...]:
        """The countries and groups under a key, one at least, in their own spelling."""
        return _spelled(fields.words(key, complaint=self.no_country, at_least=1))

    def subjects(self, fields: Fields, key: str) -> tuple[str, ...]:
        """Whose data: the countries, parts of countries and groups under a key, in their own spelling."""
        return _spelled(fields.words(key, complaint=self.no_subject, at_least=1))

    def operators(self, fields: Fields, key: str) -> tuple[str, ...]:
        """The companies under a key, one at least, which may be any."""
        words = fields.words(key, at_least=1)
        for path, node in _written(fields, key):
            self._doubt_operator(node, path)
        return words

    def no_place(self, word: str) -> str | None:
        """Complains of what is no place word."""
        if word in self.known.groups or word in self.known.partitions:
            return None
        if ":" in word:
            return self._no_regions(word)
        try:
            parse_place(word, self.known.providers, suggest=False)
        except ValueError:
            return (
                f"{word[:80]!r} is no place: use a provider ({_listed(self.known.providers)}), provider:region "
                "(gcp:europe-*), an ISO 3166 country (DE) or subdivision (CA-QC), "
                f"a group ({self._groups}), a continent ({', '.join(CONTINENTS)}) "
                f"or a partition (aws-us-gov){self._near_place(word)}"
            )
        return None

    def no_country(self, word: str) -> str | None:
        """Complains of what is neither a country nor a group."""
        if word in self.known.groups or is_group(word) or word in countries():
            return None
        groups, near = self._groups, self._near_country(word)
        return f"{word[:80]!r} is no country: use an ISO 3166 code (DE) or a group ({groups}){near}"

    def no_subject(self, word: str) -> str | None:
        """Complains of what is neither a country nor a part of one nor a group."""
        return None if word in subdivisions() else self.no_country(word)

    def no_provider(self, word: str) -> str | None:
        """Complains of what is no provider."""
        return self._not_among("provider", word, self.known.providers)

    def no_partition(self, word: str) -> str | None:
        """Complains of what is no partition."""
        return self._not_among("partition", word, self.known.partitions)

    def no_class(self, word: str) -> str | None:
        """Complains of what no file defines as a class."""
        if word in self.known.classes:
            return None
        return f"no file defines the class {word[:80]!r}{self.near(word, self.known.classes)}"

    def _not_among(self, kind: str, word: str, known: frozenset[str]) -> str | None:
        if word in known:
            return None
        return f"there is no {kind} {word[:80]!r}, known are {_listed(known)}{self.near(word, known)}"

    def _no_regions(self, word: str) -> str | None:
        provider, _, name = word.partition(":")
        if not provider or not _REGION_LIKE.fullmatch(name):
            return f"{word[:80]!r} is no place: regions are written provider:region, such as gcp:europe-*"
        if provider in self.known.providers or _PROVIDER_LIKE.fullmatch(provider):
            return None
        near = self.near(provider, self.known.providers)
        return f"{word[:80]!r} is no place: a provider is written in lower case, such as gcp:europe-*{near}"

    def _doubt_provider(self, node: Node, path: KeyPath) -> None:
        """Other providers may be in a catalog, but one that differs little from a known one is a slip of the pen."""
        provider, colon, _ = _text(node).partition(":")
        if colon and not has_wildcards(provider) and provider not in self.known.providers:
            near = self.near(provider, self.known.providers)
            if near:
                self.warn(node, path, f"the provider {provider[:80]!r} is not known{near}")

    def _doubt_operator(self, node: Node, path: KeyPath) -> None:
        """The same for companies, whose names are compared in any case of letters."""
        name = _text(node)
        if not has_wildcards(name) and name.casefold() not in self._operators:
            near = self.near(name, self.known.operators)
            if near:
                self.warn(node, path, f"the operator {name[:80]!r} is not known{near}")

    def _near_country(self, word: str) -> str:
        code = word.upper() if word.upper() in countries() else country_for(word)
        return f"; did you mean {code!r}?" if code else self.near(word, self._country_words)

    def _near_place(self, word: str) -> str:
        code = word.upper() if word.upper() in countries() or word.upper() in subdivisions() else country_for(word)
        return f"; did you mean {code!r}?" if code else self.near(word, self._place_words)


def own_spelling(word: str) -> str:
    """`EU` for `eu`, `europe` for `Europe`; other words as they are."""
    return parse_place(word, ()).word if is_group(word) or word.lower() in CONTINENTS else word


def _spelled(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(own_spelling, words)))


def _written(fields: Fields, key: str) -> Iterator[tuple[KeyPath, Node]]:
    """The parts of a list, or the single value in its place."""
    node, path = fields.node_of(key), (*fields.path, key)
    if isinstance(node, Items):
        yield from (((*path, index), part) for index, part in enumerate(node.items))
    elif node is not None:
        yield path, node


def _text(node: Node) -> str:
    return node.value.strip() if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - _NAMES_SHOWN} more" if len(shown) > _NAMES_SHOWN else ""
    return ", ".join(shown[:_NAMES_SHOWN]) + more
