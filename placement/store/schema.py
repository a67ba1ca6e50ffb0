"""The database's schema is moved by migrations; a program works only with the schema it was written for."""

import sys
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from placement.domain.errors import StoreOutdated
from placement.store.engine import Database
from placement.store.failures import UPGRADE, shown
from placement.store.tables import SCHEMA_REVISION

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = "migrations"
"""The package with Alembic's scripts: found as a resource, never imported by name."""


def revision(database: Database) -> str | None:
    """The newest migration that the database has, or None before the first. Waits for no writer."""
    if not database.exists():
        return None
    with database.reading() as connection:
        return _revision(connection)


def upgrade(database: Database) -> None:
    """Bring the schema to this program's; makes a SQLite file that is not there. Two at once: one waits."""
    if revision(database) == SCHEMA_REVISION:
        return
    with database.writing(create=True) as connection:
        # Another process may have done it while this one waited.
        known = _revision(connection)
        if known == SCHEMA_REVISION:
            return
        _refuse_newer(known, database)
        # Alembic takes 0.2 s to import, which every other command does without.
        from alembic import command

        command.upgrade(alembic_config(connection), SCHEMA_REVISION)


def check_schema(database: Database) -> None:
    """Raise StoreOutdated unless the schema is this program's."""
    known = revision(database)
    if known is None:
        raise StoreOutdated(f"{shown(database.url)} does not have this program's tables yet; {UPGRADE}")
    _refuse_newer(known, database)
    if known != SCHEMA_REVISION:
        raise StoreOutdated(f"{shown(database.url)} has the older schema {known}; {UPGRADE}")


def alembic_config(connection: Connection) -> "Config":
    """What Alembic's commands need to work on this connection, in its transaction."""
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # its default is what standard output was when Alembic was imported
    config.set_main_option("script_location", str(files(_MIGRATIONS)).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(known: str | None, database: Database) -> None:
    """A newer program may have changed what this one would read wrongly."""
    if known is not None and known > SCHEMA_REVISION:
        raise StoreOutdated(
            f"{shown(database.url)} has schema {known}, newer than this program's {SCHEMA_REVISION}; "
            "use the program that wrote it, or a newer one"
        )
