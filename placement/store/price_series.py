"""What many offerings cost in a window: a few statements, however many offerings and change points there are."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from placement.domain.offering import CapacityType
from placement.store import tables
from placement.store.history import dated

_AT_ONCE = 500
"""Offerings that one statement asks about."""
Steps = tuple[tuple[int, int | None], ...]
"""(since when in seconds since 1970, nano-USD an hour; None: withdrawn), in the order of time."""


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """An offering by its names, whichever source prices it."""

    region: str
    """`provider:name`"""
    instance_type: str
    capacity_type: CapacityType
    zone: str | None = None


def price_series(
    connection: Connection, wanted: Collection[Named], since: datetime, until: datetime
) -> Mapping[Named, Mapping[str, Steps]]:
    """By offering and source, the prices that changed in the window, after the one that held when it opens."""
    numbers = _numbers(connection, wanted)
    first, last = version_at(connection, since) or 0, version_at(connection, until) or 0
    found: dict[Named, dict[str, Steps]] = defaultdict(dict)
    for start in range(0, len(numbers), _AT_ONCE):
        some = sorted(numbers)[start : start + _AT_ONCE]
        steps: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for number, step in (*_seen(connection, some, first, last), *_told(connection, some, since, until)):
            steps[number].append(step)
        for number in some:
            name, source = numbers[number]
            held = _held(sorted(steps[number], key=lambda step: step[0]), since, until)
            if held:
                found[name][source] = held
    return found


def version_at(connection: Connection, at: datetime) -> int | None:
    """The newest catalog version whose collection had finished by then."""
    done = tables.collection.c
    return connection.execute(select(func.max(done.version)).where(done.finished_at <= at)).scalar()


def changed_tariffs(connection: Connection, since: datetime, until: datetime) -> list[datetime]:
    """When egress or storage rates changed inside the window, in order."""
    done = tables.collection.c
    moments: set[datetime] = set()
    for facts in (tables.egress_tier_facts, tables.storage_facts):
        changed = select(facts.c.from_version).distinct()
        inside = select(done.finished_at).where(
            done.version.in_(changed), done.finished_at > since, done.finished_at < until
        )
        moments.update(connection.execute(inside).scalars())
    return sorted(moments)


def _numbers(connection: Connection, wanted: Collection[Named]) -> dict[int, tuple[Named, str]]:
    """(name, source) of the wanted offerings by number."""
    offering, region, kind = tables.offering.c, tables.region.c, tables.instance_type.c
    types = sorted({name.instance_type for name in wanted})
    names, found = set(wanted), {}
    for start in range(0, len(types), _AT_ONCE):
        columns = (offering.id, tables.source.c.name, region.provider, region.name, offering.zone, kind.name)
        rows = select(*columns, offering.capacity_type).select_from(
            tables.offering.join(tables.source).join(tables.region).join(tables.instance_type)
        )
        of_types = kind.name.in_(types[start : start + _AT_ONCE])
        for number, source, provider, place, zone, type_name, bought in connection.execute(rows.where(of_types)):
            name = Named(f"{provider}:{place}", type_name, CapacityType(bought), zone or None)
            if name in names:
                found[number] = name, source
    return found


def _seen(
    connection: Connection, numbers: Sequence[int], first: int, last: int
) -> Iterator[tuple[int, tuple[int, int | None]]]:
    """(offering, step) of what sweeps after version `first` saw, and of what held in it.

    When a price holds that its source dates depends on the point before it, and so on: of these all points are read.
    """
    price, done = tables.price.c, tables.collection.c
    some = price.offering_id.in_(numbers)
    carried = (
        select(price.offering_id, func.max(price.from_version).label("version"))
        .where(some, price.from_version <= first)
        .group_by(price.offering_id)
        .subquery()
    )
    columns = (price.offering_id, price.nano_usd_per_hour, price.effective_unix_s, price.observed_unix_s)
    rows: Select[Any] = select(*columns, done.observed_unix_s, done.finished_at).join_from(
        tables.price, tables.collection, done.version == price.from_version
    )
    same = (price.offering_id == carried.c.offering_id) & (price.from_version == carried.c.version)
    held = connection.execute(rows.join(carried, same)).all()
    stated = [number for number, _, effective, *_ in held if effective is not None]
    earlier = rows.where(price.offering_id.in_(stated), price.from_version <= first)
    inside = rows.where(some, price.from_version > first, price.from_version <= last)
    order = (price.offering_id, price.from_version)
    before: dict[int, datetime] = {}
    for number, usd, effective, own, usual, finished_at in (
        *(row for row in held if row[2] is None),
        *(connection.execute(earlier.order_by(*order)) if stated else ()),
        *connection.execute(inside.order_by(*order)),
    ):
        since, _ = dated(usd, effective, own or usual, finished_at, before.get(number))
        before[number] = since
        yield number, (int(since.timestamp()), usd)


def _told(
    connection: Connection, numbers: Sequence[int], since: datetime, until: datetime
) -> Iterator[tuple[int, tuple[int, int | None]]]:
    """(offering, step) of what sources tell of the past."""
    past = tables.past_price.c
    some = past.offering_id.in_(numbers)
    opening = (
        select(past.offering_id, func.max(past.effective_unix_s).label("since"))
        .where(some, past.effective_unix_s <= int(since.timestamp()))
        .group_by(past.offering_id)
        .subquery()
    )
    columns = (past.offering_id, past.effective_unix_s, past.nano_usd_per_hour)
    same = (past.offering_id == opening.c.offering_id) & (past.effective_unix_s == opening.c.since)
    inside = past.effective_unix_s.between(int(since.timestamp()) + 1, int(until.timestamp()))
    for rows in (
        select(*columns).join_from(tables.past_price, opening, same),
        select(*columns).where(some, inside),
    ):
        for number, at, usd in connection.execute(rows):
            yield number, (at, usd)


def _held(steps: Sequence[tuple[int, int | None]], since: datetime, until: datetime) -> Steps:
    """From the step that holds when the window opens; those that change nothing are left out."""
    opens, closes = int(since.timestamp()), int(until.timestamp())
    kept: list[tuple[int, int | None]] = []
    for at, usd in steps:
        if at >= closes:
            break
        if at <= opens:
            kept[:] = [(at, usd)]
        elif not kept or kept[-1][1] != usd:
            kept.append((at, usd))
    return tuple(kept)
