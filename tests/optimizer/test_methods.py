"""Steps that only large problems need, forced upon small ones, where brute force knows the answer."""

from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from placement.optimizer import solve as steps
from placement.optimizer.search import Settings
from placement.optimizer.violations import violations
from tests.optimizer.brute_force import cheapest, number_of_choices
from tests.optimizer.random_problems import random_problem

TOLERANCE_USD = 2e-3
_MOST_CHOICES = 5_000


@pytest.fixture
def large_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small: tiers are branched on, couplings are priced and answers polished."""
    monkeypatch.setattr(steps, "_SMALL", -1)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
@pytest.mark.usefixtures("large_steps")
def test_bounds_hold_and_answers_are_lawful_whatever_steps_run(draw: Random) -> None:
    problem = random_problem(draw, most_workloads=3, most_regions=4)
    assume(number_of_choices(problem) <= _MOST_CHOICES)
    best = cheapest(problem)
    search = steps.solve(problem, Settings(time_limit_s=30, gap=1e-9, workers=1)).search
    if best is None:
        assert search.placement is None
        return
    assert search.placement is not None
    assert violations(problem, search.placement) == []
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert search.value_usd >= optimum_usd - TOLERANCE_USD
    assert search.value_usd == pytest.approx(optimum_usd, rel=0.02, abs=TOLERANCE_USD)
