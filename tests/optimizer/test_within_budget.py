"""A budget: placements within it are found where penalties ask for dearer ones, and one too small is proven so."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import MigrationLimit
from placement.optimizer import solve as steps
from placement.optimizer.methods import ALL, Methods
from placement.optimizer.outcome import Outcome
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.violations import violations
from tests.optimizer.brute_force import cheapest, number_of_choices
from tests.optimizer.random_problems import random_problem

TOLERANCE_USD = 2e-3
WITHOUT_CPSAT = Methods(polish=False, close=False)
SLOW = list(HealthCheck)


def with_budget(problem: Problem, usd: float | None) -> Problem:
    limits = replace(problem.fleet.limits, budget_usd_per_month=usd)
    return replace(problem, fleet=replace(problem.fleet, limits=limits))


def budgeted(draw: Random) -> Problem:
    """Mostly with penalties, and a budget somewhat below or above what would be paid without it."""
    problem = with_budget(random_problem(draw, most_workloads=3, most_regions=4), None)
    hurdle = MigrationLimit(draw.choice([1.0, 6.0]), draw.choice([0.0, 0.5, 2.0]))
    limits = replace(problem.fleet.limits, migration=hurdle)
    problem = replace(problem, fleet=replace(problem.fleet, limits=limits))
    assume(number_of_choices(problem) <= 5_000)
    free = cheapest(problem)
    assume(free is not None)
    assert free is not None
    bill = price(problem, free.placement).bill.total / 1e6
    return with_budget(problem, round(bill * draw.choice([0.5, 0.8, 0.95, 0.999, 1.0, 1.001, 1.1]), 4))


def solved(problem: Problem, methods: Methods = ALL) -> Outcome:
    return steps.solve(problem, Settings(time_limit_s=30, gap=1e-9, workers=1), methods=methods)


def check(draw: Random, methods: Methods) -> None:
    problem = budgeted(draw)
    best, outcome = cheapest(problem), solved(problem, methods)
    search = outcome.search
    if best is None:
        event("budget too small")
        assert search.placement is None
        return
    assert not outcome.infeasible
    assert outcome.least_usd is None
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    event("placed" if search.placement is not None else "no placement found")
    if search.placement is not None:
        assert violations(problem, search.placement) == []
        assert search.value_usd >= optimum_usd - TOLERANCE_USD
    if methods.close:
        assert search.value_usd == pytest.approx(optimum_usd, rel=0.02, abs=TOLERANCE_USD)


@settings(max_examples=100, suppress_health_check=SLOW)
@given(st.randoms(use_true_random=False))
def test_the_best_placement_within_a_budget_is_found(draw: Random) -> None:
    check(draw, ALL)


@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@settings(max_examples=100, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=False))
def test_bounds_hold_and_answers_keep_the_budget_whatever_steps_run(
    draw: Random, methods: Methods, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_SMALL", -1)
    check(draw, methods)


@pytest.mark.long
@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@settings(max_examples=1000, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=True))
def test_thousands_of_budgets(draw: Random, methods: Methods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_SMALL", -1)
    check(draw, methods)
