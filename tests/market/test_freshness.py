"""Prices that are too old are used only where the request says so, and then the answer says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from placement.documents import decision_document
from placement.domain.fleet import CapacityRequest, Workload
from placement.domain.offering import CapacityType, Offering
from placement.domain.quote import QuoteRequest
from placement.domain.sweep import SourceKind
from placement.fleet_file import parse_fleet, to_document
from placement.market.catalog import Catalog
from placement.market.freshness import judged, stale_rows
from placement.optimizer.constraints.screens.fresh import Fresh
from placement.optimizer.search import Settings
from placement.planner.deciding import decide
from placement.planner.explaining import explain
from placement.planner.quoting import quote, refusals
from placement.store.freshness import Freshness
from tests.builders import DUBLIN, FRANKFURT, NOON, TODAY, VIRGINIA, catalog, fleet, offering, workload

ON_DEMAND, SPOT, RESERVED = CapacityType
SHEET, API = SourceKind
SECOND = timedelta(seconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = ((SPOT, HOUR), (ON_DEMAND, 7 * DAY), (RESERVED, 7 * DAY))
SETTINGS = Settings(time_limit_s=20, workers=1)


def aged(age: timedelta, usd: float = 0.1, bought: CapacityType = SPOT, **others: Any) -> Offering:
    return offering(usd_per_hour=usd, capacity_type=bought, observed_at=NOON - age, **others)


def from_api(*offerings: Offering) -> Catalog:
    return catalog(offerings, source_kind=API)


def used(offerings: Sequence[Offering]) -> list[float]:
    return [o.usd_per_hour / 1e9 for o in offerings]


@pytest.mark.parametrize(("bought", "limit"), LIMITS)
@pytest.mark.parametrize(
    ("beyond", "stale"), [(-SECOND, False), (0 * SECOND, False), (SECOND, True), (900 * DAY, True)]
)
def test_a_price_of_an_api_is_stale_beyond_the_limit_of_its_capacity_type(
    bought: CapacityType, limit: timedelta, beyond: timedelta, stale: bool
) -> None:
    assert stale_rows(from_api(aged(limit + beyond, bought=bought)), NOON).tolist() == [stale]
    assert stale_rows(catalog([aged(limit + beyond, bought=bought)], source_kind=SHEET), NOON).tolist() == [False]


@pytest.mark.parametrize(("bought", "limit"), LIMITS)
@pytest.mark.parametrize("beyond", [-SECOND, 0 * SECOND, SECOND])
def test_what_is_shown_of_a_source_follows_the_same_limits(
    bought: CapacityType, limit: timedelta, beyond: timedelta
) -> None:
    oldest = NOON - limit - beyond
    row = Freshness("cloud", "aws", FRANKFURT.name, API, {bought: 1}, {bought: oldest}, oldest)
    assert row.stale(NOON) == ((bought,) if beyond > 0 * SECOND else ())
    assert replace(row, kind=SHEET).stale(NOON) == ()


def test_a_price_from_a_clock_that_is_ahead_is_fresh() -> None:
    assert stale_rows(from_api(aged(-5 * DAY)), NOON).tolist() == [False]


def test_the_kind_of_the_source_that_priced_it_decides() -> None:
    rows = (aged(2 * HOUR, source="a-sheet"), aged(2 * HOUR, source="b-api", region=DUBLIN))
    mixed = replace(catalog(rows), source_kinds=(SHEET, API))
    found = {mixed.offering(row).region: stale for row, stale in enumerate(stale_rows(mixed, NOON).tolist())}
    assert found == {FRANKFURT: False, DUBLIN: True}


def test_an_empty_market_is_fresh() -> None:
    nothing = catalog([], regions=[FRANKFURT])
    assert judged(nothing, NOON) is nothing


def test_a_catalog_without_stale_prices_stays_the_same_object() -> None:
    fresh, sheet = from_api(aged(HOUR)), catalog([aged(900 * DAY)])
    assert judged(fresh, NOON) is fresh
    assert judged(sheet, NOON) is sheet


def test_judging_marks_a_catalog_of_its_own() -> None:
    market = from_api(aged(2 * HOUR), aged(0 * HOUR, region=DUBLIN))
    marked = judged(market, NOON)
    assert marked.offerings.stale.tolist() == [True, False]
    assert market.offerings.stale.tolist() == [False, False], "which others may be reading"
    assert [marked.offering(row).stale for row in range(2)] == [True, False]
    assert (marked.version, marked.as_of, marked.regions) == (market.version, market.as_of, market.regions)


def test_the_rule_says_the_same_of_all_offerings_and_of_one() -> None:
    market = judged(from_api(aged(61 * timedelta(minutes=1)), aged(8 * DAY, bought=ON_DEMAND, region=DUBLIN)), NOON)
    asked, rule = workload(), Fresh()
    mask = rule.admits(asked, market, TODAY)
    assert mask is not None
    assert mask.tolist() == [False, False]
    assert [rule.rejects(asked, market.offering(row), TODAY) for row in range(2)] == [
        "its price is of 2026-11-01 10:59 UTC; spot may be 1 h old",
        "its price is of 2026-10-24 12:00 UTC; on_demand may be 7 d old",
    ]
    fresh = from_api(aged(HOUR))
    assert rule.admits(asked, fresh, TODAY) is None
    assert rule.rejects(asked, fresh.offering(0), TODAY) is None


WEB = workload(capacity=CapacityRequest((ON_DEMAND, SPOT)))
STALE = aged(2 * HOUR, 0.01)
FRESH = aged(DAY, 0.1, ON_DEMAND, region=DUBLIN)
UNUSED = aged(30 * DAY, 9, ON_DEMAND, region=VIRGINIA)
MARKET = from_api(STALE, FRESH, UNUSED)


def placed(
    market: Catalog, asked: Workload = WEB, *, allow_stale: bool = False, now: datetime = NOON
) -> dict[str, Any]:
    return decision_document(decide(market, fleet(asked), SETTINGS, now, allow_stale=allow_stale))


def regions_of(document: dict[str, Any]) -> list[str]:
    return [part["region"] for one in document["placements"] for part in one["assignments"]]


def test_a_decision_does_not_use_stale_prices() -> None:
    document = placed(MARKET)
    assert regions_of(document) == [DUBLIN.id]
    assert document["catalog"]["stale"] == []
    assert document["catalog"]["oldest_price_at"] == "2026-10-31T12:00:00Z"


def test_a_decision_that_may_use_stale_prices_lists_those_that_it_used() -> None:
    document = placed(MARKET, allow_stale=True)
    assert regions_of(document) == [FRANKFURT.id]
    assert document["catalog"]["stale"] == [
        {
            "source": "test",
            "region": FRANKFURT.id,
            "zone": None,
            "instance_type": "m.large",
            "capacity_type": "spot",
            "observed_at": "2026-11-01T10:00:00Z",
        }
    ]


def test_a_decision_that_may_use_stale_prices_and_needs_none_lists_none() -> None:
    document = placed(from_api(replace(STALE, observed_at=NOON - HOUR), UNUSED), allow_stale=True)
    assert regions_of(document) == [FRANKFURT.id]
    assert document["catalog"]["stale"] == []


def test_old_prices_of_a_sheet_are_used_and_not_listed() -> None:
    for allow_stale in (False, True):
        document = placed(catalog([STALE, FRESH], source_kind=SHEET), allow_stale=allow_stale)
        assert regions_of(document) == [FRANKFURT.id]
        assert document["catalog"]["stale"] == []


def test_where_all_prices_are_stale_that_is_the_conflict_and_the_remedy_is_named() -> None:
    document = placed(from_api(STALE, UNUSED))
    assert document["status"] == "infeasible"
    assert [(one["rule"], one["subjects"]) for one in document["conflict"]] == [("freshness", ["web"])]
    (rejected,) = (row for row in document["rejections"] if row["rule"] == "freshness")
    assert rejected["offerings"] == 2
    limits = "prices from APIs: on_demand of at most 7 d, spot of at most 1 h"
    assert rejected["reason"] == f"{limits}; collect again or allow stale prices"


def test_a_quote_leaves_stale_prices_out_and_counts_them() -> None:
    request = QuoteRequest(2, 8, capacity_types=(ON_DEMAND, SPOT))
    for risk_adjusted in (False, True):
        asked = replace(request, risk_adjusted=risk_adjusted)
        assert used(quote(MARKET, asked, NOON)) == [0.1]
        assert used(quote(MARKET, replace(asked, allow_stale=True), NOON)) == [0.01, 0.1, 9]
    assert [(row.rule, row.offerings) for row in refusals(MARKET, request, NOON)] == [("freshness", 2)]
    assert refusals(MARKET, replace(request, allow_stale=True), NOON) == ()


def test_time_passes_between_two_quotes_of_one_catalog() -> None:
    request = QuoteRequest(2, 8, capacity_types=(SPOT,))
    assert used(quote(MARKET, request, NOON - HOUR)) == [0.01]
    assert quote(MARKET, request, NOON - HOUR + SECOND) == []


FLEET = """
fleet: shop
workloads:
- {name: web, resources: {vcpus: 2, memory_gib: 8}, capacity: {types: [on_demand, spot]}}
"""


def explained(market: Catalog, *, allow_stale: bool) -> dict[str, Any]:
    shop = parse_fleet(FLEET, "fleet.yaml").fleet
    answer = decision_document(decide(market, shop, SETTINGS, NOON, allow_stale=allow_stale))
    request = {"fleet": to_document(shop), "as_of": NOON.isoformat(), "allow_stale": allow_stale, "settings": {}}
    return explain(market, request, answer, "web", 5.0)


def test_a_decision_on_stale_prices_is_explained_with_them() -> None:
    document = explained(MARKET, allow_stale=True)
    assert document["regions"] == [FRANKFURT.id]
    others = {other["region"]: other for other in document["alternatives"]}
    assert others[VIRGINIA.id]["refused"] is None
    assert others[VIRGINIA.id]["difference_usd_per_month"]["total"] > 0


def test_a_decision_without_stale_prices_is_explained_without_them() -> None:
    document = explained(MARKET, allow_stale=False)
    assert document["regions"] == [DUBLIN.id]
    others = {other["region"]: other["refused"] for other in document["alternatives"]}
    assert others[FRANKFURT.id].startswith("freshness: ")
    assert "spot of at most 1 h" in others[FRANKFURT.id]
