"""A sweep may be killed at any moment: what was known stays as it was, and the next sweep finds nothing in its way."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from placement.store.repository import Store
from tests.api.serving import until
from tests.integration.postgresql import running_server
from tests.integration.sweeping import OFFERINGS, at, nano_usd, sweep_next
from tests.store.market import contents

ROOT = Path(__file__).parent.parent.parent
KILLS = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'placement.db'}"
    else:
        server = running_server()
        with server.database() as name:
            yield server.url(name)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    opened.upgrade()
    yield opened
    opened.close()


def kill_while(doing: str, url: str, after_s: float) -> list[int]:
    """Kill a process that sweeps, so long after it first said what it does; the versions that it said it had stored."""
    command = [sys.executable, "-m", "tests.integration.sweeping", url]
    before = sessions(url)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said: list[str] = []
        while doing not in said:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            said.append(line.strip())
        time.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.read().split("\n")
        assert process.wait() == -signal.SIGKILL
    # A server goes on with what it was last told, and then notices that nobody is there.
    until(lambda: sessions(url) <= before)
    return [int(line.removeprefix("stored ")) for line in said if line.startswith("stored ")]


def sessions(url: str) -> set[int]:
    """The program's sessions on a server; a file has none."""
    if url.startswith("sqlite"):
        return set()
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'placement' AND datname = current_database()"
        )
        return {pid for (pid,) in rows}


def is_whole(market: dict[str, Any], version: int) -> bool:
    """Whether the catalog is the market's state of that number, and not a mixture of two."""
    prices = market["offerings"]["nano_usd_per_hour"]
    return (
        prices == [nano_usd(version)] * OFFERINGS
        and set(market["offerings"]["observed_at"]) == {int(at(version).timestamp())}
        and set(market["nano_usd_per_gb_month"]) == {nano_usd(version)}
    )


def test_whenever_a_sweep_is_killed_the_last_version_is_intact_and_the_next_sweep_succeeds(
    store: Store, url: str
) -> None:
    moments = random.Random(20261125)
    began = time.perf_counter()
    sweep_next(store)
    storing_s = time.perf_counter() - began
    known = {1: contents(store.catalog(1))}
    unfinished = 0
    for number in range(KILLS):
        doing = "asking" if number % 3 == 2 else "storing"
        stored = max([max(known), *kill_while(doing, url, moments.uniform(0, 1.5 * storing_s))])
        newest = store.latest_version()
        assert newest in (stored, stored + 1), "all that was reported is there, and what was being stored may be"
        unfinished += newest == stored
        market = contents(store.catalog())
        assert is_whole(market, newest)
        before = max(known)
        assert contents(store.catalog(before)) == known[before]
        following = sweep_next(store)
        assert following == newest + 1
        assert contents(store.catalog(newest)) == market
        known[following] = contents(store.catalog())
        assert is_whole(known[following], following)
    assert unfinished > 0, "some were killed before the end"
    assert [done.version for done in store.collections()] == list(range(1, max(known) + 1))
    assert store.failures() == []
