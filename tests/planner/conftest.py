"""What is collected is stored, in either database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.store.repository import Store
from tests.integration.postgresql import running_server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path / 'placement.db'}")
    else:
        server = running_server()
        with server.database() as name:
            yield from _opened(server.url(name))


def _opened(url: str) -> Iterator[Store]:
    store = Store.open(url, busy_timeout_s=1.0)
    store.upgrade()
    yield store
    store.close()
