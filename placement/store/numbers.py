"""Names are written once and referred to by number."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from placement.store.bulk import insert_rows


class Numbers(dict[tuple[Any, ...], int]):
    """Ids by what they stand for. New ones follow the highest, which only the one writer there is may do."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        columns: tuple[str, ...],
        only: ColumnElement[bool] | None = None,
    ) -> None:
        """Read the known ones; `only` those that can be asked for."""
        self.connection, self.table, self.columns = connection, table, columns
        self.added: list[tuple[Any, ...]] = []
        known = select(table.c.id, *(table.c[name] for name in columns))
        rows = connection.execute(known if only is None else known.where(only)).all()
        super().__init__((tuple(row[1:]), row[0]) for row in rows)
        self._next = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1

    def __missing__(self, key: tuple[Any, ...]) -> int:
        self[key] = number = self._next
        self._next += 1
        self.added.append((number, *key))
        return number

    def write(self) -> None:
        """Insert those that are new."""
        insert_rows(self.connection, self.table, ("id", *self.columns), self.added)
        self.added = []
