"""What a source says is compared with what it said before, and only the difference is written."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, not_, select, true
from sqlalchemy import Table as SqlTable

from placement.store.bulk import insert_rows
from placement.store.tables import offering, price

Subject = tuple[Any, ...]
Facts = tuple[Any, ...]


def facts_at(connection: Connection, table: SqlTable, version: int) -> list[Sequence[Any]]:
    """(source_id, *subject, *facts) of all that holds in `version`."""
    return list(connection.execute(_at(table, version)).all())


def record(
    connection: Connection, table: SqlTable, source_id: int, version: int, said: Mapping[Subject, Facts]
) -> None:
    """Make `said` what holds of this source from `version` on; what it does not name ends."""
    subject, facts = table.info["subject"], table.info["facts"]
    rows = connection.execute(_at(table, version).where(table.c.source_id == source_id)).all()
    before = {tuple(row[1 : 1 + len(subject)]): tuple(row[1 + len(subject) :]) for row in rows}
    changes = [(source_id, *key, version, False, *now) for key, now in said.items() if before.pop(key, None) != now]
    nothing = (None,) * len(facts)
    changes += [(source_id, *key, version, True, *nothing) for key in before if key not in said]
    insert_rows(connection, table, ("source_id", *subject, "from_version", "ended", *facts), changes)


def _at(table: SqlTable, version: int) -> Select[Any]:
    key = [table.c.source_id, *(table.c[name] for name in table.info["subject"])]
    newest = (
        select(*key, func.max(table.c.from_version).label("from_version"))
        .where(table.c.from_version <= version)
        .group_by(*key)
        .subquery()
    )
    same = and_(*(table.c[column.name] == column for column in newest.c))
    facts = [table.c[name] for name in table.info["facts"]]
    return select(*key, *facts).join_from(table, newest, same).where(not_(table.c.ended))


def prices_at(connection: Connection, version: int, of_offering: Sequence[str], of_price: Sequence[str]) -> Select[Any]:
    """These columns of all offerings that have a price in `version`, and of their prices.

    Each offering costs one seek in its own change points, however many there are: PostgreSQL does so when a
    subquery may look at the row before it, SQLite when the highest version is asked for by itself.
    """
    held: FromClause
    if connection.dialect.name == "postgresql":
        until = select(price).where(price.c.offering_id == offering.c.id, price.c.from_version <= version)
        held = until.order_by(price.c.from_version.desc()).limit(1).lateral("held")
        is_held: ColumnElement[bool] = true()
    else:
        held, until_then = price, price.alias()
        newest = select(func.max(until_then.c.from_version)).where(
            until_then.c.offering_id == offering.c.id, until_then.c.from_version <= version
        )
        is_held = and_(price.c.offering_id == offering.c.id, price.c.from_version == newest.scalar_subquery())
    columns = [*(offering.c[name] for name in of_offering), *(held.c[name] for name in of_price)]
    return select(*columns).join_from(offering, held, is_held).where(held.c.nano_usd_per_hour.is_not(None))
