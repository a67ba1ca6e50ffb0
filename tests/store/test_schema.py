import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from placement.domain.errors import StoreOutdated
from placement.store import schema
from placement.store.engine import Database
from placement.store.repository import Store
from placement.store.tables import SCHEMA_REVISION, metadata


@pytest.fixture
def opened(empty_database: str) -> Iterator[Database]:
    database = Database(empty_database, 30)
    yield database
    database.engine.dispose()


def table_names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def test_the_schema_can_be_made_undone_and_made_again(opened: Database) -> None:
    schema.upgrade(opened)
    made = table_names(opened)
    assert made == {*metadata.tables, "alembic_version"}
    with opened.writing() as connection:
        command.downgrade(schema.alembic_config(connection), "base")
    assert table_names(opened) == {"alembic_version"}
    schema.upgrade(opened)
    assert table_names(opened) == made


def test_the_migrations_make_what_the_tables_say(opened: Database) -> None:
    schema.upgrade(opened)
    with opened.writing() as connection:
        command.check(schema.alembic_config(connection))


def test_this_program_works_with_the_newest_migration(opened: Database) -> None:
    with opened.writing(create=True) as connection:
        scripts = ScriptDirectory.from_config(schema.alembic_config(connection))
    assert scripts.get_heads() == [SCHEMA_REVISION]


def test_an_upgrade_may_be_repeated_and_changes_nothing(opened: Database) -> None:
    schema.upgrade(opened)
    with opened.writing() as connection:
        connection.execute(text("INSERT INTO note VALUES (1, 'kept')"))
    schema.upgrade(opened)
    with opened.reading() as connection:
        assert connection.execute(text("SELECT text FROM note")).scalars().all() == ["kept"]


def test_upgrades_at_the_same_time_both_succeed(empty_database: str, opened: Database) -> None:
    program = "import sys; from placement.store.repository import Store; Store.open(sys.argv[1], 60).upgrade()"
    command_line = [sys.executable, "-W", "ignore::ResourceWarning", "-c", program, empty_database]
    upgrades = [subprocess.Popen(command_line, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    failures = [upgrade.communicate()[1] for upgrade in upgrades]
    assert [upgrade.returncode for upgrade in upgrades] == [0, 0, 0], failures
    assert table_names(opened) == {*metadata.tables, "alembic_version"}


def test_a_failed_migration_leaves_nothing_behind(opened: Database) -> None:
    with opened.writing(create=True) as connection:
        connection.execute(text("CREATE TABLE decision (id INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        schema.upgrade(opened)
    assert table_names(opened) == {"decision"}


def test_a_database_without_tables_says_what_to_run(empty_database: str) -> None:
    store = Store.open(empty_database)
    assert store.is_new()
    with pytest.raises(StoreOutdated, match="run: placement db upgrade"):
        store.check_schema()
    store.upgrade()
    store.check_schema()
    assert not store.is_new()
    store.close()


def test_who_asks_before_the_schema_is_there_is_told_what_to_run(empty_database: str) -> None:
    store = Store.open(empty_database)
    with pytest.raises(Exception, match="run: placement db upgrade"):
        store.catalog()
    store.close()


@pytest.mark.parametrize(
    ("revision", "words"),
    [("0000", "older schema 0000; run: placement db upgrade"), ("9999", "newer than this program's")],
)
def test_another_schema_is_refused(opened: Database, empty_database: str, revision: str, words: str) -> None:
    schema.upgrade(opened)
    with opened.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    store = Store.open(empty_database)
    with pytest.raises(StoreOutdated, match=words):
        store.check_schema()
    store.close()


def test_a_newer_schema_is_not_upgraded(opened: Database) -> None:
    schema.upgrade(opened)
    with opened.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreOutdated, match="a newer one"):
        schema.upgrade(opened)


def test_an_upgrade_leaves_the_programs_logging_alone(opened: Database) -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers), logging.getLogger("alembic").level
    schema.upgrade(opened)
    assert (root.level, list(root.handlers), logging.getLogger("alembic").level) == before
