"""The codes of ISO 3166, from pycountry, which is slow to load and so is asked only when a word looks like a code."""

from collections.abc import Mapping
from functools import cache

_SPOKEN = {"uk": "GB", "el": "GR", "usa": "US", "england": "GB", "russia": "RU", "korea": "KR"}
"""What people write for a country, where neither the standard nor its names have it."""


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2: DE."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def subdivisions() -> frozenset[str]:
    """ISO 3166-2: CA-QC."""
    import pycountry

    return frozenset(subdivision.code for subdivision in pycountry.subdivisions)


@cache
def parents() -> Mapping[str, str]:
    """The larger part of the country that a part lies in, both in ISO 3166-2: FR-IDF of FR-78."""
    import pycountry

    return {part.code: part.parent_code for part in pycountry.subdivisions if part.parent_code}


@cache
def _codes_by_name() -> dict[str, str]:
    import pycountry

    names: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("alpha_3", "name", "common_name", "official_name"):
            name = getattr(country, attribute, None)
            if name:
                names.setdefault(name.lower(), country.alpha_2)
    return names | _SPOKEN


def country_for(word: str) -> str | None:
    """The code of a country that was written by its name or by a code of another standard, else None."""
    return _codes_by_name().get(word.strip().lower())
