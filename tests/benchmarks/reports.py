"""A month of 500 workloads with prices that change each hour: `python -m tests.benchmarks.reports`."""

import io
import json
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from placement.domain.offering import CapacityType
from placement.domain.sweep import Sweep
from placement.fleet_file import parse_fleet
from placement.optimizer.search import Settings
from placement.planner.ledger import decide_request, request_document
from placement.report_file import FORMATS
from placement.reports.figures import figures
from placement.reports.making import make_report
from placement.reports.period import Period
from placement.store.repository import Store
from providers.onprem import PriceSheets

WORKLOADS = 500
OCTOBER = Period.month("2026-10")


def sheets(first: Sweep) -> Any:
    """The sample market each hour, its spot prices a few per cent away from the hour before."""
    chance = np.random.default_rng(42)
    level = np.ones(len(first.prices))
    moment = OCTOBER.start - timedelta(days=1)
    while moment < OCTOBER.end:
        level = np.clip(level * chance.normal(1, 0.02, len(level)), 0.5, 2)
        yield (
            moment,
            replace(
                first,
                prices=tuple(
                    replace(p, observed_at=moment, usd_per_hour=type(p.usd_per_hour)(int(p.usd_per_hour * factor)))
                    if p.capacity_type is CapacityType.SPOT
                    else p
                    for p, factor in zip(first.prices, level.tolist(), strict=True)
                ),
            ),
        )
        moment += timedelta(hours=1)


def fleet() -> dict[str, Any]:
    workloads = [
        {
            "name": f"w{n}",
            "replicas": 1 + n % 7,
            "resources": {"vcpus": 2 ** (n % 5), "memory_gib": 2 ** (n % 5) * (2 + n % 3)},
            "capacity": {"types": ["on_demand", "spot"] if n % 3 else ["on_demand"]},
            "places": {"allow": ["EU"] if n % 2 else [], "deny": ["onprem"]},
            "labels": {"team": f"team-{n % 12}"},
        }
        for n in range(WORKLOADS)
    ]
    flows = [{"from": f"w{n}", "to": f"w{n + 1}", "gb_per_month": 50 + n} for n in range(0, WORKLOADS - 1, 4)]
    flows += [{"from": f"w{n}", "to": "internet", "gb_per_month": 10 * n} for n in range(0, WORKLOADS, 10)]
    return {"fleet": "all", "workloads": workloads, "flows": flows}


def decide(store: Store, document: dict[str, Any], moment: datetime) -> None:
    catalog = store.catalog(store.version_at(moment))
    asked = parse_fleet(json.dumps(document), "benchmark").fleet
    request = request_document(asked, None, moment, Settings(), allow_stale=True)
    answer = decide_request(catalog, request, f"{moment:%Y%m%dt%H%M%S}-benchmark")
    store.save_decision(answer["id"], moment, asked.name, catalog.version, json.dumps(request), json.dumps(answer))


def say(words: str, began: float) -> None:
    print(f"{words}: {time.perf_counter() - began:.1f} s", flush=True)  # noqa: T201


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open(f"sqlite:///{scratch}/reports.db")
        store.upgrade()
        began = time.perf_counter()
        for moment, sheet in sheets(PriceSheets.sample().sweep()):
            store.save_sweep(sheet, moment)
        for day in (0, 15):
            decide(store, fleet(), OCTOBER.start + timedelta(days=day))
        say("768 collections and 2 decisions", began)
        began = time.perf_counter()
        report = make_report(store, OCTOBER, datetime(2026, 12, 1, tzinfo=UTC))
        say(f"report of {WORKLOADS} workloads, {len(report.charges):,} charges", began)
        store.close()
    found = figures(report)
    for form in FORMATS:
        began = time.perf_counter()
        form.write(report, found, file := io.BytesIO())
        say(f"as {form.name}, {len(file.getvalue()) / 1e6:.1f} MB", began)


if __name__ == "__main__":
    main()
