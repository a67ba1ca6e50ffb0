"""What a word of a policy means on a day: shipped groups, the users' own groups, and all other place words.

The words of law come first, as in `places`: shipped groups, continents and ISO codes, then the users' own groups, then
providers and partitions.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fnmatch import translate
from typing import Literal, TypeAlias

from placement.domain.policy import GroupMember, PolicySet
from placement.domain.region import Region
from placement.residency.groups import CONTINENTS, countries_of, is_group
from placement.residency.iso import countries, parents, subdivisions
from placement.residency.operators import provider_of
from placement.residency.truth import Truth, any_of

Kind: TypeAlias = Literal["regions", "group", "continent", "country", "subdivision", "own group", "cloud"]

_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


class Vocabulary:
    """The words of one set of policies on one day."""

    def __init__(self, policies: PolicySet, as_of: date) -> None:
        self.as_of = as_of
        self._own: Mapping[str, tuple[GroupMember, ...]] = dict(policies.groups)
        self._tests: dict[str, Callable[[Region], Truth]] = {}
        self._codes: dict[str, frozenset[str] | None] = {}
        self._same_people: dict[tuple[str, str], bool] = {}

    def kind(self, word: str) -> Kind:
        """What sort of word this is."""
        if ":" in word:
            return "regions"
        if is_group(word):
            return "group"
        if word.lower() in CONTINENTS:
            return "continent"
        if _COUNTRY.fullmatch(word) and word in countries():
            return "country"
        if _SUBDIVISION.fullmatch(word) and word in subdivisions():
            return "subdivision"
        return "own group" if word in self._own else "cloud"

    def covers(self, word: str, region: Region) -> Truth:
        """Whether the region lies in the place."""
        if word not in self._tests:
            self._tests[word] = self._test(word)
        return self._tests[word](region)

    def country_is(self, word: str, country: str | None) -> Truth:
        """Whether a country, such as that of an operator, is the one or in the group that the word means."""
        if country is None:
            return None
        codes = self.codes(word)
        return None if codes is None else country in codes

    def codes(self, word: str) -> frozenset[str] | None:
        """The countries and parts of countries that the word means; None if it means something else as well."""
        if word not in self._codes:
            found = list(map(self._codes_of, self.leaves(word)))
            whole = None if None in found else frozenset[str]().union(*(codes for codes in found if codes is not None))
            self._codes[word] = whole
        return self._codes[word]

    def same_people(self, one: str, other: str) -> bool:
        """Whether some people are meant by both words: EU and DE share those of Germany."""
        pair = (one, other)
        if pair not in self._same_people:
            these, those = self.codes(one), self.codes(other)
            self._same_people[pair] = (
                one == other
                or these is None
                or those is None
                or any(_overlap(code, against) for code in these for against in those)
            )
        return self._same_people[pair]

    def leaves(self, word: str) -> Iterator[str]:
        """The word itself, or the members, valid on the day, that an own group has in the end."""
        seen: set[str] = set()
        waiting = [word]
        while waiting:
            current = waiting.pop()
            if self.kind(current) != "own group":
                yield current
            elif current not in seen:
                seen.add(current)
                waiting.extend(member.place for member in self._own[current] if self._valid(member))

    def unknown_of(self, word: str, region: Region) -> tuple[str, ...]:
        """Which attributes of the region one must know to tell whether it lies in the place."""
        asked: Mapping[Kind, str] = {"subdivision": "subdivision", "continent": "continent", "cloud": "partition"}
        missing = (asked.get(self.kind(leaf), "") for leaf in self.leaves(word) if self.covers(leaf, region) is None)
        return tuple(dict.fromkeys(filter(None, missing)))

    def _valid(self, member: GroupMember) -> bool:
        since, until = member.valid_from or date.min, member.valid_to or date.max
        return since <= self.as_of <= until

    def _codes_of(self, leaf: str) -> frozenset[str] | None:
        match self.kind(leaf):
            case "group":
                return countries_of(leaf, self.as_of)
            case "country" | "subdivision":
                return frozenset((leaf,))
            case _:
                return None

    def _test(self, word: str) -> Callable[[Region], Truth]:
        match self.kind(word):
            case "regions":
                pattern = re.compile(translate(word))
                return lambda region: pattern.match(region.id) is not None
            case "group":
                members = countries_of(word, self.as_of)
                return lambda region: region.country in members
            case "continent":
                continent = word.lower()
                return lambda region: None if region.continent is None else region.continent == continent
            case "country":
                return lambda region: region.country == word
            case "subdivision":
                return lambda region: _in_subdivision(region, word)
            case "own group":
                leaves = tuple(self.leaves(word))
                return lambda region: any_of(self.covers(leaf, region) for leaf in leaves)
            case "cloud":
                owner = provider_of(word)
                return lambda region: _in_cloud(region, word, owner)


def _in_subdivision(region: Region, word: str) -> Truth:
    """A part lies in the parts that it belongs to; of a part that is merely known to contain the word, nobody knows."""
    if region.country != word[:2]:
        return False
    if region.subdivision is None:
        return None
    if word in _with_parents(region.subdivision):
        return True
    return None if region.subdivision in _with_parents(word) else False


def _with_parents(subdivision: str) -> Iterator[str]:
    current: str | None = subdivision
    while current is not None:
        yield current
        current = parents().get(current)


def _in_cloud(region: Region, word: str, owner: str | None) -> Truth:
    """The word is a provider, or a partition, whose owner may be known."""
    if region.provider == word or region.partition == word:
        return True
    if region.partition is not None or (owner is not None and owner != region.provider):
        return False
    return None


def _overlap(one: str, other: str) -> bool:
    return one in _wider(other) or other in _wider(one)


def _wider(code: str) -> tuple[str, ...]:
    return (code,) if len(code) == 2 else (code[:2], *_with_parents(code))
