"""Old change points are removed where no version that is still needed shows them.

Needed are all versions of the time that is kept, and every version that a decision stands on; of offerings that a
decision uses nothing is removed, since what they cost afterwards belongs to that decision's account.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Subquery,
    Table,
    bindparam,
    case,
    delete,
    false,
    func,
    select,
    tuple_,
    update,
)

from placement.store import tables

_FACTS = tuple(table for table in tables.metadata.sorted_tables if "subject" in table.info)


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was removed."""

    versions: int
    """Catalog versions that can no longer be rebuilt."""
    change_points: int
    past_prices: int
    failures: int


def compact(connection: Connection, before: datetime) -> Compacted:
    """Forget what changed before that time and is not needed any more. All decisions can be replayed as before."""
    done, decision = tables.collection.c, tables.decision.c
    newest = select(func.max(done.version)).scalar_subquery()
    first_kept = connection.execute(
        select(func.min(done.version)).where((done.finished_at >= before) | (done.version == newest))
    ).scalar()
    if first_kept is None:
        return Compacted(0, 0, 0, 0)
    used = select(decision.catalog_version)
    forgotten = (done.version < first_kept) & done.version.not_in(used) & (done.compacted == false())
    versions = connection.execute(update(tables.collection).where(forgotten).values(compacted=True)).rowcount
    # Written into the statement: there may be more of them than a statement has parameters.
    placed: BindParameter[Sequence[int]] = bindparam(
        "placed", _placed_offerings(connection), expanding=True, literal_execute=True
    )
    points = _remove(connection, tables.price, ("offering_id",), first_kept, tables.price.c.offering_id.not_in(placed))
    for table in _FACTS:
        points += _remove(connection, table, ("source_id", *table.info["subject"]), first_kept)
    past_prices = _remove_past(connection, before, placed)
    failed = tables.failed_collection
    failures = connection.execute(delete(failed).where(failed.c.failed_at < before)).rowcount
    return Compacted(versions, points, past_prices, failures)


def _remove(
    connection: Connection, table: Table, subject: Sequence[str], first_kept: int, *only: ColumnElement[bool]
) -> int:
    """A row is shown from its version until the next of its subject: remove it if nothing needed lies between."""
    own = [table.c[name] for name in subject]
    following = func.lead(table.c.from_version).over(partition_by=own, order_by=table.c.from_version)
    shown = select(*own, table.c.from_version, following.label("following")).where(*only).subquery()
    keys = [shown.c[name] for name in (*subject, "from_version")]
    next_used = _next_used()
    unneeded = (
        select(*keys)
        .join(next_used, next_used.c.version == shown.c.from_version)
        .where(
            shown.c.following <= first_kept,
            next_used.c.used.is_(None) | (next_used.c.used >= shown.c.following),
        )
    )
    return connection.execute(delete(table).where(tuple_(*own, table.c.from_version).in_(unneeded))).rowcount


def _next_used() -> Subquery:
    """By version: the first from it on that a decision stands on. Looked up row by row it would take hours."""
    done, used = tables.collection.c, select(tables.decision.c.catalog_version)
    own = case((done.version.in_(used), done.version))
    return select(done.version, func.min(own).over(order_by=done.version.desc()).label("used")).subquery()


def _remove_past(connection: Connection, before: datetime, placed: BindParameter[Sequence[int]]) -> int:
    """Of each offering the price that holds at that time is kept: its history begins with it."""
    past = tables.past_price
    own = (past.c.offering_id, past.c.effective_unix_s)
    following = func.lead(past.c.effective_unix_s).over(partition_by=own[0], order_by=own[1])
    told = select(*own, following.label("following")).where(past.c.offering_id.not_in(placed)).subquery()
    unneeded = select(told.c.offering_id, told.c.effective_unix_s).where(told.c.following <= int(before.timestamp()))
    return connection.execute(delete(past).where(tuple_(*own).in_(unneeded))).rowcount


def _placed_offerings(connection: Connection) -> list[int]:
    """The offerings that any decision uses, whichever source prices them."""
    used: set[tuple[str, str, str, str]] = set()
    for (answer,) in connection.execute(select(tables.decision.c.answer_json)):
        for placed in json.loads(answer)["placements"]:
            for part in placed["assignments"]:
                used.add((part["region"], part["zone"] or "", part["instance_type"], part["capacity_type"]))
    offering, region, kind = tables.offering.c, tables.region.c, tables.instance_type.c
    columns = (offering.id, region.provider, region.name, offering.zone, kind.name, offering.capacity_type)
    every = select(*columns).select_from(tables.offering.join(tables.region).join(tables.instance_type))
    rows = connection.execute(every) if used else ()
    return [number for number, provider, place, *rest in rows if (f"{provider}:{place}", *rest) in used]
