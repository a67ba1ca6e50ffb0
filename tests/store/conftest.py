"""Every test of the store runs on both databases, each time on one of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.store.repository import Store
from tests.integration.postgresql import running_server

UPGRADED = "upgraded"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table; a SQLite file is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'placement.db'}"
    else:
        server = running_server()
        with server.database() as name:
            yield server.url(name)


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("upgraded") / "upgraded.db"
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    store.close()
    return file


@pytest.fixture(scope="session")
def upgraded_template() -> str:
    server = running_server()
    server.execute("CREATE DATABASE {}", UPGRADED)
    store = Store.open(server.url(UPGRADED))
    store.upgrade()
    store.close()
    return UPGRADED


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with all tables and no rows."""
    if request.param == "sqlite":
        file = tmp_path / "placement.db"
        shutil.copy(request.getfixturevalue("upgraded_file"), file)
        yield f"sqlite:///{file}"
    else:
        server = running_server()
        with server.database(template=request.getfixturevalue("upgraded_template")) as name:
            yield server.url(name)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store.open(database, busy_timeout_s=1.0)
    yield opened
    opened.close()
