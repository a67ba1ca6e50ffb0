"""A fleet's frozen baseline, at the prices of the decision in force."""

import pytest

from placement.domain.offering import CapacityType
from placement.reports.baseline import frozen_baseline
from placement.store.repository import Store
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import DUBLIN, price

SPOT = workload(capacity={"types": ["on_demand", "spot"]})


def test_the_baseline_has_the_places_of_the_first_decision_and_the_prices_of_this_one(store: Store) -> None:
    swept(store, at(1), price(0.2), price(0.1, CapacityType.SPOT))
    first = decided(store, at(2), fleet(SPOT))
    swept(store, at(3), price(0.3), price(0.05, CapacityType.SPOT))
    second = decided(store, at(4), fleet(SPOT | {"replicas": 2}))
    assert frozen_baseline(store, first["id"])["usd_per_month"] == pytest.approx(0.2 * 730)
    found = frozen_baseline(store, second["id"])
    assert (found["frozen_by"], found["frozen_at"]) == (first["id"], "2026-10-02T00:00:00Z")
    assert found["usd_per_month"] == pytest.approx(2 * 0.3 * 730)


def test_where_home_is_no_longer_sold_there_is_no_baseline_and_a_reason(store: Store) -> None:
    swept(store, at(1), price(0.2))
    decided(store, at(2), fleet(workload()))
    swept(store, at(3), price(0.5, region=DUBLIN))
    second = decided(store, at(4), fleet(workload()))
    found = frozen_baseline(store, second["id"])
    assert found["usd_per_month"] is None
    assert found["reason"].startswith("at home the fleet has no price")


def test_a_decision_that_places_nothing_has_none(store: Store) -> None:
    swept(store, at(1), price(0.2))
    refused = decided(store, at(2), fleet(workload(places={"allow": ["US"]})))
    assert frozen_baseline(store, refused["id"])["reason"] == "no placement"
