"""A database is a SQLite file, for one machine, or a PostgreSQL server; both are opened here and nowhere else.

Transactions are begun by hand: a writer takes the whole database at its start (SQLite) or one lock that all writers of
its part share (PostgreSQL), so that two never interleave; readers wait for nobody. A sweep writes for seconds: what the
service keeps of its own, and the beats of its workers, must not wait for that where it need not.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, StaticPool

from placement.domain.errors import StoreError
from placement.store.failures import UPGRADE, shown, speaking

_CONNECT_TIMEOUT_S = 10
_FORMS = "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"


class Part(IntEnum):
    """What writers write, by its lock: any numbers, as long as nothing else on the server takes them."""

    MARKET = 7_044_116_201_118
    """Prices and the schema."""
    LEDGER = 7_044_116_201_119
    """Requests, decisions, documents, keys, executors, and the audit log."""


class Database:
    """Where the store lies, and how its transactions begin and end."""

    def __init__(self, url: str, busy_timeout_s: float) -> None:
        """Raises StoreError if the URL cannot be used; see `check_reachable` for what lies behind it."""
        self.url = _read(url)
        self.busy_timeout_s = busy_timeout_s
        self.file = _file_of(self.url)
        with speaking(self.url):
            self.engine = self._engine()

    def _engine(self) -> Engine:
        if self.url.get_backend_name() == "sqlite":
            engine = create_engine(
                self.url, creator=self._connect_sqlite, poolclass=NullPool if self.file else StaticPool
            )
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        settings: dict[str, str | int] = {
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "application_name": "placement",
            # Compiling a query takes longer than the largest one here does.
            "options": "-c jit=off",
        }
        chosen = {name: value for name, value in settings.items() if name not in self.url.query}
        return create_engine(self.url, pool_pre_ping=True, connect_args=chosen)

    def _connect_sqlite(self) -> sqlite3.Connection:
        target = f"file:{quote(str(self.file))}?mode=rw" if self.file else ":memory:"
        connection = sqlite3.connect(
            target,
            uri=self.file is not None,
            timeout=self.busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # With a write-ahead log readers go on while one writes. It is kept in the file; who cannot switch it
            # on, because the file is read-only or just being made by another, does without.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that waits for no writer."""
        self._check_file()
        with speaking(self.url), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, part: Part = Part.MARKET, *, create: bool = False) -> Iterator[Connection]:
        """The transaction of the only writer of a part: all of it is kept, or nothing.

        Raises StoreBusy if another writer is still there after the busy timeout. `create` makes a SQLite
        file that does not exist.
        """
        if create and self.file:
            self._make_file(self.file)
        self._check_file()
        with (
            speaking(self.url),
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                timeout_ms = max(1, round(self.busy_timeout_s * 1000))
                connection.execute(text(f"SET LOCAL lock_timeout = {timeout_ms}"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({part.value})"))
            yield connection

    def exists(self) -> bool:
        """Whether there is a file; a server is taken to be there until it does not answer."""
        # os.path says no where pathlib raises, such as for a name that is too long.
        return self.file is None or os.path.exists(self.file)

    def check_reachable(self) -> None:
        """Raise StoreError if no database can be there: no such folder, not a database, no server, wrong password."""
        if self.exists():
            with self.reading() as connection:
                tables = "sqlite_master" if connection.dialect.name == "sqlite" else "pg_catalog.pg_class"
                connection.execute(text(f"SELECT 1 FROM {tables} LIMIT 1"))
        elif self.file is not None and not self.file.parent.is_dir():
            raise StoreError(f"{shown(self.url)}: there is no folder {self.file.parent}; make it first")

    def _make_file(self, file: Path) -> None:
        try:
            file.touch()
        except OSError as failure:
            raise StoreError(f"{file} cannot be made: {failure.strerror}; name another file") from None

    def _check_file(self) -> None:
        if not self.exists():
            raise StoreError(f"there is no database {self.file} yet; {UPGRADE}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _read(url: str) -> URL:
    try:
        read = make_url(url)
        backend = read.get_backend_name()
    except (ArgumentError, ValueError):
        # The text itself is not shown: it may hold a password.
        raise StoreError(f"the database URL cannot be understood; {_FORMS}") from None
    if backend in ("postgresql", "postgres"):
        return read.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"{backend} is not a database this program can use; {_FORMS}")
    return read.set(drivername="sqlite")


def _file_of(url: URL) -> Path | None:
    """The file of SQLite, or None in memory and on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).absolute()
