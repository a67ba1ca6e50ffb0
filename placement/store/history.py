"""What an offering cost over time: what sweeps saw change, and what sources tell of the time before and between."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType
from placement.store import tables
from placement.store.bulk import insert_rows

_AT_ONCE = 500
"""Offerings that one statement asks about."""
Point = tuple[int, int]
"""(since when in seconds since 1970, nano-USD an hour)"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose prices are wanted; None means any."""

    provider: str
    region: str
    instance_type: str
    capacity_type: CapacityType | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class PricePoint:
    """A price holds from `since` until the next point of the same source, zone and capacity type."""

    source: str
    zone: str | None
    capacity_type: CapacityType
    since: datetime
    usd_per_hour: NanoUsd | None
    """None: the source no longer has the offering."""
    stated: bool
    """Whether the source says since when; otherwise the price was first seen then."""


def price_history(connection: Connection, subject: Subject, since: datetime, until: datetime) -> list[PricePoint]:
    """The points in the window, and before them of each series the one that holds when the window opens.

    By source, zone, capacity type and time.
    """
    series: dict[tuple[str, str, str], list[PricePoint]] = defaultdict(list)
    for point in sorted((*_seen(connection, subject), *_told(connection, subject)), key=lambda point: point.since):
        if point.since > until:
            continue
        known = series[point.source, point.zone or "", point.capacity_type]
        if not known or known[-1].usd_per_hour != point.usd_per_hour:
            known.append(point)
    return [point for key in sorted(series) for point in _from(series[key], since)]


def record_past(connection: Connection, version: int, points: Mapping[int, Sequence[Point]]) -> None:
    """Keep the points of each offering that are not known yet and differ from the one before them."""
    numbers = sorted(points)
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        times = [since for number in some for since, _ in points[number]]
        known = _known_past(connection, some, min(times), max(times))
        for number in some:
            held = known.get(number, {})
            told = dict(sorted(points[number]))
            price = None
            for since in sorted({*held, *told}):
                if since in held:
                    price = held[since]
                elif told[since] != price:
                    price = told[since]
                    rows.append((number, since, price, version))
    columns = ("offering_id", "effective_unix_s", "nano_usd_per_hour", "version")
    insert_rows(connection, tables.past_price, columns, rows)


def _known_past(connection: Connection, offerings: list[int], first: int, last: int) -> dict[int, dict[int, int]]:
    """The known points from `first` to `last`, and of each offering the last one before."""
    past = tables.past_price.c
    some = past.offering_id.in_(offerings)
    carried = (
        select(past.offering_id, func.max(past.effective_unix_s).label("since"))
        .where(some, past.effective_unix_s < first)
        .group_by(past.offering_id)
        .subquery()
    )
    columns = (past.offering_id, past.effective_unix_s, past.nano_usd_per_hour)
    inside = select(*columns).where(some, past.effective_unix_s.between(first, last))
    same = (past.offering_id == carried.c.offering_id) & (past.effective_unix_s == carried.c.since)
    before = select(*columns).join_from(tables.past_price, carried, same)
    known: dict[int, dict[int, int]] = defaultdict(dict)
    for number, since, price in (*connection.execute(before), *connection.execute(inside)):
        known[number][since] = price
    return known


def _of(subject: Subject) -> ColumnElement[bool]:
    offering, region, kind = tables.offering.c, tables.region.c, tables.instance_type.c
    wanted = (
        (region.provider == subject.provider)
        & (region.name == subject.region)
        & (kind.provider == subject.provider)
        & (kind.name == subject.instance_type)
    )
    if subject.capacity_type is not None:
        wanted &= offering.capacity_type == subject.capacity_type.value
    return wanted if subject.zone is None else wanted & (offering.zone == subject.zone)


def _seen(connection: Connection, subject: Subject) -> Iterator[PricePoint]:
    """The change points that sweeps wrote, each series in the order of its sweeps.

    A price that its source dates before the point that it replaces, such as one that is back at an old list price,
    counts from when it was first seen.
    """
    price, done = tables.price.c, tables.collection.c
    columns = (price.nano_usd_per_hour, price.effective_unix_s, price.observed_unix_s)
    wanted = (
        select(*_NAMES, *columns, done.observed_unix_s, done.finished_at)
        .select_from(_OFFERINGS.join(tables.price).join(tables.collection, done.version == price.from_version))
        .where(_of(subject))
        .order_by(price.from_version)
    )
    last: dict[tuple[str, str, str], datetime] = {}
    for source, zone, bought, usd, effective, own, usual, finished_at in connection.execute(wanted):
        since, stated = dated(usd, effective, own or usual, finished_at, last.get((source, zone, bought)))
        last[source, zone, bought] = since
        yield PricePoint(source, zone or None, CapacityType(bought), since, usd, stated)


def dated(
    usd: int | None, effective: int | None, observed: int | None, finished_at: datetime, replaced: datetime | None
) -> tuple[datetime, bool]:
    """Since when a change point holds, and whether its source says so; `replaced` is when the one before began."""
    since = finished_at if usd is None or observed is None else datetime.fromtimestamp(observed, UTC)
    if effective is None:
        return since, False
    by_its_word = datetime.fromtimestamp(effective, UTC)
    return (by_its_word, True) if replaced is None or by_its_word >= replaced else (since, False)


def _told(connection: Connection, subject: Subject) -> Iterator[PricePoint]:
    """The points that sources tell of the past."""
    past = tables.past_price.c
    wanted = (
        select(*_NAMES, past.effective_unix_s, past.nano_usd_per_hour)
        .select_from(_OFFERINGS.join(tables.past_price))
        .where(_of(subject))
    )
    for source, zone, bought, since, usd in connection.execute(wanted):
        yield PricePoint(source, zone or None, CapacityType(bought), datetime.fromtimestamp(since, UTC), usd, True)


def _from(points: list[PricePoint], since: datetime) -> list[PricePoint]:
    first = max((index for index, point in enumerate(points) if point.since <= since), default=0)
    return points[first:]


_NAMES = (tables.source.c.name, tables.offering.c.zone, tables.offering.c.capacity_type)
_OFFERINGS = tables.offering.join(tables.source).join(tables.region).join(tables.instance_type)
