"""Numbers and times as people read them; a dash stands for what is not known."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from placement.domain.money import NanoUsd, rate_in_usd

UNKNOWN = "-"
STATUS = {
    "optimal": "the cheapest placement, proven",
    "feasible": "the best placement found, not proven to be the cheapest",
    "infeasible": "no placement can satisfy these rules",
    "no_answer": "no placement was found in time, nor a proof that there is none",
    "open": "being decided",
    "failed": "could not be decided",
    "cancelled": "cancelled before it was decided",
}
CAPACITY = {"on_demand": "on demand", "spot": "spot", "reserved": "reserved"}
TERMS = {
    "compute": "Compute",
    "interruption": "Interruptions expected",
    "egress": "Egress",
    "storage": "Storage",
    "migration": "Migration",
}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_BRIEF = 48
"""Characters of a name."""
_LONG = 2
"""Of a unit at least so many are told, but for minutes."""


def usd(amount: float | None) -> str:
    """USD with cents."""
    if amount is None:
        return UNKNOWN
    # No amount is shown as less than nothing because it was rounded.
    return f"{amount:,.2f}" if abs(amount) >= 0.005 else "0.00"


def signed(amount: float | None) -> str:
    """USD more or less."""
    return UNKNOWN if amount is None else f"{amount:+,.2f}" if abs(amount) >= 0.005 else "0.00"


def rate(amount: float | None) -> str:
    """USD an hour or a GB."""
    return UNKNOWN if amount is None else f"{amount:,.6f}"


def nano(amount: int) -> float:
    """Nano-USD as USD."""
    return rate_in_usd(NanoUsd(amount))


def percent(share: float | None) -> str:
    """A share of 1."""
    return UNKNOWN if share is None else f"{share:.1%}"


def gap(share: float | None) -> str:
    """How far from the bound, which is mostly little."""
    return UNKNOWN if share is None else f"{share:.2%}"


def count(number: float | None) -> str:
    """A whole number, or one with what little is behind the point."""
    return UNKNOWN if number is None else f"{number:,.2f}".rstrip("0").rstrip(".")


def moment(at: datetime | str | None) -> str:
    """To the minute, in UTC."""
    if at is None:
        return UNKNOWN
    return f"{_read(at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: datetime | str | None) -> str:
    """The day, in UTC."""
    return UNKNOWN if at is None else f"{_read(at).astimezone(UTC):%Y-%m-%d}"


def iso(at: datetime | str) -> str:
    """For programs that read the page."""
    return _read(at).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def age(lasted: timedelta) -> str:
    """How long ago, in the largest unit that tells something."""
    seconds = lasted.total_seconds()
    for name, size in _UNITS:
        if seconds >= size * (_LONG if name != "minute" else 1):
            number = int(seconds // size)
            return f"{number:,} {name}{'' if number == 1 else 's'}"
    return "less than a minute"


def plural(number: int, noun: str, several: str = "") -> str:
    """With its noun."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def brief(name: str) -> str:
    """A name in a table of many; the whole stands elsewhere."""
    return name if len(name) <= _BRIEF else f"{name[: _BRIEF - 1]}…"


def _read(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


FILTERS: Mapping[str, Callable[..., Any]] = {
    "usd": usd,
    "signed": signed,
    "rate": rate,
    "nano": nano,
    "percent": percent,
    "gap": gap,
    "count": count,
    "moment": moment,
    "day": day,
    "iso": iso,
    "age": age,
    "brief": brief,
}
