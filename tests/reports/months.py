"""A market that changes and fleets that are decided on it, in a store, over October 2026."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from placement.domain.money import rate_from_usd
from placement.domain.region import Region
from placement.domain.sweep import Price, PricedTariff, SourceKind, StorageRate, Sweep
from placement.fleet_file import parse_fleet
from placement.optimizer.search import Settings
from placement.planner.ledger import decide_request, request_document
from placement.policy_file import parse_policies
from placement.reports.making import make_report
from placement.reports.period import Period
from placement.reports.report import Report
from placement.store.repository import Store
from tests.builders import tariff
from tests.store.market import DUBLIN, FRANKFURT, LARGE, SMALL, observed

OCTOBER = Period.month("2026-10")
VIRGINIA = Region("aws", "us-east-1", "US", continent="north-america")
TARIFFS = (
    tariff("aws", "*", "internet", (0, 0.09), (10_240, 0.05)),
    tariff("aws", "*", "other-region", (0, 0.02)),
)
STORAGE = {FRANKFURT.name: 0.0245, DUBLIN.name: 0.023, VIRGINIA.name: 0.021}
_NUMBERS = count()


def at(day: int, hour: float = 0, month: int = 10) -> datetime:
    whole = int(hour)
    return datetime(2026, month, day, whole, round((hour - whole) * 60), tzinfo=UTC)


def swept(
    store: Store, moment: datetime, *prices: Price, tariffs: Sequence[Any] = TARIFFS, source: str = "list"
) -> None:
    """A sheet that says so at that time."""
    found = Sweep(
        source,
        SourceKind.SHEET,
        (FRANKFURT, DUBLIN, VIRGINIA),
        (LARGE, SMALL),
        prices=observed(moment, prices),
        egress=[PricedTariff(row, date(2026, 9, 1)) for row in tariffs],
        storage=[StorageRate("aws", name, rate_from_usd(usd)) for name, usd in STORAGE.items()],
    )
    store.save_sweep(found, moment)


def fleet(*workloads: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"fleet": "shop", "workloads": list(workloads), **others}


def workload(name: str = "web", **others: Any) -> dict[str, Any]:
    return {"name": name, "resources": {"vcpus": 2, "memory_gib": 8}, **others}


def decided(
    store: Store, moment: datetime, document: dict[str, Any], policies: str = "", **settings: Any
) -> dict[str, Any]:
    """Decide on the market of that time, and keep it."""
    version = store.version_at(moment)
    catalog = store.catalog(version)
    asked = parse_fleet(json.dumps(document), "test").fleet
    read = parse_policies([("policies.yaml", policies)], moment.date(), catalog.providers) if policies else None
    rules = read.policies if read else None
    request = request_document(asked, rules, moment, Settings(workers=1, **settings), allow_stale=False)
    identity = f"{moment:%Y%m%dt%H%M%S}-{next(_NUMBERS):06x}"
    answer = decide_request(catalog, request, identity)
    store.save_decision(identity, moment, asked.name, catalog.version, json.dumps(request), json.dumps(answer))
    return answer


def report(store: Store, until: datetime = OCTOBER.end, period: Period = OCTOBER) -> Report:
    return make_report(store, period, until)
