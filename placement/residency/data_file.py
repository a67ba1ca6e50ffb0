"""A data file of this package is a CSV whose rows have a source and the day on which it was read."""

import csv
from datetime import date
from importlib.resources import files


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file, by column."""
    text = files("placement.residency").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def first_day(cell: str) -> date:
    """The day in the cell; an empty one means since ever."""
    return date.fromisoformat(cell) if cell else date.min


def last_day(cell: str) -> date | None:
    """The day in the cell; an empty one means that no end is known."""
    return date.fromisoformat(cell) if cell else None
