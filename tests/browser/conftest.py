"""Tests in a real browser share one, and one service with some decisions; they run in one process of a test run."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.api.deciding import FLEET, Process, running
from tests.browser.visiting import HOSTILE, POLICIES, Visit, visiting
from tests.store.market import NOON

_NAMES = ("chromium", "chromium-browser", "google-chrome")
VARIABLE = "PLACEMENT_CHROMIUM"
"""Names the browser's program, where it is another."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser; skips the test where none is installed.

    Its driver keeps an event loop in this thread, in which no later test could have one: so it ends with its module.
    """
    program = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip(f"no chromium is installed, and {VARIABLE} names none")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample market."""
    file = tmp_path_factory.mktemp("browser") / "placement.db"
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    store.save_sweep(PriceSheets.sample().sweep(), NOON)
    store.close()
    return f"sqlite:///{file}"


@pytest.fixture(scope="module")
def service(database: str, chromium: Browser) -> Iterator[Process]:
    """With a fleet in force, one that cannot be placed, one whose name is an attack, and policies."""
    with running(database, "serve", "--port", "0") as process:
        saved = process.ask("PUT", "/v1/policies/eu", content=POLICIES, headers={"Content-Type": "application/yaml"})
        assert saved.status_code == 201, saved.text
        judged = FLEET | {
            "policies": ["eu"],
            "workloads": [FLEET["workloads"][0] | {"classification": ["pii-eu"]}, FLEET["workloads"][1]],
        }
        nowhere = {"fleet": "nowhere", "workloads": [FLEET["workloads"][0] | {"places": {"allow": ["IS"]}}]}
        for fleet in (judged, nowhere, FLEET | {"fleet": HOSTILE, "flows": []}):
            assert process.decide(fleet).status_code == 201
        yield process


@pytest.fixture
def visit(chromium: Browser, service: Process) -> Iterator[Visit]:
    """A person at the service, on a wide screen by day."""
    with visiting(chromium, service.url) as person:
        yield person
