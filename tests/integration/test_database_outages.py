"""PostgreSQL dies while a worker collects: nothing is half-written, and nobody has to be started again."""

import csv
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.api.deciding import Process, running
from tests.api.serving import until
from tests.integration.postgresql import Server, new_server, sample_on

KILLS = 4
TIMES = 8
"""As many instance types as the sample has, so that a sweep takes long enough to die in it."""
SOON_S = 90.0


@pytest.fixture(scope="module")
def server() -> Server:
    # What was committed must outlive the server, which is not true of the machine's power without fsync.
    return new_server("max_connections=60")


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    with sample_on(server) as url:
        yield url


def write_sheet(folder: Path, usd_per_hour: float) -> None:
    """The sample, several times over; on demand everything costs the same."""
    sample = PriceSheets.sample().folder
    if not folder.exists():
        shutil.copytree(sample, folder)
    for name in ("instance_types.csv", "prices.csv"):
        with (sample / name).open(encoding="utf-8", newline="") as read:
            rows = list(csv.DictReader(read))
        with (folder / name).open("w", encoding="utf-8", newline="") as written:
            writer = csv.DictWriter(written, rows[0].keys())
            writer.writeheader()
            for number in range(TIMES):
                for row in rows:
                    own = {"instance_type": f"{row['instance_type']}-{number}" if number else row["instance_type"]}
                    if "usd_per_hour" in row:
                        own["usd_per_hour"] = str(usd_per_hour)
                    writer.writerow(row | own)


def stored(api: Process) -> int | None:
    """The newest catalog version, or None while the service does not know."""
    answer = api.ask("GET", "/v1/collections", params={"result": "stored", "limit": 1})
    return int(answer.json()["collections"][0]["version"]) if answer.status_code == 200 else None


def wait_for_one_after(version: int, api: Process) -> None:
    until(lambda: (stored(api) or 0) > version, SOON_S)


def test_the_server_dies_in_collections_and_each_of_them_is_whole(
    server: Server, database: str, tmp_path: Path
) -> None:
    chance = random.Random(3)
    sheet = tmp_path / "big"
    write_sheet(sheet, 1.0)
    environment = {"PLACEMENT_SHEETS": str(sheet), "PLACEMENT_WORKER_SILENCE_S": "30"}
    with ExitStack() as stack:
        api = stack.enter_context(running(database, "serve", "--port", "0", "--no-worker", **environment))
        worker = stack.enter_context(running(database, "worker", **environment))
        for number in range(1, KILLS + 1):
            write_sheet(sheet, float(number))
            before = stored(api)
            assert before is not None
            assert api.ask("POST", "/v1/collections/onprem").status_code == 202
            time.sleep(chance.uniform(0.2, 2.5))
            server.kill()
            time.sleep(chance.uniform(0.0, 2.0))
            server.start()
            wait_for_one_after(before, api)
            assert_whole(database, float(number))
        assert api.process.poll() is None
        assert worker.process.poll() is None


def assert_whole(database: str, usd_per_hour: float) -> None:
    store = Store.open(database)
    offerings = store.catalog().offerings
    sources = store.catalog().sources
    rows = offerings.nano_usd_per_hour[offerings.source == sources.index("big")]
    store.close()
    assert set(rows.tolist()) == {round(usd_per_hour * 1e9)}, "a sweep is there in part"
