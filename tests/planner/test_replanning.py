"""A fleet is placed again from where it runs: who says where that is, what moves, why, and what it saves."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from placement.documents import decision_document
from placement.domain.fleet import (
    CurrentPlacement,
    Dataset,
    Fleet,
    Flow,
    Globs,
    Limits,
    MigrationLimit,
    Quota,
    Together,
)
from placement.domain.policy import DataClass, Dimension, Effect, Policy, PolicySet, Selector
from placement.domain.region import Region
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner.deciding import decide
from placement.planner.ledger import request_document
from placement.planner.moves_document import moves_document
from placement.planner.replanning import Replan, replan
from placement.planner.running_now import InForce, running_now
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, NOON, VIRGINIA, catalog, fleet, instance_type, offering, workload

SETTINGS = Settings(gap=0.0, workers=1)
REGIONS = (FRANKFURT, DUBLIN, VIRGINIA, BELGIUM)
US_ONLY = PolicySet(
    (DataClass("pii"),),
    (Policy("home", 2, Effect.ALLOW_ONLY, Selector(("pii",)), ((Dimension.PLACE, ("US",)),)),),
)


def market(*usd: float, version: int = 1, without: Sequence[Region] = ()) -> Catalog:
    offered = [offering(region, each) for region, each in zip(REGIONS, usd, strict=True) if region not in without]
    return replace(catalog(offered, regions=REGIONS), version=version)


BEFORE = market(0.10, 0.11, 0.12, 0.13)


def decided(demand: Fleet, on: Catalog = BEFORE) -> InForce:
    decision = decide(on, demand, SETTINGS, NOON, identity="20261101t120000-4f1d7c9a2b3e")
    return InForce(decision.id, NOON, on.version, demand, json.loads(json.dumps(decision_document(decision))))


def again(
    demand: Fleet, now: Catalog, *, then: Fleet | None = None, policies: PolicySet | None = None
) -> tuple[Replan, dict[str, Any]]:
    """What would move of a fleet that was decided on the market of before."""
    request = request_document(demand, policies, NOON, SETTINGS, allow_stale=False)
    found = replan(now, BEFORE, request, decided(then or demand))
    return found, json.loads(json.dumps(moves_document(found)))


def kinds(document: dict[str, Any], name: str = "web") -> list[str]:
    (row,) = [row for row in document["moves"] if row["name"] == name]
    return [reason["kind"] for reason in row["reasons"]]


def test_what_did_not_change_stays_and_the_best_move_is_told() -> None:
    _, document = again(fleet(workload()), BEFORE)
    assert document["moves"] == []
    (stay,) = document["stays"]
    assert (stay["regions"], stay["known_from"]) == ([FRANKFURT.id], "decision")
    # A restart of 5 minutes, written off over a month.
    assert stay["best_move"]["region"] == DUBLIN.id
    assert stay["best_move"]["saves_usd_per_month"]["total"] == pytest.approx(-(7.3 + 0.11 / 12), abs=1e-6)


def test_a_rise_at_home_moves_a_workload_and_says_what_it_saves() -> None:
    _, document = again(fleet(workload()), market(0.20, 0.11, 0.12, 0.13, version=2))
    (move,) = document["moves"]
    assert (move["from"]["regions"], move["to"]["regions"]) == ([FRANKFURT.id], [DUBLIN.id])
    assert [reason["kind"] for reason in move["reasons"]] == ["price_rose"]
    assert move["saves_usd_per_month"]["compute"] == pytest.approx(730 * 0.09)
    assert move["costs_once_usd"] == pytest.approx(0.11 / 12, abs=1e-5)
    saved = document["cost_usd_per_month"]["saved"]
    assert saved == move["saves_usd_per_month"]


def test_a_fall_elsewhere_moves_it_too() -> None:
    _, document = again(fleet(workload()), market(0.10, 0.05, 0.12, 0.13, version=2))
    assert kinds(document) == ["price_fell"]
    assert "fell from 0.110000 to 0.050000" in document["moves"][0]["reasons"][0]["words"]


@pytest.mark.parametrize(("fraction", "moves"), [(0.0, True), (0.05, True), (0.2, False)])
def test_it_stays_where_staying_is_within_the_saving_that_is_asked(fraction: float, moves: bool) -> None:
    limits = Limits(migration=MigrationLimit(1.0, fraction))
    _, document = again(fleet(workload(), limits=limits), market(0.12, 0.11, 0.12, 0.13, version=2))
    assert bool(document["moves"]) == moves
    if not moves:
        (stay,) = document["stays"]
        saved = stay["best_move"]["saves_usd_per_month"]["total"]
        assert 0 < saved < stay["hurdle_usd_per_month"] == pytest.approx(fraction * 730 * 0.12)


def test_what_is_no_longer_sold_has_no_choice() -> None:
    found, document = again(fleet(workload()), market(0.10, 0.11, 0.12, 0.13, version=2, without=[FRANKFURT]))
    (move,) = document["moves"]
    assert kinds(document)[0] == "withdrawn"
    assert move["saves_usd_per_month"] is None
    assert move["cannot_stay"] == "the catalog has no offering there"
    assert found.present is None
    assert document["cost_usd_per_month"]["now"] is None


def test_a_policy_that_came_later_is_the_reason() -> None:
    demand = fleet(workload(classification=("pii",)))
    _, document = again(demand, BEFORE, policies=US_ONLY)
    (move,) = document["moves"]
    assert move["to"]["regions"] == [VIRGINIA.id]
    assert kinds(document) == ["policy"]
    assert "home@2" in move["reasons"][0]["words"]
    assert document["now_breaks"]


def test_traffic_that_follows_another_is_a_reason() -> None:
    demand = fleet(workload("a"), workload("b"), flows=[Flow("a", "b", 5000.0)])
    dear = market(0.20, 0.11, 0.12, 0.13, version=2)
    later = replace(demand, workloads=(workload("a", places=Globs(("IE",))), workload("b")))
    _, document = again(later, BEFORE, then=demand)
    assert {row["name"]: row["to"]["regions"] for row in document["moves"]} == {"a": [DUBLIN.id], "b": [DUBLIN.id]}
    assert "demand" in kinds(document, "a")
    assert kinds(document, "b") == ["egress"]
    assert document["catalog"]["version"] != dear.version


def test_those_that_must_lie_together_are_priced_together() -> None:
    demand = fleet(workload("a"), workload("b"), affinity=(Together(("a", "b")),))
    _, document = again(demand, market(0.20, 0.11, 0.12, 0.13, version=2))
    for row in document["moves"]:
        assert len(row["saves_together"]) == 1
        assert row["saves_usd_per_month"]["compute"] == pytest.approx(2 * 730 * 0.09)


def test_other_instances_in_the_same_region_are_a_change_and_no_move() -> None:
    other = offering(FRANKFURT, 0.02, kind=instance_type(name="m.new"))
    now = replace(catalog([offering(FRANKFURT, 0.10), other, offering(DUBLIN, 0.11)]), version=2)
    _, document = again(fleet(workload()), now)
    (row,) = document["moves"]
    assert (row["kind"], row["to"]["assignments"][0]["instance_type"]) == ("change", "m.new")
    assert kinds(document) == ["offered"]
    assert row["costs_once_usd"] == 0
    (stay,) = document["stays"]
    assert stay["workload"] == "web"


def test_what_is_new_starts_and_does_not_move() -> None:
    found, document = again(fleet(workload(), workload("b")), BEFORE, then=fleet(workload()))
    assert [row["workload"] for row in document["starts"]] == ["b"]
    assert document["moves"] == []
    assert found.present is None


def test_a_dataset_that_moves_along_is_told_of() -> None:
    orders = Dataset("orders", 100.0, movable=True)
    demand = fleet(workload(), datasets=[orders], flows=[Flow("orders", "web", 5000.0)])
    _, document = again(demand, market(0.20, 0.11, 0.12, 0.13, version=2))
    rows = {row["name"]: row for row in document["moves"]}
    assert rows["orders"]["of"] == "dataset"
    assert rows["orders"]["to"]["regions"] == [DUBLIN.id]
    assert rows["orders"]["saves_usd_per_month"]["egress"] == pytest.approx(100.0)
    assert rows["orders"]["costs_once_usd"] == pytest.approx(2.0)


def test_a_fleet_that_can_no_longer_be_placed_names_the_conflict() -> None:
    demand = fleet(workload(), limits=Limits(quotas=tuple(Quota(region.id, 1.0) for region in REGIONS)))
    found, document = again(demand, BEFORE, then=fleet(workload()))
    assert document["status"] == "infeasible"
    assert {row["rule"] for row in document["conflict"]} == {"quotas"}
    assert found.broken


def _source(written: tuple[CurrentPlacement, ...], since: tuple[CurrentPlacement, ...]) -> tuple[str, list[str]]:
    then, now = (fleet(workload(current=current, replicas=2)) for current in (written, since))
    running = running_now(now, decided(then), BEFORE)
    return running.source["web"], [part.region for part in running.fleet.workloads[0].current]


OLD, ELSEWHERE = (CurrentPlacement(VIRGINIA.id, 2),), (CurrentPlacement(BELGIUM.id, 2),)


def test_the_decision_counts_unless_the_file_says_something_else_since() -> None:
    assert _source((), ()) == ("decision", [FRANKFURT.id])
    assert _source(OLD, OLD) == ("decision", [FRANKFURT.id])
    assert _source(OLD, ()) == ("decision", [FRANKFURT.id])
    assert _source(OLD, ELSEWHERE) == ("fleet", [BELGIUM.id])
    assert _source((), ELSEWHERE) == ("fleet", [BELGIUM.id])


def test_replicas_that_were_added_since_are_taken_to_be_where_the_others_are() -> None:
    demand = fleet(workload(replicas=2))
    running = running_now(fleet(workload(replicas=5)), decided(demand), BEFORE)
    (part,) = running.fleet.workloads[0].current
    assert (part.region, part.replicas) == (FRANKFURT.id, 5)
    _, document = again(fleet(workload(replicas=5)), BEFORE, then=demand)
    assert document["cost_usd_per_month"]["saved"]["total"] == 0
    assert all(row["kind"] == "change" for row in document["moves"])


def test_a_region_that_the_catalog_lost_counts_for_nothing() -> None:
    gone = catalog([offering(DUBLIN, 0.11), offering(VIRGINIA, 0.12)])
    running = running_now(fleet(workload()), decided(fleet(workload())), gone)
    assert running.lost == (FRANKFURT.id,)
    _, document = again(fleet(workload()), replace(gone, version=2))
    assert any(FRANKFURT.id in words for words in document["assumptions"])
    (move,) = document["moves"]
    assert (move["from"]["regions"], move["to"]["regions"]) == ([FRANKFURT.id], [DUBLIN.id])
    assert (kinds(document)[0], move["cannot_stay"]) == ("withdrawn", f"the catalog no longer has {FRANKFURT.id}")
    assert document["starts"] == []


def test_the_figures_are_those_of_the_bill() -> None:
    limits = Limits(migration=MigrationLimit(3.0, 0.0))
    demand = fleet(workload("a", state_gb=50.0), workload("b"), flows=[Flow("a", "b", 10.0)], limits=limits)
    found, document = again(demand, market(0.30, 0.11, 0.12, 0.13, version=2))
    assert found.decision.placement is not None
    assert found.present is not None
    cost = document["cost_usd_per_month"]
    assert cost["saved"]["total"] == pytest.approx(cost["now"]["total"] - cost["planned"]["total"])
    for row in document["moves"]:
        saves = row["saves_usd_per_month"]
        assert saves["total"] == pytest.approx(sum(usd for line, usd in saves.items() if line != "total"))
        assert row["costs_once_usd"] == pytest.approx(-3.0 * saves["migration"], abs=1e-5)
