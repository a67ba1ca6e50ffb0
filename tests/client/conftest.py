"""Most tests ask one process of the service on the sample market, some through a proxy that misbehaves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.cli.main import run
from placement.client import Client
from tests.api.deciding import Process, running
from tests.client.asking import client_of
from tests.providers.wire.faults import FaultProxy


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the sample market."""
    file = tmp_path_factory.mktemp("market") / "placement.db"
    assert run(["--database", f"sqlite:///{file}", "catalog", "load", "--sample"]) == 0
    return file


@pytest.fixture(scope="session")
def database(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the process."""
    return Path(shutil.copy(market, tmp_path_factory.mktemp("served") / "placement.db"))


@pytest.fixture(scope="session")
def process(database: Path) -> Iterator[Process]:
    """The service, which does not hold an answer back for longer than a fifth of a second."""
    with running(f"sqlite:///{database}", "serve", "--port", "0", PLACEMENT_REQUEST_TIMEOUT_S="2.2") as served:
        yield served


@pytest.fixture
def client(process: Process) -> Iterator[Client]:
    with client_of(process.url) as asking:
        yield asking


@pytest.fixture
def proxy(process: Process) -> Iterator[FaultProxy]:
    """In front of the service."""
    with FaultProxy(process.url).running() as between:
        yield between
