"""Sweeps of one provider exclude each other, in all processes that work on one database.

The lock is the operating system's or the server's: it ends with the process that holds it.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from placement.domain.errors import StoreError, SweepRunning
from placement.store.engine import Database
from placement.store.failures import speaking

_SWEEPS_LOCK = 7_044_116


@contextmanager
def sweep_lock(database: Database, provider: str) -> Iterator[None]:
    """Hold the provider's lock inside the block; raises SweepRunning if another holds it, StoreError if none can."""
    if database.url.get_backend_name() == "postgresql":
        with _server_lock(database, provider):
            yield
    elif database.file is not None:
        lock = _file_lock(database.file, provider)
        try:
            yield
        finally:
            lock.release()
    else:
        # Nobody else sees a database in memory.
        yield


def _file_lock(file: Path, provider: str) -> FileLock:
    """The lock, held; beside the file itself, whatever links lead to it."""
    locks = Path(f"{file.resolve()}.locks")
    try:
        locks.mkdir(exist_ok=True)
        lock = FileLock(locks / provider, timeout=0)
        lock.acquire()
    except Timeout:
        raise _running(provider) from None
    except OSError as failure:
        advice = "this user must be able to write files there, which keep sweeps apart"
        raise StoreError(f"{locks}: {failure.strerror}; {advice}") from failure
    return lock


@contextmanager
def _server_lock(database: Database, provider: str) -> Iterator[None]:
    """A lock of the session: no transaction stays open while the provider is asked."""
    key = {"first": _SWEEPS_LOCK, "second": zlib.crc32(provider.encode()) - (1 << 31)}
    with speaking(database.url), database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.execute(text("SELECT pg_try_advisory_lock(:first, :second)"), key).scalar():
            raise _running(provider)
        try:
            yield
        finally:
            try:
                connection.execute(text("SELECT pg_advisory_unlock(:first, :second)"), key)
            except DBAPIError:
                # The lock ended with its session; what the sweep came to is not changed by that.
                connection.invalidate()


def _running(provider: str) -> SweepRunning:
    return SweepRunning(f"{provider}: another sweep of this provider is running; wait for its end")
