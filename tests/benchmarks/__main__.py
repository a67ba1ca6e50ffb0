"""Figures on the full market, whose folder PLACEMENT_FULL_MARKET names: `python -m tests.benchmarks`."""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.domain.quote import QuoteRequest
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.planner.quoting import quote
from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.benchmarks.fleets import (
    chain,
    estate,
    partly_spread,
    random_graph,
    star,
    with_quotas,
    with_spot_share,
    with_spread,
)


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open(f"sqlite:///{scratch}/bench.db")
        store.upgrade()
        now = datetime.now(UTC)
        for name in ("first", "unchanged"):
            took = seconds(lambda: store.save_sweep(PriceSheets(folder).sweep(), now))
            say(f"catalog load, {name}: {took:.2f} s")
        say(f"catalog from SQLite to memory: {statistics.median(seconds(store.catalog) for _ in range(3)):.2f} s")
        catalog = store.catalog()
    say(f"resident after loading: {resident_mb():.0f} MB")
    request = QuoteRequest(16, 64, capacity_types=(CapacityType.SPOT,))
    quote(catalog, request, now)
    times = [seconds(lambda: quote(catalog, request, now)) for _ in range(200)]
    say(f"quote 16 vCPU / 64 GiB spot: median {statistics.median(times) * 1e3:.3f} ms, max {max(times) * 1e3:.3f} ms")
    columns, types = catalog.offerings, catalog.types
    fits = (types.vcpus >= 16) & (types.memory_gib >= 64) & (types.architecture == "x86_64") & ~types.burstable
    scan = fits[columns.instance_type] & (columns.capacity_type == CAPACITY_TYPES.index(CapacityType.SPOT))
    cheapest = np.sort(columns.nano_usd_per_hour[scan])[:5]
    say(f"quote equals a brute scan: {[o.usd_per_hour for o in quote(catalog, request, now)] == cheapest.tolist()}")
    regions = [region.id for region in catalog.regions]
    for fleet in (
        chain(10),
        star(30),
        random_graph(50),
        random_graph(50, scale=20.0),
        random_graph(50, 1, scale=100.0),
        random_graph(200),
        *(estate(300, regions, seed, scale) for seed in range(5) for scale in (1.0, 20.0)),
        partly_spread(estate(300, regions)),
        with_spot_share(random_graph(50), 0.1),
        with_quotas(random_graph(50), regions, 100.0),
        with_spread(random_graph(20)),
    ):
        outcome = solve(Problem(fleet, catalog, date(2026, 11, 1)), Settings(time_limit_s=30))
        search = outcome.search
        say(f"{fleet.name}: {search.seconds:.2f} s, gap {search.gap:.1e}, stopped by {outcome.stopped_by}")
        for step in search.steps:
            say(f"    {step}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    say(f"peak resident: {peak:.0f} MB")


if __name__ == "__main__":
    market = os.environ.get("PLACEMENT_FULL_MARKET")
    if not market:
        sys.exit("set PLACEMENT_FULL_MARKET to the folder of the full market's price sheet")
    main(Path(market))
