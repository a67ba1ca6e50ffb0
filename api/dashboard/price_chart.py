"""Prices over time as a chart of steps: SVG without scripts, in the colours of the page around it.

It is drawn here and not by Vega as the charts of reports are: that takes seconds to start and half a second a chart,
and a page is to be there at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10

_HEIGHT = 280.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 12.0, 12.0, 28.0
_TICKS = 5
_SHORT_S = 2 * 86_400.0
_HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720, 1_440, 2_880, 8_760, 87_600)
"""Between two words on the axis of time."""
_WORD = 110.0
"""Wide."""


@dataclass(frozen=True, slots=True)
class Series:
    """One offering of one source."""

    name: str
    points: tuple[tuple[datetime, float | None], ...]
    """In the order of time: since when it cost so many USD an hour; None: withdrawn."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, and what it means."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws, in units of the drawing."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    """Where the axes lie."""
    usd: tuple[Tick, ...]
    time: tuple[Tick, ...]
    paths: tuple[str, ...]
    """By series."""
    begins_at_zero: bool


def chart(series: Sequence[Series], since: datetime, until: datetime, width: float) -> Chart | None:
    """The chart of a window, or None where there is no price in it."""
    known = [usd for each in series for _, usd in each.points if usd is not None]
    if not known:
        return None
    low, high, step = _scale(min(known), max(known))
    left, right, top, bottom = _LEFT, width - _RIGHT, _TOP, _HEIGHT - _BOTTOM
    span_s = (until - since).total_seconds()

    def x(at: datetime) -> float:
        inside = min(max((at - since).total_seconds(), 0.0), span_s)
        return round(left + (right - left) * inside / span_s, 1)

    def y(usd: float) -> float:
        return round(bottom - (bottom - top) * (usd - low) / (high - low), 1)

    marks = [low + step * number for number in range(round((high - low) / step) + 1)]
    digits = max(0, -floor(log10(step)))
    form = "%-d %b" if span_s > _SHORT_S else "%H:%M"
    return Chart(
        width,
        _HEIGHT,
        left,
        right,
        top,
        bottom,
        tuple(Tick(y(mark), f"{mark:,.{digits}f}") for mark in marks),
        tuple(Tick(x(at), at.strftime(form)) for at in _moments(since, until, width)),
        tuple(_steps([(x(at), None if usd is None else y(usd)) for at, usd in each.points], right) for each in series),
        low == 0,
    )


def _steps(points: Sequence[tuple[float, float | None]], end: float) -> str:
    """Level from each point to the next, the last to the end; a gap where there is none."""
    path, drawing = "", False
    for at, level in points:
        if drawing:
            path += f"H{at:g}"
        if level is not None:
            path += f"V{level:g}" if drawing else f"M{at:g} {level:g}"
        drawing = level is not None
    return f"{path}H{end:g}" if drawing else path


def _scale(least: float, most: float) -> tuple[float, float, float]:
    """(low, high, step) in round numbers; from 0, unless that would flatten all there is to see."""
    low = 0.0 if least < most / 2 or least == most else least
    step = _round_up((most - low) / _TICKS or 1.0)
    low = floor(low / step) * step
    high = ceil(most / step + 1e-9) * step
    return low, high if high > low else low + step, step


def _round_up(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))


def _moments(since: datetime, until: datetime, width: float) -> list[datetime]:
    """Whole days, or hours of a short window, so many that their words fit."""
    most = max(2, int(width // _WORD))
    unit_s = next(hours * 3600 for hours in _HOURS if (until - since) / timedelta(hours=hours) <= most)
    first = ceil(since.timestamp() / unit_s) * unit_s
    count = int((until.timestamp() - first) // unit_s) + 1
    return [datetime.fromtimestamp(first + number * unit_s, UTC) for number in range(max(0, count))]
