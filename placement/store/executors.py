"""Executors are the processes that work on jobs: each has a row of its own that it renews as long as it lives."""

from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from placement.store import tables

_table = tables.executor


def beat(connection: Connection, executor_id: str, at: datetime) -> None:
    """This executor is alive; the first beat makes it known."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(_table).values(id=executor_id, started_at=at, beat_at=at)
    connection.execute(row.on_conflict_do_update(index_elements=[_table.c.id], set_={"beat_at": at}))


def beats(connection: Connection) -> dict[str, datetime]:
    """The last beat of each, by the clock of its own machine: whether it changes says more than what it is."""
    return {name: at for name, at in connection.execute(select(_table.c.id, _table.c.beat_at))}


def forget(connection: Connection, executor_id: str) -> None:
    """It has ended, and nothing of its work is left."""
    connection.execute(delete(_table).where(_table.c.id == executor_id))
