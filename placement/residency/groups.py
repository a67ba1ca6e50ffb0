"""A group is a set of countries on a day: members join and leave.

The members stand in groups.csv, both days inclusive, with the source of each row and the day on which it was read.
Beside unions of states there are groups in the manner of the clouds' own: `eu-locations` and the like.
Continents are known here by name only: on which one a region lies, the catalog says.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from placement.residency.data_file import first_day, last_day, rows

GROUPS = ("EU", "EEA", "EFTA", "eu-locations", "us-locations", "asia-locations")
"""The groups of groups.csv."""

_BY_LOWER = {group.lower(): group for group in GROUPS}

CONTINENTS = ("africa", "asia", "europe", "north-america", "oceania", "south-america")


@dataclass(frozen=True, slots=True)
class Membership:
    """A country (ISO 3166-1 alpha-2) belongs to a group from `valid_from` to `valid_to`, both inclusive."""

    group: str
    country: str
    valid_from: date
    """The first day of all where the group has no beginning."""
    valid_to: date | None
    """None: it has not left."""
    source: str
    read_on: date
    """When the source was read."""

    def holds(self, as_of: date) -> bool:
        """Whether the country belongs to the group on that day."""
        return self.valid_from <= as_of and (self.valid_to is None or as_of <= self.valid_to)


def is_group(word: str) -> bool:
    """Whether this is a group of countries, in any case of letters."""
    return word.lower() in _BY_LOWER


def own_spelling(group: str) -> str:
    """`EU` for `eu`; ValueError for a group that is not known."""
    if not is_group(group):
        raise ValueError(f"{group!r} is not a group of countries, those are {', '.join(GROUPS)}")
    return _BY_LOWER[group.lower()]


@cache
def countries_of(group: str, as_of: date) -> frozenset[str]:
    """The members on that day as ISO 3166-1 alpha-2 codes; ValueError for a group that is not known."""
    name = own_spelling(group)
    return frozenset(m.country for m in memberships() if m.group == name and m.holds(as_of))


@cache
def memberships() -> tuple[Membership, ...]:
    """All rows of groups.csv."""
    return tuple(
        Membership(
            group=row["group"],
            country=row["member"],
            valid_from=first_day(row["valid_from"]),
            valid_to=last_day(row["valid_to"]),
            source=row["source"],
            read_on=date.fromisoformat(row["read_on"]),
        )
        for row in rows("groups.csv")
    )
