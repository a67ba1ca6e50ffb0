"""What is in force of each fleet is the newest decision that placed it."""

import json
from datetime import timedelta

from placement.store.repository import Store
from tests.store.market import NOON, price, sweep

PLACED = {"placements": [{"workload": "web"}], "datasets": []}
REFUSED: dict[str, list[str]] = {"placements": [], "datasets": []}


def _decide(store: Store, identity: str, fleet: str, answer: object, hours: int = 0) -> None:
    store.save_decision(identity, NOON + timedelta(hours=hours), fleet, 1, "{}", json.dumps(answer))


def test_the_newest_decision_that_placed_a_fleet_is_in_force(store: Store) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    _decide(store, "a1", "shop", PLACED)
    _decide(store, "a2", "shop", PLACED, 1)
    _decide(store, "a3", "shop", REFUSED, 2)
    _decide(store, "a4", "shop", REFUSED, 2)
    _decide(store, "b1", "Blog", PLACED)
    _decide(store, "c1", "never", REFUSED)
    found = {each.fleet_name: (each.newest.id, each.in_force and each.in_force.id) for each in store.standings()}
    assert found == {"Blog": ("b1", "b1"), "never": ("c1", None), "shop": ("a4", "a2")}
    assert list(found) == ["Blog", "never", "shop"]


def test_without_decisions_nothing_stands(store: Store) -> None:
    assert store.standings() == []
