"""A statement about a region is true, false or, where the region's data do not tell, unknown: True, False or None.

| | any of | all of |
|---|---|---|
| nothing | False | True |
| a True | True | whatever the rest says |
| a False | whatever the rest says | False |
| else, an unknown | unknown | unknown |
"""

from collections.abc import Iterable
from typing import TypeAlias

Truth: TypeAlias = bool | None


def any_of(parts: Iterable[Truth]) -> Truth:
    """True if one is true, False if all are false, else unknown."""
    found: Truth = False
    for part in parts:
        if part:
            return True
        if part is None:
            found = None
    return found


def all_of(parts: Iterable[Truth]) -> Truth:
    """False if one is false, True if all are true, else unknown."""
    found: Truth = True
    for part in parts:
        if part is False:
            return False
        if part is None:
            found = None
    return found


def negated(part: Truth) -> Truth:
    """The opposite; what is unknown stays so."""
    return None if part is None else not part
