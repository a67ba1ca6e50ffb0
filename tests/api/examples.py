"""The OpenAPI document shows what the service answers on a tiny market; `python -m tests.api.examples` asks anew."""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from placement.domain.money import rate_from_usd
from placement.domain.region import Attestation
from placement.domain.sweep import FailedCollection, PricedTariff, Refused, StorageRate
from placement.fleet_file import parse_fleet
from placement.optimizer.search import Settings
from placement.planner.ledger import decide_request, request_document
from placement.store.repository import Store
from tests.api.serving import Service, serving
from tests.builders import tariff
from tests.store.market import API, DUBLIN, FRANKFURT, HOUR, NOON, SMALL, SPOT, figure, observed, price, sweep

FILE = Path(__file__).parents[2] / "api" / "examples.json"
_ISO = Attestation("iso-27001", date(2026, 1, 1), date(2027, 12, 31))
_TARIFFS = (
    tariff("aws", "*", "internet", (0, 0.09), (10_240, 0.085)),
    tariff("aws", "*", "other-region", (0, 0.02)),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One request, and how the document names it."""

    name: str
    path: str
    """As the document has it."""
    asked: str
    """As it is sent."""
    body: Any = None
    verb: str = ""
    """Unless it is GET, or POST with a body."""

    @property
    def method(self) -> str:
        return self.verb or ("GET" if self.body is None else "POST")


_LARGE = {"vcpus": 2, "memory_gib": 8}
_QUOTE = {"resources": _LARGE, "capacity": {"types": ["on_demand", "spot"]}, "places": {"allow": ["EU"]}, "top": 2}
_WRONG = {"resources": {"vcpus": 0}, "places": ["DE"]}
_DECIDED = "20261101t120000-4f1d7c9a2b3e"
_WEB = {"name": "web", "resources": _LARGE, "replicas": 2, "places": {"allow": ["EU"]}}
_CLASSIFIED = {"classification": ["pii-eu"]}
_FLEET = {
    "fleet": "shop",
    "workloads": [_WEB, {"name": "api", "resources": _LARGE}],
    "flows": [{"from": "web", "to": "api", "gb_per_month": 100}],
}
_POLICIES = {
    "classes": {"pii-eu": {"sensitivity": "restricted", "categories": ["pii"], "subjects": ["EU"]}},
    "policies": [
        {
            "name": "gdpr",
            "version": 3,
            "when": {"classification": ["pii-eu"]},
            "allow_only": {"place": ["DE"]},
            "legal_ref": "GDPR Art. 44",
        }
    ],
}
_LAWFUL = _FLEET | {"policies": ["gdpr"], "workloads": [_WEB, {"name": "api", "resources": _LARGE} | _CLASSIFIED]}
_FLAWED = {"fleet": "shop", "workloads": [{"name": "web", "resources": {"vcpus": 2}}]}
QUESTIONS = (
    Question("cheapest in the EU", "/v1/quotes", "/v1/quotes", _QUOTE),
    Question("wrong values", "/v1/quotes", "/v1/quotes", _WRONG),
    Question("no policies yet", "/v1/quotes", "/v1/quotes", {"resources": _LARGE, "classification": ["pii-eu"]}),
    Question("stored", "/v1/policies/{name}", "/v1/policies/gdpr", _POLICIES, "PUT"),
    Question("by name", "/v1/policies", "/v1/policies?limit=10"),
    Question("as it was written", "/v1/policies/{name}", "/v1/policies/gdpr"),
    Question("where a fleet may lie", "/v1/policies/check", "/v1/policies/check?as_of=2026-11-01", _LAWFUL),
    Question("for personal data", "/v1/quotes", "/v1/quotes", {"resources": _LARGE, "top": 2} | _CLASSIFIED),
    Question("stored", "/v1/fleets/{name}", "/v1/fleets/shop", _LAWFUL, "PUT"),
    Question("as it was written", "/v1/fleets/{name}", "/v1/fleets/shop"),
    Question("what would move", "/v1/fleets/{name}/moves", "/v1/fleets/shop/moves"),
    Question("who stored them", "/v1/audit", "/v1/audit?limit=2"),
    Question("a fleet with a flaw", "/v1/decisions", "/v1/decisions", _FLAWED),
    Question("newest first", "/v1/decisions", "/v1/decisions?limit=10"),
    Question("two workloads", "/v1/decisions/{decision_id}", f"/v1/decisions/{_DECIDED}"),
    Question(
        "why there",
        "/v1/decisions/{decision_id}/explanation",
        f"/v1/decisions/{_DECIDED}/explanation?workload=web",
    ),
    Question("it holds", "/v1/decisions/{decision_id}/replay", f"/v1/decisions/{_DECIDED}/replay", verb="POST"),
    Question("spot, page by page", "/v1/offerings", "/v1/offerings?region=eu-*&capacity_type=spot&limit=1"),
    Question(
        "one month",
        "/v1/prices/history",
        "/v1/prices/history?region=aws:eu-central-1&instance_type=m.large&since=2026-10-15&until=2026-11-15",
    ),
    Question("20 TB to people", "/v1/egress", "/v1/egress?from=aws:eu-central-1&to=internet&gb=20000"),
    Question("of one provider", "/v1/egress/tariffs", "/v1/egress/tariffs?provider=aws"),
    Question("in Germany", "/v1/regions", "/v1/regions?country=DE"),
    Question("two sources", "/v1/catalog", "/v1/catalog"),
    Question("the month so far", "/v1/reports/{month}", "/v1/reports/2026-11"),
    Question("newest two", "/v1/collections", "/v1/collections?limit=2"),
    Question("alive", "/healthz", "/healthz"),
    Question("ready", "/readyz", "/readyz"),
    Question("a catalog that is gone", "/problems/{slug}", "/problems/catalog-gone"),
)


def store_market(store: Store) -> None:
    """A price sheet, an API that sells spot for less, and a sweep of it that failed."""
    regions = (replace(FRANKFURT, city="Frankfurt", lat=50.1, lon=8.7, attestations=(_ISO,)), DUBLIN)
    prices = observed(NOON, [price(0.1), price(0.11, region=DUBLIN), price(0.04, kind=SMALL)])
    sheet = sweep(
        *prices,
        source="sheet",
        regions=regions,
        egress=[PricedTariff(row, date(2026, 10, 1)) for row in _TARIFFS],
        storage=[StorageRate("aws", FRANKFURT.name, rate_from_usd(0.0245))],
        interruption=[figure(5, 10)],
    )
    store.save_sweep(replace(sheet, prices=observed(NOON - 240 * HOUR, [price(0.12)])), NOON - 240 * HOUR)
    store.save_sweep(sheet, NOON, NOON - HOUR / 60)
    spot = [price(0.03, SPOT), price(0.035, SPOT, zone="eu-central-1a"), price(0.045, SPOT, region=DUBLIN)]
    refused = [Refused("the price is 0", 1, "m.small in eu-west-1")]
    store.save_sweep(sweep(*observed(NOON, spot), source="aws", kind=API, refused=refused), NOON, NOON - HOUR / 60)
    store.save_failure(FailedCollection("aws", NOON + HOUR / 4, NOON + HOUR / 3, "aws: the API did not answer"))
    _store_decision(store)


def _store_decision(store: Store) -> None:
    """Made here, for the service that shows it has no worker."""
    catalog = store.catalog()
    fleet = parse_fleet(json.dumps(_FLEET), "example").fleet
    request = request_document(fleet, None, NOON, Settings(), allow_stale=False)
    answer = _steady(decide_request(catalog, request, _DECIDED))
    store.save_decision(_DECIDED, NOON, fleet.name, catalog.version, json.dumps(request), json.dumps(answer))


def answered(service: Service) -> Iterator[dict[str, Any]]:
    """Each question with its answer."""
    for question in QUESTIONS:
        own_id = {"X-Request-Id": "example"}
        answer = service.ask(question.method, question.asked, json=question.body, headers=own_id)
        body = {} if question.body is None else {"body": question.body}
        yield {
            "name": question.name,
            "method": question.method,
            "path": question.path,
            "asked": question.asked,
            **body,
            "status": answer.status_code,
            "answer": _steady(answer.json()),
        }


def _steady(answer: Any) -> Any:
    """How long a search takes depends on the machine."""
    if isinstance(answer, dict) and "solve_seconds" in answer:
        answer |= {"solve_seconds": 0.02, "steps": [f"{0.02:6.2f}{step[6:]}" for step in answer["steps"]]}
    return answer


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/example.db"
        opened = Store.open(url)
        opened.upgrade()
        store_market(opened)
        opened.close()
        with serving(url, clock=lambda: NOON + HOUR / 2) as running:
            examples = list(answered(running))
    FILE.write_text(json.dumps(examples, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"{FILE.name}: {len(examples)} examples\n")
