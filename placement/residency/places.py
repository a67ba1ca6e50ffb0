"""A place word says where something may lie: a cloud, some of its regions, a country, a part of one, or many countries.

| kind | such as |
|---|---|
| provider | `aws` |
| regions | `aws:eu-central-1`, `gcp:europe-*` (`*`, `?` and `[...]` in either part) |
| country | `DE`, ISO 3166-1 alpha-2 |
| subdivision | `CA-QC`, ISO 3166-2 |
| group | `EU`, `EEA` |
| continent | `europe` |

The words of law come first: a provider called `EU` is written `EU:*`. So no price list can change what a policy means.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase, translate
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from placement.domain.region import Region
from placement.residency.groups import CONTINENTS, GROUPS, countries_of, is_group, own_spelling
from placement.residency.iso import countries, country_for, subdivisions
from placement.residency.spelling import did_you_mean

Kind = Literal["provider", "regions", "country", "subdivision", "group", "continent"]

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_SUBDIVISION = re.compile(r"[A-Za-z]{2}-[A-Za-z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Place:
    """One place word, understood."""

    kind: Kind
    word: str
    """In its own spelling: ISO codes and unions in upper case, continents in lower case."""

    @property
    def is_pattern(self) -> bool:
        """Whether it has wildcards, so that it may well match nothing."""
        return self.kind == "regions" and has_wildcards(self.word)

    def matches(self, region: Region, as_of: date) -> bool:
        """Whether the region lies in this place on that day; what is unknown of a region never matches."""
        return self._test(as_of)(region)

    def mask(self, regions: Sequence[Region], as_of: date) -> NDArray[np.bool_]:
        """Which of the regions lie in this place on that day, in their order."""
        return np.fromiter(map(self._test(as_of), regions), np.bool_, len(regions))

    def _test(self, as_of: date) -> Callable[[Region], bool]:
        word = self.word
        match self.kind:
            case "provider":
                return lambda region: region.provider == word
            case "regions":
                pattern = re.compile(translate(word))
                return lambda region: pattern.match(region.id) is not None
            case "country":
                return lambda region: region.country == word
            case "subdivision":
                return lambda region: region.subdivision == word
            case "group":
                members = countries_of(word, as_of)
                return lambda region: region.country in members
            case "continent":
                return lambda region: region.continent == word


def parse_place(
    word: str, providers: Collection[str], regions: Collection[str] | None = None, *, suggest: bool = True
) -> Place:
    """What the word means; ValueError, with the kinds of words and the nearest known one, where it means nothing.

    `providers` are the known clouds. With `regions`, ids such as `aws:eu-central-1`, a region written without
    wildcards must be among them. ISO codes and groups are good wherever the regions lie. Without
    `suggest` no time is spent on looking for the nearest word.
    """
    provider, colon, name = word.partition(":")
    if colon:
        return _regions(word, provider, name, providers, regions, suggest)
    if is_group(word):
        return Place("group", own_spelling(word))
    if word.lower() in CONTINENTS:
        return Place("continent", word.lower())
    if _COUNTRY.fullmatch(word) and word in countries():
        return Place("country", word)
    if _SUBDIVISION.fullmatch(word) and word in subdivisions():
        return Place("subdivision", word)
    if word in providers:
        return Place("provider", word)
    near = _nearest(word, providers, regions) if suggest else ""
    raise ValueError(f"{word[:80]!r} is no place: {_kinds(providers)}{near}")


def has_wildcards(pattern: str) -> bool:
    """Whether `*`, `?` or `[` make this more than a name."""
    return any(sign in pattern for sign in "*?[")


def _regions(
    word: str,
    provider: str,
    name: str,
    providers: Collection[str],
    regions: Collection[str] | None,
    suggest: bool,
) -> Place:
    if not provider or not name:
        raise ValueError(f"{word[:80]!r} is no place: regions are written provider:region, such as gcp:europe-*")
    if not any(fnmatchcase(known, provider) for known in providers):
        raise ValueError(
            f"{word[:80]!r} is no place: there is no provider {provider[:80]!r}, "
            f"known are {', '.join(sorted(providers)) or 'none'}{did_you_mean(provider, providers)}"
        )
    if regions is not None and not has_wildcards(word) and word not in regions:
        raise ValueError(unknown_region(word, regions if suggest else ()))
    return Place("regions", word)


def unknown_region(word: str, regions: Collection[str]) -> str:
    """In words: there is no such region, and which of those it may be."""
    provider = word.partition(":")[0]
    near = [region for region in regions if region.startswith(f"{provider}:")] or regions
    return f"there is no region {word[:80]!r}{did_you_mean(word, near)}"


def _kinds(providers: Collection[str]) -> str:
    return (
        f"use a provider ({', '.join(sorted(providers)) or 'none is known'}), provider:region (gcp:europe-*), "
        "an ISO 3166 country (DE) or subdivision (CA-QC), "
        f"a group ({', '.join(GROUPS)}) or a continent ({', '.join(CONTINENTS)})"
    )


def _nearest(word: str, providers: Collection[str], regions: Collection[str] | None) -> str:
    code = word.upper()
    if (_COUNTRY.fullmatch(word) and code in countries()) or (_SUBDIVISION.fullmatch(word) and code in subdivisions()):
        return f"; did you mean {code!r}?"
    country = country_for(word)
    if country is not None:
        return f"; did you mean {country!r}?"
    full = sorted(region for region in regions or () if region.endswith(f":{word}"))
    return f"; did you mean {full[0]!r}?" if full else did_you_mean(word, (*providers, *GROUPS, *CONTINENTS))
