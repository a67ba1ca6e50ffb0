"""Most tests ask one service on the sample market; the others start their own on a small one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.domain.access import Scope
from placement.domain.sweep import Sweep
from placement.planner.keys import issue_key
from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.api.browsing import Browse, Browser, Site
from tests.api.clock import Clock
from tests.api.serving import Service, serving
from tests.store.market import NOON


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows."""
    file = tmp_path_factory.mktemp("upgraded") / "placement.db"
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    store.close()
    return file


@pytest.fixture(scope="session")
def sample_market() -> Sweep:
    return PriceSheets.sample().sweep()


@pytest.fixture(scope="session")
def sample_file(upgraded_file: Path, sample_market: Sweep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the sample market."""
    file = tmp_path_factory.mktemp("sample") / "placement.db"
    shutil.copy(upgraded_file, file)
    store = Store.open(f"sqlite:///{file}")
    store.save_sweep(sample_market, NOON)
    store.close()
    return file


@pytest.fixture(scope="session")
def sample(sample_file: Path) -> Iterator[Service]:
    """The service on the sample market; tests only read."""
    with serving(f"sqlite:///{sample_file}") as service:
        yield service


@pytest.fixture
def file(upgraded_file: Path, tmp_path: Path) -> Path:
    """A database of the test's own, without rows."""
    return Path(shutil.copy(upgraded_file, tmp_path / "placement.db"))


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The same database, to write into."""
    opened = Store.open(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sample_copy(sample_file: Path, tmp_path: Path) -> Path:
    """A database of the test's own, with the sample market."""
    return Path(shutil.copy(sample_file, tmp_path / "placement.db"))


@pytest.fixture
def sample_store(sample_copy: Path) -> Iterator[Store]:
    """The same database, to write into."""
    opened = Store.open(f"sqlite:///{sample_copy}")
    yield opened
    opened.close()


@pytest.fixture
def key(sample_store: Store, clock: Clock) -> str:
    """The only key of that database, by a name that pages must escape; a module may put another in its place."""
    return issue_key(sample_store, "<b>reader</b>", (Scope.READ,), None, clock.now, "cli:me")[1]


@pytest.fixture
def locked(sample_copy: Path, key: str, clock: Clock) -> Iterator[Service]:
    """The service on that database, which the key opens."""
    with serving(f"sqlite:///{sample_copy}", clock) as running:
        yield running


@pytest.fixture
def browse() -> Iterator[Browse]:
    """Opens browsers, and closes them after the test."""
    opened: list[Browser] = []

    def browser_at(service: Site) -> Browser:
        opened.append(Browser(service))
        return opened[-1]

    yield browser_at
    for browser in opened:
        browser.client.close()
