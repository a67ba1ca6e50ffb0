"""Rounds of charges prove bounds that hold, and near ones, where a line under each tariff proves little."""

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placement.optimizer.charged_places import charge_places
from placement.optimizer.charging import Charging
from placement.optimizer.cpsat import Effort, solve_exactly
from placement.optimizer.loads import Loads
from placement.optimizer.nodes import nodes_of
from placement.optimizer.places import placed
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Relaxation, whole
from placement.optimizer.search import Search, Settings
from placement.optimizer.traffic import tiered
from tests.benchmarks.fleets import estate, partly_spread
from tests.benchmarks.markets import market
from tests.builders import problem as built
from tests.optimizer.brute_force import cheapest, number_of_choices
from tests.optimizer.random_problems import random_problem
from tests.optimizer.test_branch import EXACT, crossing

TOLERANCE_USD = 2e-3


def charged(asked: Problem, workers: int = 1, settings: Settings = EXACT) -> tuple[Search, Relaxation, Charging | None]:
    """After rounds on single regions, from what is cheapest by first tiers; nothing where no tariff has others."""
    search, relaxation = Search(asked, settings), whole(asked, nodes_of(asked))
    relaxation.threads = workers
    largest = relaxation.largest_gb()
    tariffs = tiered(asked.egress.tariffs, largest)
    if not tariffs:
        return search, relaxation, None
    found = relaxation.solve(relaxation.first_lines, passes=200, gap=1e-6, start=None)
    charging = Charging.of(search, relaxation, tariffs, largest)
    if found.bound < relaxation.closed:
        charging.run(relaxation, relaxation.regions(found.labels), settings.time_limit_s)
    return search, relaxation, charging


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_bounds_hold(seed: int, rising: bool) -> None:
    asked = crossing(Random(seed), rising=rising)
    search, _, charging = charged(asked)
    assert charging is not None
    exact = solve_exactly(whole(asked, nodes_of(asked)), Effort(60.0, 0.0, 0, 1), None)
    assert exact.placement is not None
    optimum_usd = price(asked, exact.placement).objective / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert search.value_usd >= optimum_usd - TOLERANCE_USD
    event("closed" if search.value_usd - search.bound_usd < 1e-4 * search.value_usd else "open")


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_bounds_hold_whatever_else_is_asked_for(draw: Random) -> None:
    check(draw)


@pytest.mark.long
@settings(max_examples=2_500, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_bounds_hold_in_thousands_of_problems(draw: Random) -> None:
    check(draw)


def check(draw: Random) -> None:
    """Against trying every placement."""
    asked = random_problem(draw, most_workloads=4, most_regions=4)
    if number_of_choices(asked) > 5_000 or any(not np.isfinite(n.region_usd).any() for n in nodes_of(asked)):
        return
    best = cheapest(asked)
    search, relaxation, charging = charged(asked)
    if best is None or charging is None:
        return
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    if placed(relaxation.nodes):
        lies = np.array([domain[0] for domain in relaxation.domains])
        charge_places(charging, relaxation, lies, 5.0)
        event("among places")
        assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert search.value_usd >= optimum_usd - TOLERANCE_USD


@pytest.mark.parametrize("spread", [False, True], ids=["in one region", "scattered"])
def test_a_fleet_on_tiers_is_nearly_closed_without_cutting_a_volume(spread: bool) -> None:
    catalog = market(tiers=True)
    fleet = estate(60, [region.id for region in catalog.regions], 0)
    asked = built(partly_spread(fleet) if spread else fleet, catalog)
    search, relaxation, charging = charged(asked, settings=Settings(time_limit_s=60))
    assert charging is not None
    if spread:
        lies = np.array([domain[0] for domain in relaxation.domains])
        charge_places(charging, relaxation, lies, 60.0)
    assert search.gap < 2e-3


def test_two_threads_make_the_rounds_that_one_makes() -> None:
    catalog = market(tiers=True)
    asked = built(estate(40, [region.id for region in catalog.regions], 1), catalog)
    one, two = (charged(asked, workers, Settings(time_limit_s=60))[0] for workers in (1, 2))
    assert (two.bound_usd, two.value_usd, two.placement) == (one.bound_usd, one.value_usd, one.placement)
    assert one.steps[-1].split("s  ")[1] == two.steps[-1].split("s  ")[1]


@given(st.integers(0, 2**32 - 1))
def test_what_goes_through_tariffs_adds_up_to_their_volumes(seed: int) -> None:
    draw = Random(seed)
    asked = crossing(draw)
    relaxation = whole(asked, nodes_of(asked))
    charging = Charging.of(Search(asked, EXACT), relaxation, range(len(asked.egress.tariffs)), relaxation.largest_gb())
    relaxation.charges, streams = charging.charges, charging.streams
    lies = np.array([draw.choice(domain.tolist()) for domain in relaxation.domains])
    through = streams.through(lies, relaxation.parts, relaxation.rates(relaxation.first_lines))
    loads = Loads.of(asked, relaxation.nodes, relaxation.traffic)
    rates = np.array([line.rate for line in relaxation.first_lines])
    expected = loads.gb_by_tariff(lies, rates, relaxation.parts)
    assert streams.volumes(through) == pytest.approx(expected)
