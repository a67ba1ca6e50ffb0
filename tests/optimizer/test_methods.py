"""Steps that only large problems need, forced upon small ones, where brute force knows the answer: all of them
together, each alone, and none."""

from dataclasses import fields, replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import CapacityRequest, Fleet, Flow, Limits, Quota, Resources, Together, Workload
from placement.domain.offering import CapacityType
from placement.optimizer import agreeing, options
from placement.optimizer import solve as steps
from placement.optimizer.methods import ALL, Methods
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.violations import violations
from tests.builders import REGIONS, catalog, instance_type, offering
from tests.builders import problem as built
from tests.optimizer.brute_force import cheapest, number_of_choices
from tests.optimizer.random_problems import random_problem

TOLERANCE_USD = 2e-3
_MOST_CHOICES = 5_000
NONE = Methods(**dict.fromkeys((field.name for field in fields(Methods)), False))
ALONE = {
    field.name: Methods(**{other.name: other.name == field.name for other in fields(Methods)})
    for field in fields(Methods)
}
WITHOUT_CPSAT = Methods(polish=False, close=False)
SLOW = list(HealthCheck)


@pytest.fixture
def large_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small, and one tariff is many: flows are charged apart, volumes are cut, couplings are priced and
    answers polished."""
    monkeypatch.setattr(steps, "_SMALL", -1)
    monkeypatch.setattr(agreeing, "_FEW_TARIFFS", 0)


def check(draw: Random, methods: Methods) -> None:
    """Where CP-SAT may close, there is an answer, and near the optimum; else it and the bound must only be true."""
    problem = random_problem(draw, most_workloads=3, most_regions=4)
    assume(number_of_choices(problem) <= _MOST_CHOICES)
    if methods.charges and methods.tiers and draw.random() < 0.5:
        # Where flows are charged apart, little is left for boxes.
        methods = replace(methods, charges=False)
    check_one(problem, methods, closes=methods.close)


def check_one(problem: Problem, methods: Methods, *, closes: bool) -> None:
    best = cheapest(problem)
    outcome = steps.solve(problem, Settings(time_limit_s=30, gap=1e-9, workers=1), methods=methods)
    search = outcome.search
    if best is None:
        assert search.placement is None
        return
    assert not outcome.infeasible
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    event("placed" if search.placement is not None else "no placement found")
    event("charged" if any("charged" in step for step in search.steps) else "not charged")
    if search.placement is None:
        assert not closes
        return
    assert violations(problem, search.placement) == []
    assert search.value_usd >= optimum_usd - TOLERANCE_USD
    if closes:
        assert search.value_usd == pytest.approx(optimum_usd, rel=0.02, abs=TOLERANCE_USD)


@settings(max_examples=150, suppress_health_check=SLOW)
@given(st.randoms(use_true_random=False))
@pytest.mark.usefixtures("large_steps")
def test_bounds_hold_and_answers_are_lawful_whatever_steps_run(draw: Random) -> None:
    check(draw, ALL)


@settings(max_examples=150, suppress_health_check=SLOW)
@given(st.randoms(use_true_random=False))
@pytest.mark.usefixtures("large_steps")
def test_bounds_hold_and_answers_are_lawful_without_cp_sat(draw: Random) -> None:
    check(draw, WITHOUT_CPSAT)


def exposed(draw: Random) -> Problem:
    """All may use spot, and no pool may have more than a part of it."""
    problem = random_problem(draw, most_workloads=3, most_regions=4)
    limits = replace(problem.fleet.limits, pool_exposure_max_fraction=draw.choice([0.34, 0.5, 0.75]))
    if draw.random() < 0.5:
        quotas = tuple(Quota(region.id, draw.choice([2.0, 4.0, 8.0])) for region in problem.catalog.regions[:2])
        limits = replace(limits, quotas=quotas)
    types = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))
    workloads = tuple(replace(workload, capacity=types) for workload in problem.fleet.workloads)
    problem = replace(problem, fleet=replace(problem.fleet, workloads=workloads, limits=limits))
    assume(number_of_choices(problem) <= _MOST_CHOICES)
    return problem


@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@settings(max_examples=60, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=False))
@pytest.mark.usefixtures("large_steps")
def test_bounds_hold_under_a_limit_on_pools(draw: Random, methods: Methods) -> None:
    check_one(exposed(draw), methods, closes=methods.close)


@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@settings(max_examples=60, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=False))
@pytest.mark.usefixtures("large_steps")
def test_bounds_hold_where_spot_types_are_left_out(
    draw: Random, methods: Methods, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "_POOLS", 1)
    check_one(exposed(draw), methods, closes=False)


@pytest.mark.usefixtures("large_steps")
def test_a_spot_type_that_was_left_out_lowers_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best placement has both workloads on spot in one region, on two types."""
    monkeypatch.setattr(options, "_POOLS", 1)
    here, there = REGIONS[:2]
    kinds = [instance_type(here.provider, name, vcpus=2.0, memory_gib=8.0) for name in ("m", "n")]
    offered = [offering(here, usd, CapacityType.SPOT, kind) for usd, kind in zip((0.03, 0.031), kinds, strict=True)]
    offered += [offering(there, 0.2, CapacityType.SPOT, kinds[0]), offering(here, 1.0, kind=kinds[0])]
    capacity = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))
    both = tuple(Workload(name, Resources(2, 8), capacity=capacity) for name in "ab")
    asked = built(Fleet("f", both, limits=Limits(pool_exposure_max_fraction=0.5)), catalog(offered, []))
    best = cheapest(asked)
    assert best is not None
    found = steps.solve(asked, Settings(time_limit_s=30, gap=1e-9), methods=WITHOUT_CPSAT).search
    assert 0 < found.bound_usd <= best.objective / 1e6 + TOLERANCE_USD


def test_a_small_spot_type_stays_where_a_quota_has_no_room_for_six_cheaper_ones() -> None:
    here, there = REGIONS[0], REGIONS[2]
    large = [instance_type(here.provider, f"large{n}", vcpus=8.0, memory_gib=32.0) for n in range(6)]
    small = [instance_type(here.provider, f"small{n}", vcpus=2.0, memory_gib=8.0) for n in range(2)]
    offered = [offering(here, 0.02 + n / 10_000, CapacityType.SPOT, kind) for n, kind in enumerate([*large, *small])]
    limits = Limits(quotas=(Quota(here.id, 6.0),), pool_exposure_max_fraction=0.5)
    spot = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))
    both = tuple(Workload(name, Resources(2, 8), capacity=spot) for name in "ab")
    elsewhere = [offering(there, 0.2, kind=small[0])]
    for offers in (offered, [*offered, *elsewhere]):
        asked = built(Fleet("f", both, limits=limits), catalog(offers, []))
        best, outcome = cheapest(asked), steps.solve(asked, Settings(time_limit_s=30, gap=1e-9))
        assert best is not None
        assert outcome.stopped_by == "gap"
        assert outcome.search.value_usd == pytest.approx(best.objective / 1e6)


@pytest.mark.long
@pytest.mark.parametrize("pools", [1, 6])
@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@settings(max_examples=500, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=True))
@pytest.mark.usefixtures("large_steps")
def test_thousands_of_limits_on_pools(
    draw: Random, methods: Methods, pools: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "_POOLS", pools)
    check_one(exposed(draw), methods, closes=methods.close and pools > 1)


@pytest.mark.parametrize("methods", [NONE, *ALONE.values()], ids=["none", *ALONE])
@settings(max_examples=25, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=False))
@pytest.mark.usefixtures("large_steps")
def test_each_step_alone_is_right(draw: Random, methods: Methods) -> None:
    check(draw, methods)


@pytest.mark.long
@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT, *ALONE.values()], ids=["all", "without CP-SAT", *ALONE])
@settings(max_examples=400, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=True))
@pytest.mark.usefixtures("large_steps")
def test_thousands_of_problems_with_each_step(draw: Random, methods: Methods) -> None:
    check(draw, methods)


@pytest.mark.parametrize("gap", [1e-4, 1e-9])
@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_the_same_input_and_seed_give_the_same_answer_on_one_worker_and_two(
    large: bool, methods: Methods, gap: float, request: pytest.FixtureRequest
) -> None:
    if large:
        request.getfixturevalue("large_steps")
    for seed in range(25):
        problem = random_problem(Random(seed), most_workloads=3, most_regions=4)
        one, two = (
            steps.solve(problem, Settings(time_limit_s=60, gap=gap, workers=workers), methods=methods).search
            for workers in (1, 2)
        )
        assert (one.bound_usd, one.placement) == (two.bound_usd, two.placement)


def test_more_workloads_than_providers_cannot_each_have_their_own_however_large_the_fleet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The core sees no more than pairs, and the whole model is not built where it is large."""
    monkeypatch.setattr(steps, "_LARGE", 10)
    names = [f"w{n}" for n in range(8)]
    apart = Together(tuple(names[:4]), "provider")
    flows = tuple(Flow(a, b, 10.0) for a, b in pairwise(names))
    workloads = tuple(Workload(name, Resources(2, 8)) for name in names)
    asked = built(Fleet("f", workloads, (), flows, anti_affinity=(apart,)), catalog([offering(r) for r in REGIONS]))
    outcome = steps.solve(asked, Settings(time_limit_s=30))
    assert outcome.infeasible
    fewer = replace(asked.fleet, anti_affinity=(Together(tuple(names[:3]), "provider"),))
    assert steps.solve(replace(asked, fleet=fewer), Settings(time_limit_s=30)).search.placement is not None
