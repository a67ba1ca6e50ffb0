"""A sweep of the full market as a cloud's API would tell it, into each database, each in a process of its own.

python -m tests.benchmarks.ingest                  # all of them
python -m tests.benchmarks.ingest DATABASE_URL     # one sweep into this database
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from placement.domain.provider import Fact
from placement.domain.sweep import Price, SourceKind
from placement.planner.collecting import collect
from placement.store.repository import Store
from providers.onprem import PriceSheets


class AsApi:
    """The price sheet as if an API said it now: observed at this moment, and judged by its coverage."""

    name = provider = "market"
    kind = SourceKind.API
    cadence = timedelta(hours=1)

    def __init__(self, folder: Path) -> None:
        self._sheet = PriceSheets(folder)

    def facts(self) -> Iterator[Fact]:
        now = datetime.now(UTC)
        for fact in self._sheet.facts():
            yield replace(fact, observed_at=now) if isinstance(fact, Price) else fact


def sweep(folder: Path, url: str) -> None:
    store = Store.open(url)
    store.upgrade()
    began = time.perf_counter()
    record, _ = collect(store, AsApi(folder), lambda: datetime.now(UTC))
    seconds = time.perf_counter() - began
    store.close()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    counts = f"{record.rows:,} prices, {record.changed:,} changed"
    print(f"{seconds:.1f} s, peak {peak_mb:.0f} MB: {counts}", flush=True)  # noqa: T201


def main() -> None:
    from tests.integration.postgresql import running_server

    server = running_server()
    with tempfile.TemporaryDirectory() as scratch, server.database() as name:
        for kind, url in (("SQLite", f"sqlite:///{scratch}/bench.db"), ("PostgreSQL", server.url(name))):
            for which in ("first", "unchanged"):
                print(f"sweep into {kind}, {which}: ", end="", flush=True)  # noqa: T201
                subprocess.run([sys.executable, "-m", "tests.benchmarks.ingest", url], check=True)


if __name__ == "__main__":
    market = os.environ.get("PLACEMENT_FULL_MARKET")
    if not market:
        sys.exit("set PLACEMENT_FULL_MARKET to the folder of the full market's price sheet")
    if sys.argv[1:]:
        sweep(Path(market), sys.argv[1])
    else:
        main()
