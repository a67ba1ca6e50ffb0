"""A long table is shown in numbered pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.requests import Request

Row = TypeVar("Row")
_MOST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of many."""

    rows: Sequence[Row]
    number: int
    """From 1."""
    last: int
    total: int


def page_number(request: Request) -> int:
    """The page that is asked for; the first, where that is no number."""
    given = request.query_params.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS else 1


def page_of(rows: Sequence[Row], number: int, size: int) -> Page[Row]:
    """The page of this number, or the last that there is."""
    last = max(1, -(-len(rows) // size))
    number = min(number, last)
    return Page(rows[(number - 1) * size : number * size], number, last, len(rows))
