"""All that is in the tables, so that before and after can be compared."""

from typing import Any

from sqlalchemy import select

from placement.store import tables
from placement.store.repository import Store

Rows = dict[str, list[tuple[Any, ...]]]


def all_rows(store: Store) -> Rows:
    """The rows of each table, in the order of their keys."""
    with store.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables.metadata.sorted_tables
        }


def empty(store: Store) -> None:
    """Remove every row."""
    with store.engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
