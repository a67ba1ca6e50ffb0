"""A fleet in parts: what is tied stays together, and what the parts prove is true of the whole."""

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from placement.domain.fleet import Fleet, Flow, Limits, Quota, Resources, SpotShare, Together, Workload
from placement.optimizer import components
from placement.optimizer.components import parts
from placement.optimizer.nodes import WorkloadNode, nodes_of, workload_node
from placement.optimizer.options import Counting
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.solve import solve
from placement.optimizer.violations import violations
from placement.planner.dividing import put_together, solved_parts
from tests.builders import REGIONS, catalog, offering, problem, tariff
from tests.optimizer.brute_force import cheapest
from tests.optimizer.random_problems import random_problem
from tests.optimizer.test_brute_force import EXACT, RANDOM, SLOW, TOLERANCE_USD

NAMES = ("a", "b", "c", "d")


@pytest.fixture(autouse=True)
def every_component_is_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "LARGE", 2)
    monkeypatch.setattr(components, "MOST_TOGETHER", 1)


def fleet(**rules: Any) -> Fleet:
    return Fleet("f", tuple(Workload(name, Resources(2, 8)) for name in NAMES), **rules)


def divided(asked: Fleet) -> list[tuple[str, ...]]:
    return components.components(problem(asked, catalog([offering(region, 0.1) for region in REGIONS[:2]])))


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({}, [("a",), ("b",), ("c",), ("d",)]),
        (
            {"flows": (Flow("a", "c", 1), Flow("internet", "b", 1), Flow("d", "internet", 1))},
            [("a", "c"), ("b",), ("d",)],
        ),
        ({"flows": (Flow("a", "b", 1), Flow("b", "d", 1))}, [("a", "b", "d"), ("c",)]),
        ({"affinity": (Together(("b", "d")),)}, [("a",), ("b", "d"), ("c",)]),
        ({"anti_affinity": (Together(("b", "c", "d")),)}, [("a",), ("b", "c", "d")]),
        ({"limits": Limits(spot_share=(SpotShare(("a", "d"), 0.5),))}, [("a", "d"), ("b",), ("c",)]),
        ({"limits": Limits(quotas=(Quota(REGIONS[0].id, 8),))}, [NAMES]),
        ({"limits": Limits(budget_usd_per_month=100.0)}, [("a",), ("b",), ("c",), ("d",)]),
        ({"limits": Limits(pool_exposure_max_fraction=0.5)}, [NAMES]),
    ],
)
def test_flows_and_rules_tie(rules: dict[str, Any], found: list[tuple[str, ...]]) -> None:
    assert divided(fleet(**rules)) == found


def test_machines_that_are_counted_tie_those_who_could_use_them() -> None:
    small, large = Resources(2, 8), Resources(64, 256)
    asked = Fleet("f", tuple(Workload(name, large if name == "c" else small) for name in NAMES))
    market = catalog([offering(REGIONS[0], 0.1, capacity=3), offering(REGIONS[1], 0.2)])
    assert components.components(problem(asked, market)) == [("a", "b", "d"), ("c",)]


def test_a_fleet_that_is_small_is_not_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "LARGE", 5)
    assert parts(problem(fleet(), catalog([offering(REGIONS[0], 0.1)]))) == []


def test_parts_are_filled_in_the_order_of_the_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "MOST_TOGETHER", 3)
    found = parts(problem(fleet(), catalog([offering(REGIONS[0], 0.1)])))
    assert [[workload.name for workload in part.fleet.workloads] for part in found] == [["a", "b", "c"], ["d"]]


def test_volumes_that_fill_a_tier_only_together_are_priced_as_such() -> None:
    """Each alone would stay apart from its dear neighbour; only the whole knows the rate of both."""
    here, there = REGIONS[0], REGIONS[1]
    market = catalog(
        [offering(here, 0.1), offering(there, 0.1)],
        [tariff(here.provider, "*", "*", (0, 0.09), (100, 0.01)), tariff(there.provider, "*", "*", (0, 0.09))],
    )
    asked = problem(fleet(flows=(Flow("a", "b", 90), Flow("c", "d", 90))), market)
    start = put_together(asked, solved_parts(asked, EXACT))
    assert start is not None
    assert start.bound_usd <= price(asked, start.placement).objective / 1e6 + 1e-6


def check(whole: Problem) -> None:
    start, best = put_together(whole, solved_parts(whole, EXACT)), cheapest(whole)
    if start is None:
        return
    if best is None:
        assert violations(whole, start.placement)
        return
    assert start.bound_usd <= best.objective / 1e6 + TOLERANCE_USD
    assert violations(whole, start.placement) == []
    outcome = solve(whole, EXACT, start)
    assert outcome.search.value_usd == pytest.approx(best.objective / 1e6, abs=TOLERANCE_USD)
    assert outcome.search.bound_usd <= best.objective / 1e6 + TOLERANCE_USD


@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
@given(RANDOM)
def test_parts_bound_the_whole_and_the_search_from_them_agrees_with_brute_force(draw: Random) -> None:
    check(random_problem(draw, most_workloads=4, most_regions=4))


@settings(max_examples=100, suppress_health_check=SLOW, deadline=None)
@given(RANDOM)
def test_workloads_that_are_alike_share_what_each_would_have_found(draw: Random) -> None:
    whole = random_problem(draw, most_workloads=3, most_regions=4)
    twins = tuple(replace(w, name=f"{w.name}-twin", replicas=w.replicas + 1) for w in whole.fleet.workloads)
    if whole.residency is None:
        whole = replace(whole, fleet=replace(whole.fleet, workloads=(*whole.fleet.workloads, *twins)))
    counting = Counting.of(whole)
    for node in nodes_of(whole):
        if isinstance(node, WorkloadNode):
            alone = workload_node(whole, node.workload, counting)
            assert all(
                np.array_equal(a, b)
                for a, b in zip(vars(alone.options).values(), vars(node.options).values(), strict=True)
            )
            assert np.array_equal(alone.region_usd, node.region_usd)
            assert (alone.counted, alone.complete) == (node.counted, node.complete)
