"""A cell holds one value, or the reason why it does not; each distinct text of a column is parsed once."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any

import pycountry

from placement.domain.money import NanoUsd
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.risk import WINDOW_HOURS

ARCHITECTURES = ("x86_64", "arm64")
CONTINENTS = ("africa", "asia", "europe", "north-america", "oceania", "south-america")
DESTINATIONS = ("internet", "other-region", "same-region-cross-zone")
"""What an egress tariff may go to beside places."""
MOST_USD = 1_000_000
"""No rate is higher; a larger number is a slip of the pen and would not fit the catalog's integers."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CALLED_OTHERWISE = {"UK": "GB", "EL": "GR"}
_REFUSED = object()


class BadCell(ValueError):
    """A cell that cannot be used: which column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason
        super().__init__(f"{column}: {reason}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its name, how a cell is parsed, and what an empty cell means."""

    name: str
    parse: Callable[[str], Any]
    """Raises ValueError with the reason."""
    blank: Any = _REFUSED
    required: bool = True
    """Whether the column itself must be there."""


class Parsed(dict[str, Any]):
    """The values of one column by their text."""

    def __init__(self, column: Column) -> None:
        self.column = column
        super().__init__()

    def __missing__(self, text: str) -> Any:
        if cell := text.strip():
            try:
                value = self.column.parse(cell)
            except ValueError as wrong:
                raise BadCell(self.column.name, str(wrong)) from None
        elif self.column.blank is _REFUSED:
            raise BadCell(self.column.name, "is empty, and must have a value")
        else:
            value = self.column.blank
        self[text] = value
        return value


def text(cell: str) -> str:
    """Any words of printable characters."""
    if not cell.isprintable():
        raise ValueError(f"{cell!r} has characters that cannot be printed")
    return cell


def name(cell: str) -> str:
    """A provider or region, as it can be written in `provider:region`."""
    if not _NAME.fullmatch(cell):
        raise ValueError(f"{cell!r} is no name; use letters, digits, '-', '_' and '.'")
    return cell


def region_name(cell: str) -> str:
    """A name that a tariff cannot take for something else."""
    if cell in (*CONTINENTS, *DESTINATIONS):
        raise ValueError(f"{cell!r} has another meaning in the egress sheet; name the region otherwise")
    return name(cell)


def place(cell: str) -> str:
    """Where traffic comes from: a region, a continent or `*`."""
    return cell if cell == "*" else name(cell)


def destination(cell: str) -> str:
    """Where traffic goes: a place, one of the words for others, or `internet:CC` of a country."""
    if cell.startswith("internet:"):
        return "internet:" + country(cell.removeprefix("internet:"))
    return place(cell)


def number(low: float, high: float = math.inf, *, above: bool = False) -> Callable[[str], float]:
    """A parser of finite numbers from `low` (itself left out if `above`) to `high`."""
    limits = f"{'above' if above else 'from'} {low:g}" + ("" if high == math.inf else f" to {high:g}")

    def parse(cell: str) -> float:
        value = float(_decimal(cell))
        if not math.isfinite(value) or value < low or value > high or (above and value == low):
            raise ValueError(f"{cell} is out of range; it must be {limits}")
        return value

    return parse


def count(cell: str) -> int:
    """A whole number from 0 to a million."""
    if not re.fullmatch(r"\d{1,7}", cell, re.ASCII) or int(cell) > 1_000_000:
        raise ValueError(f"{cell!r} is not a whole number from 0 to 1000000")
    return int(cell)


def rate(cell: str) -> NanoUsd:
    """USD that may be 0, rounded half to even to 1e-9 USD."""
    usd = _decimal(cell)
    if usd < 0:
        raise ValueError(f"{cell} is negative")
    if usd > MOST_USD:
        raise ValueError(f"{cell} is absurd; no rate is over {MOST_USD} USD")
    return NanoUsd(int(usd.scaleb(9).to_integral_value(ROUND_HALF_EVEN)))


def price(cell: str) -> NanoUsd:
    """USD above 0."""
    nano_usd = rate(cell)
    if nano_usd == 0:
        raise ValueError(f"{cell} is no price; nothing is free, leave the row out")
    return nano_usd


def day(cell: str) -> date:
    """An ISO date, YYYY-MM-DD."""
    if _DATE.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass
    raise ValueError(f"{cell!r} is not a date; write it as 2026-10-31")


def midnight(cell: str) -> datetime:
    """The first moment of an ISO date, UTC."""
    return datetime.combine(day(cell), time(), UTC)


def flag(cell: str) -> bool:
    """True or false, in any case of letters."""
    if (lower := cell.lower()) not in ("true", "false"):
        raise ValueError(f"{cell!r} is neither true nor false")
    return lower == "true"


def capacity_type(cell: str) -> CapacityType:
    """on_demand, spot or reserved."""
    return CapacityType(one_of(CAPACITY_TYPES)(cell))


def window(cell: str) -> str:
    """The time that an interruption figure is about."""
    return one_of(tuple(WINDOW_HOURS))(cell)


def one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """A parser of a fixed set of words."""

    def parse(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"{cell!r} is not one of {', '.join(words)}")
        return cell

    return parse


def country(cell: str) -> str:
    """ISO 3166-1 alpha-2, and XK, which ISO leaves to its users and the world uses for Kosovo."""
    if cell not in _countries():
        meant = _CALLED_OTHERWISE.get(cell.upper(), cell.upper())
        hint = f"; write {meant}" if meant in _countries() else ", such as DE"
        raise ValueError(f"{cell!r} is not an ISO 3166-1 country code of two capital letters{hint}")
    return cell


def subdivision(cell: str) -> str:
    """ISO 3166-2, such as CA-QC."""
    if cell not in _subdivisions():
        raise ValueError(f"{cell!r} is not an ISO 3166-2 code, such as CA-QC")
    return cell


@cache
def _countries() -> frozenset[str]:
    return frozenset(entry.alpha_2 for entry in pycountry.countries) | {"XK"}


@cache
def _subdivisions() -> frozenset[str]:
    return frozenset(entry.code for entry in pycountry.subdivisions)


def _decimal(cell: str) -> Decimal:
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"{cell!r} is not a number; write it as 1234.56")
    return Decimal(cell)
