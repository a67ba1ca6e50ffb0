"""A sweep is stored as a whole: what changed since the source's last one, in one transaction and one version."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from placement.domain.errors import BadInput
from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType
from placement.domain.sweep import Collection, Price, SourceKind, Sweep
from placement.store import tables
from placement.store.bulk import insert_rows
from placement.store.change_points import prices_at, record
from placement.store.coverage import check_coverage
from placement.store.facts import facts_of
from placement.store.history import record_past
from placement.store.numbers import Numbers
from placement.store.outcomes import refused_rows, write_refused

_OFFERING = ("source_id", "region_id", "zone", "instance_type_id", "capacity_type")
_TEXT = {capacity_type: capacity_type.value for capacity_type in CapacityType}
_POINT = ("nano_usd_per_hour", "estimated", "capacity", "observed_unix_s", "note_id")
_WRITTEN = (*_POINT, "effective_unix_s")


def latest_version(connection: Connection) -> int | None:
    """The newest catalog version, or None before the first collection."""
    return connection.execute(select(func.max(tables.collection.c.version))).scalar()


def collections(connection: Connection) -> list[Collection]:
    """All collections, oldest first."""
    done, source = tables.collection.c, tables.source.c
    columns = (done.version, source.name, source.kind, done.started_at, done.finished_at)
    counts = (done.price_rows, done.changed_prices, done.ended_offerings)
    rows = connection.execute(select(*columns, *counts).join(tables.source).order_by(done.version))
    refused = refused_rows(connection)
    return [
        Collection(version, name, SourceKind(kind), finished, total, changed, ended, started, refused.get(version, ()))
        for version, name, kind, started, finished, total, changed, ended in rows
    ]


def on_demand_prices(connection: Connection, provider: str) -> list[tuple[str, NanoUsd]]:
    """(instance type, USD an hour) of what is live now."""
    version, kind = latest_version(connection), tables.instance_type.c
    if version is None:
        return []
    live = prices_at(connection, version, ("instance_type_id",), ("nano_usd_per_hour",))
    bought = tables.offering.c.capacity_type == CapacityType.ON_DEMAND.value
    priced = live.where(bought).subquery()
    columns = (kind.name, priced.c.nano_usd_per_hour)
    wanted = select(*columns).join_from(priced, tables.instance_type, kind.id == priced.c.instance_type_id)
    return [(name, NanoUsd(usd)) for name, usd in connection.execute(wanted.where(kind.provider == provider))]


def save_sweep(
    connection: Connection,
    sweep: Sweep,
    finished_at: datetime,
    started_at: datetime | None = None,
    *,
    accept_loss: bool = False,
) -> Collection:
    """Store the sweep as the next version.

    Raises BadInput where it contradicts itself, and CoverageLost where an API's sweep lacks too much of its last one,
    unless `accept_loss`.
    """
    _check(sweep)
    version = (latest_version(connection) or 0) + 1
    sources = Numbers(connection, tables.source, ("name", "kind"))
    regions = Numbers(connection, tables.region, ("provider", "name"))
    types = Numbers(connection, tables.instance_type, ("provider", "name"))
    notes = Numbers(connection, tables.note, ("text",))
    source_id = _source_id(sources, sweep)
    of_source = tables.offering.c.source_id == source_id
    offerings = Numbers(connection, tables.offering, _OFFERING, of_source)
    held = prices_at(connection, version, ("id", "region_id"), _POINT)
    last = connection.execute(held.where(of_source)).all()
    before = {row[0]: row[2:] for row in last}

    unix_s, moment = _times(sweep.prices)
    points: list[tuple[Any, ...]] = []
    seen: set[int] = set()
    changed = 0
    for p in sweep.prices:
        place, kind = regions[p.provider, p.region], types[p.provider, p.instance_type]
        number = offerings[source_id, place, p.zone or "", kind, _TEXT[p.capacity_type]]
        if number in seen:
            raise BadInput(f"{sweep.source} has two prices for {_words(p)}")
        seen.add(number)
        observed = unix_s[p.observed_at]
        own = None if observed == moment else observed
        now = (p.usd_per_hour, p.estimated, p.capacity, own, notes[(p.note,)])
        was = before.get(number)
        if was != now:
            points.append((number, version, *now, _unix_s(p.effective_from)))
            changed += was is None or was[:3] != now[:3]
    if sweep.kind is SourceKind.API and not accept_loss:
        name_of = {number: f"{provider}:{name}" for (provider, name), number in regions.items()}
        check_coverage(sweep.source, {row[0]: name_of[row[1]] for row in last}, seen)
    ended = before.keys() - seen
    points += [(number, version, None, False, None, None, notes[("",)], None) for number in sorted(ended)]
    past = _past_points(sweep, source_id, regions, types, offerings)
    facts = facts_of(sweep, regions, types, notes)

    for numbers in (sources, regions, types, notes, offerings):
        numbers.write()
    made = Collection(
        version,
        sweep.source,
        sweep.kind,
        finished_at,
        len(sweep.prices),
        changed,
        len(ended),
        started_at,
        tuple(sweep.refused),
    )
    connection.execute(
        insert(tables.collection).values(
            version=version,
            source_id=source_id,
            started_at=started_at,
            finished_at=finished_at,
            observed_unix_s=moment,
            price_rows=made.rows,
            changed_prices=made.changed,
            ended_offerings=made.ended,
        )
    )
    insert_rows(connection, tables.price, ("offering_id", "from_version", *_WRITTEN), points)
    record_past(connection, version, past)
    write_refused(connection, version, made.refused)
    for table, said in facts:
        record(connection, table, source_id, version, said)
    return made


def _source_id(sources: Numbers, sweep: Sweep) -> int:
    for name, kind in sources:
        if name == sweep.source and kind != sweep.kind:
            raise BadInput(f"{name!r} is the name of a source of kind {kind} already; name this {sweep.kind} otherwise")
    return sources[sweep.source, sweep.kind.value]


def _past_points(
    sweep: Sweep, source_id: int, regions: Numbers, types: Numbers, offerings: Numbers
) -> dict[int, list[tuple[int, int]]]:
    """(since when in seconds since 1970, nano-USD an hour) by offering."""
    points: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for p in sweep.past_prices:
        since = _unix_s(p.effective_from)
        if since is None:
            raise BadInput(f"{sweep.source} tells a past price of {_words(p)} and not since when")
        place, kind = regions[p.provider, p.region], types[p.provider, p.instance_type]
        number = offerings[source_id, place, p.zone or "", kind, _TEXT[p.capacity_type]]
        points[number].append((since, p.usd_per_hour))
    return points


def _unix_s(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _times(prices: Sequence[Price]) -> tuple[dict[datetime, int], int | None]:
    """All times of observation in seconds since 1970; and the commonest, of equally common ones the latest."""
    times = Counter(price.observed_at for price in prices)
    unix_s = {moment: int(moment.timestamp()) for moment in times}
    usual = max(times, key=lambda moment: (times[moment], moment), default=None)
    return unix_s, None if usual is None else unix_s[usual]


def _check(sweep: Sweep) -> None:
    """A price needs a region and an instance type that the same sweep describes, and is more than nothing."""
    regions = {(region.provider, region.name) for region in sweep.regions}
    types = {(kind.provider, kind.name) for kind in sweep.instance_types}
    for price in sweep.prices:
        if price.usd_per_hour <= 0:
            raise BadInput(f"{sweep.source}: {_words(price)} has no price above 0")
        if (price.provider, price.region) not in regions:
            raise BadInput(f"{sweep.source} prices {_words(price)} but does not describe the region")
        if (price.provider, price.instance_type) not in types:
            raise BadInput(f"{sweep.source} prices {_words(price)} but does not describe the instance type")


def _words(price: Price) -> str:
    place = f"{price.provider}:{price.region}" + (f" {price.zone}" if price.zone else "")
    return f"{price.instance_type} {price.capacity_type} in {place}"
