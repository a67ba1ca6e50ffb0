"""What drivers report becomes a StoreError that says what would be right, and never a password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from placement.domain.errors import StoreBusy, StoreError, StoreOutdated

UPGRADE = "run: placement db upgrade"

_OF_SQLITE = {
    "SQLITE_NOTADB": "the file is not a SQLite database; name another file, or remove this one",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_CANTOPEN": "the file cannot be opened; it must be readable, and so must its folder",
    "SQLITE_READONLY": "the file or its folder cannot be written to; give this user the right to write there",
    "SQLITE_FULL": "the disk is full; make room and try again",
    "SQLITE_IOERR": "the disk reports an error",
}
_OF_POSTGRESQL = {
    "42501": "this user may not do that; grant the rights on the database's schema",
    "53100": "the server's disk is full; make room and try again",
    "25006": "the server accepts no writes; name the primary server",
}
_WHILE_CONNECTING = (
    ("password authentication failed", "check user and password in the URL"),
    ("no password supplied", "put the password in the URL, or in PGPASSWORD"),
    ("does not exist", "create it, or name another in the URL"),
    ("could not translate host name", "check the host in the URL"),
    ("failed to resolve host", "check the host in the URL"),
    ("Connection refused", "start the server, or check host and port in the URL"),
    ("No such file or directory", "start the server, or check host and port in the URL"),
    ("timeout", "start the server, or check host and port in the URL"),
    ("too many", "wait, or raise the server's max_connections"),
)
_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40P01"}
_LACKS_TABLE = {"42P01", "42703"}


@contextmanager
def speaking(url: URL) -> Iterator[None]:
    """Turn what goes wrong with the database at `url` inside the block into a StoreError."""
    try:
        yield
    except DBAPIError as failure:
        raise explained(failure, url) from failure
    except NoSuchModuleError as failure:
        raise StoreError(f"{url.drivername} is not a database this program can use") from failure


def shown(url: URL) -> str:
    """The URL for people, its password hidden."""
    return url.render_as_string(hide_password=True)


def explained(failure: DBAPIError, url: URL) -> StoreError:
    """The error that says what would be right."""
    cause, where = failure.orig, shown(url)
    words = _first_line(str(cause))
    code = _code(cause)
    if code in _BUSY:
        return StoreBusy(f"{where}: another process is writing; try again when it has finished")
    if code in _LACKS_TABLE or words.startswith("no such table") or words.startswith("no such column"):
        return StoreOutdated(f"{where} does not have this program's tables; {UPGRADE}")
    advice = _OF_SQLITE.get(code) or _OF_POSTGRESQL.get(code)
    if advice:
        return StoreError(f"{where}: {advice} ({words})")
    for sign, remedy in _WHILE_CONNECTING:
        if sign in str(cause):
            return StoreError(f"{where}: {words}; {remedy}")
    return StoreError(f"{where}: {words}")


def _code(cause: BaseException | None) -> str:
    """SQLite's name of the error without its extension, or PostgreSQL's five letters."""
    name = getattr(cause, "sqlite_errorname", None)
    if name:
        return "_".join(str(name).split("_")[:2])
    return getattr(cause, "sqlstate", None) or ""


def _first_line(words: str) -> str:
    """libpq lists one line per address that it tried: the first says enough."""
    return re.sub(r"^connection failed: ", "", words.strip().split("\n")[0]).strip()
