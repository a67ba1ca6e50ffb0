import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.store.repository import Store


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows."""
    file = tmp_path_factory.mktemp("upgraded") / "placement.db"
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    store.close()
    return file


@pytest.fixture
def store(upgraded_file: Path, tmp_path: Path) -> Iterator[Store]:
    file = shutil.copy(upgraded_file, tmp_path / "placement.db")
    opened = Store.open(f"sqlite:///{file}")
    yield opened
    opened.close()
