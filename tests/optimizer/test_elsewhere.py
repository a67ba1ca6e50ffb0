"""What it costs to have a workload elsewhere, all else free to move: against trying every placement."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Placement
from placement.domain.fleet import Flow, Globs, Workload
from placement.optimizer.elsewhere import bounds_by_region, runner_up
from placement.optimizer.explain import alternatives
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from tests.benchmarks.fleets import estate
from tests.benchmarks.markets import market
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, catalog, flat_tariffs, fleet, offering, problem, workload
from tests.optimizer.brute_force import ROUNDING_MICRO_USD, cheapest
from tests.optimizer.placements import placed
from tests.optimizer.random_problems import random_problem

EXACT = Settings(time_limit_s=60, gap=1e-9, workers=1)
RANDOM = st.integers(0, 3).flatmap(lambda kind: st.randoms(use_true_random=kind > 0))


def asked_with(asked: Problem, name: str, places: Globs) -> Problem:
    workloads = tuple(replace(w, places=places) if w.name == name else w for w in asked.fleet.workloads)
    return replace(asked, fleet=replace(asked.fleet, workloads=workloads))


def narrowed(wanted: Workload, *, only: str = "", without: tuple[str, ...] = ()) -> Globs:
    """Its places and these; allowing one region more would not narrow it, so that all others are denied."""
    return Globs(wanted.places.allow if not only else (only,), (*wanted.places.deny, *without))


def decided(draw: Random) -> tuple[Problem, Placement, Priced, Workload]:
    """A small problem with its best placement, and one of its workloads."""
    asked = random_problem(draw, most_workloads=3, most_regions=4)
    best = solve(asked, EXACT).search
    assume(best.placement is not None)
    assert best.placement is not None
    assert best.priced is not None
    return asked, best.placement, best.priced, draw.choice(asked.fleet.workloads)


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@given(RANDOM)
def test_no_placement_with_it_there_costs_less_than_the_bound(draw: Random) -> None:
    asked = random_problem(draw, most_workloads=3, most_regions=4)
    wanted = draw.choice(asked.fleet.workloads)
    assume(not wanted.places.allow)
    best = cheapest(asked)
    assume(best is not None)
    assert best is not None
    bounds = bounds_by_region(asked, best.placement, wanted, EXACT)
    for index, region in enumerate(asked.catalog.regions):
        best = cheapest(asked_with(asked, wanted.name, narrowed(wanted, only=region.id)))
        event("placed" if best else "impossible")
        if best is not None:
            assert bounds[index] <= (best.objective + ROUNDING_MICRO_USD) / 1e6


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@given(RANDOM)
def test_the_runner_up_is_the_best_without_the_regions_where_it_lies(draw: Random) -> None:
    asked, placement, priced, wanted = decided(draw)
    lies = tuple({part.offering.region.id for part in placement.assignments[wanted.name]})
    second = cheapest(asked_with(asked, wanted.name, narrowed(wanted, without=lies)))
    found = runner_up(asked, placement, priced, wanted, EXACT)
    event("possible" if second else "impossible")
    assert found.impossible == (second is None)
    if second is None:
        assert (found.placement, found.at_least_usd) == (None, None)
        return
    assert found.placement is not None
    assert found.at_least_usd is not None
    dearer_usd = (second.objective - priced.objective) / 1e6
    assert found.at_least_usd <= dearer_usd + 2e-3
    assert found.at_least_usd == pytest.approx(dearer_usd, abs=2e-3)
    then = price(asked, found.placement)
    assert sum(found.difference.values()) == then.bill.total - priced.bill.total
    assert not {part.offering.region.id for part in found.placement.assignments[wanted.name]} & set(lies)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(draw=st.randoms(use_true_random=True))
def test_no_region_costs_less_than_its_bound_with_all_that_is_weighed_in(draw: Random) -> None:
    asked, placement, priced, wanted = decided(draw)
    more = bounds_by_region(asked, placement, wanted, EXACT) - priced.objective / 1e6
    for other in alternatives(asked, placement, wanted):
        if other.refused is None:
            weighed = sum(other.difference.values()) + sum(other.penalties.values())
            assert more[asked.region(other.region)] <= weighed / 1e6 + 2e-3


def test_a_neighbour_that_follows_makes_it_cheaper_than_moving_alone() -> None:
    offers = [offering(FRANKFURT, 0.10), offering(DUBLIN, 0.105), offering(BELGIUM, 0.5)]
    demand = fleet(workload("a"), workload("b"), flows=[Flow("a", "b", 10_000.0)])
    asked = problem(demand, catalog(offers, flat_tariffs()))
    here = placed({"a": offers[0], "b": offers[0]})
    a = asked.workloads["a"]
    found = runner_up(asked, here, price(asked, here), a, EXACT)
    assert found.moving == ("b",)
    assert sum(found.difference.values()) == pytest.approx(2 * 730 * 5000, abs=2)
    alone = {other.region: sum(other.difference.values()) / 1e6 for other in alternatives(asked, here, a)}
    assert alone[DUBLIN.id] == pytest.approx(200 + 730 * 0.005)
    bounds = bounds_by_region(asked, here, a, EXACT) - price(asked, here).objective / 1e6
    assert bounds[asked.region(DUBLIN.id)] == pytest.approx(2 * 730 * 0.005)
    assert bounds[asked.region(FRANKFURT.id)] == pytest.approx(0.0)


def test_a_region_that_its_own_rules_close_has_no_bound() -> None:
    offers = [offering(FRANKFURT, 0.1), offering(DUBLIN, 0.1)]
    asked = problem(fleet(workload("a", places=Globs(("DE",)))), catalog(offers))
    bounds = bounds_by_region(asked, placed({"a": offers[0]}), asked.workloads["a"], EXACT)
    assert np.isinf(bounds[asked.region(DUBLIN.id)])
    assert bounds[asked.region(FRANKFURT.id)] == pytest.approx(73.0)


def test_bounds_know_the_tiers_of_tariffs() -> None:
    """Where a workload lies, the bound is near what the fleet costs; lines under tariffs would be twice as far off."""
    market_ = market(tiers=True)
    asked = problem(estate(40, [region.id for region in market_.regions], 0), market_)
    best = solve(asked, Settings(time_limit_s=30)).search
    assert best.placement is not None
    for workload_ in asked.fleet.workloads[:3]:
        bounds = bounds_by_region(asked, best.placement, workload_, Settings(time_limit_s=100))
        (lies,) = {part.offering.region.id for part in best.placement.assignments[workload_.name]}
        assert bounds[asked.region(lies)] == pytest.approx(best.value_usd, rel=2e-3)
