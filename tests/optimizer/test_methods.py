"""Steps that only large problems need, forced upon small ones, where brute force knows the answer: all of them
together, each alone, and none."""

from dataclasses import fields
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.optimizer import solve as steps
from placement.optimizer.methods import ALL, Methods
from placement.optimizer.search import Settings
from placement.optimizer.violations import violations
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
    """Nothing is small: tiers are branched on, couplings are priced and answers polished."""
    monkeypatch.setattr(steps, "_SMALL", -1)


def check(draw: Random, methods: Methods) -> None:
    """Where CP-SAT may close, there is an answer, and near the optimum; else it and the bound must only be true."""
    problem = random_problem(draw, most_workloads=3, most_regions=4)
    assume(number_of_choices(problem) <= _MOST_CHOICES)
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
    if search.placement is None:
        assert not methods.close
        return
    assert violations(problem, search.placement) == []
    assert search.value_usd >= optimum_usd - TOLERANCE_USD
    if methods.close:
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


@pytest.mark.usefixtures("large_steps")
def test_the_same_input_and_seed_give_the_same_answer_on_one_worker_and_two() -> None:
    without = Methods(polish=False, close=False)
    for seed in range(25):
        problem = random_problem(Random(seed), most_workloads=3, most_regions=4)
        one, two = (
            steps.solve(problem, Settings(time_limit_s=30, gap=1e-9, workers=workers), methods=without).search
            for workers in (1, 2)
        )
        assert (one.bound_usd, one.placement) == (two.bound_usd, two.placement)
