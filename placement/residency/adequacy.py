"""Adequacy is a relation: the law of one place finds that another protects personal data well enough, from a day on.

The relation stands in adequacy.csv. A decision with conditions holds for some importers only, such as certified ones:
it counts where the user proves that the importer is one of them. That organisations, such as the European Patent
Office, may be adequate too is left out: they are no places.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product

from placement.residency.data_file import first_day, last_day, rows
from placement.residency.groups import countries_of, is_group


@dataclass(frozen=True, slots=True)
class Adequacy:
    """Data of `origin` may go to `destination` from `valid_from` to `valid_to`, both inclusive."""

    origin: str
    """The law that decided: a country or a group."""
    destination: str
    """A country or a group."""
    scope: str
    """In words, empty where the decision is general."""
    conditions: str
    """What must be true of the importer; empty: nothing."""
    valid_from: date
    valid_to: date | None
    source: str
    read_on: date

    def holds(self, as_of: date) -> bool:
        """Whether the decision is in force on that day."""
        return self.valid_from <= as_of and (self.valid_to is None or as_of <= self.valid_to)


@cache
def decisions() -> tuple[Adequacy, ...]:
    """All rows of adequacy.csv."""
    return tuple(
        Adequacy(
            origin=row["from"],
            destination=row["to"],
            scope=row["scope"],
            conditions=row["conditions"],
            valid_from=first_day(row["valid_from"]),
            valid_to=last_day(row["valid_to"]),
            source=row["source"],
            read_on=date.fromisoformat(row["read_on"]),
        )
        for row in rows("adequacy.csv")
    )


def adequate(origin: str, destination: str, as_of: date) -> tuple[Adequacy, ...]:
    """The decisions in force that cover data of one country, or a part of one, that goes to another country."""
    return _by_countries(as_of).get((origin, destination), ())


@cache
def _by_countries(as_of: date) -> Mapping[tuple[str, str], tuple[Adequacy, ...]]:
    found: dict[tuple[str, str], tuple[Adequacy, ...]] = {}
    for decision in decisions():
        if decision.holds(as_of):
            for pair in product(_countries(decision.origin, as_of), _countries(decision.destination, as_of)):
                found[pair] = (*found.get(pair, ()), decision)
    return found


def _countries(word: str, as_of: date) -> Iterable[str]:
    return countries_of(word, as_of) if is_group(word) else (word,)
