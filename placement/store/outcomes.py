"""What happened in collections beside the market itself: rows that were refused, sweeps that failed."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from placement.domain.sweep import FailedCollection, Refused
from placement.store import tables
from placement.store.bulk import insert_rows


def write_refused(connection: Connection, version: int, refused: Sequence[Refused]) -> None:
    """Keep what the sweep of `version` refused."""
    rows = [(version, row.reason, row.rows, row.example) for row in refused]
    insert_rows(connection, tables.refusal, ("version", "reason", "rows", "example"), rows)


def refused_rows(connection: Connection) -> dict[int, tuple[Refused, ...]]:
    """What was refused, by version, the most frequent reason first."""
    table = tables.refusal.c
    found: dict[int, list[Refused]] = defaultdict(list)
    columns = (table.version, table.reason, table.rows, table.example)
    for version, *row in connection.execute(select(*columns).order_by(table.version, table.rows.desc(), table.reason)):
        found[version].append(Refused(*row))
    return {version: tuple(rows) for version, rows in found.items()}


def save_failure(connection: Connection, failed: FailedCollection) -> None:
    """Keep a failed sweep, of the same source's only the last of several with one reason."""
    table = tables.failed_collection
    same = (table.c.source == failed.source) & (table.c.reason == failed.reason)
    connection.execute(table.delete().where(same))
    number = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    connection.execute(
        insert(table).values(
            id=number,
            source=failed.source,
            started_at=failed.started_at,
            failed_at=failed.failed_at,
            reason=failed.reason,
        )
    )


def failures(connection: Connection) -> list[FailedCollection]:
    """Failed sweeps, oldest first."""
    table = tables.failed_collection.c
    columns = (table.source, table.started_at, table.failed_at, table.reason)
    return [FailedCollection(*row) for row in connection.execute(select(*columns).order_by(table.failed_at, table.id))]
