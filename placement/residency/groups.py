"""A group is a set of countries on a day: members join and leave.

The members stand in groups.csv, both days inclusive, with the source of each row and the day on which it was read.
Continents are known here by name only: on which one a region lies, the catalog says.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

GROUPS = ("EU", "EEA")
"""The groups of groups.csv."""

CONTINENTS = ("africa", "asia", "europe", "north-america", "oceania", "south-america")


@dataclass(frozen=True, slots=True)
class Membership:
    """A country (ISO 3166-1 alpha-2) belongs to a group from `valid_from` to `valid_to`, both inclusive."""

    group: str
    country: str
    valid_from: date
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
    return word.upper() in GROUPS


@cache
def countries_of(group: str, as_of: date) -> frozenset[str]:
    """The members on that day as ISO 3166-1 alpha-2 codes; ValueError for a group that is not known."""
    if not is_group(group):
        raise ValueError(f"{group!r} is not a group of countries, those are {', '.join(GROUPS)}")
    name = group.upper()
    return frozenset(m.country for m in memberships() if m.group == name and m.holds(as_of))


@cache
def memberships() -> tuple[Membership, ...]:
    """All rows of groups.csv."""
    text = files("placement.residency").joinpath("groups.csv").read_text(encoding="utf-8")
    return tuple(
        Membership(
            group=row["group"],
            country=row["member"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            source=row["source"],
            read_on=date.fromisoformat(row["read_on"]),
        )
        for row in csv.DictReader(text.splitlines())
    )
