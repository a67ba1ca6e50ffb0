"""The optimizer finds what trying everything finds, and its bound lies under it."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Placement
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import Outcome, solve
from placement.optimizer.violations import violations
from tests.optimizer.brute_force import cheapest
from tests.optimizer.random_problems import random_problem

TOLERANCE_USD = 2e-3
EXACT = Settings(time_limit_s=60, gap=1e-9, workers=1)


def check(problem: Problem, outcome: Outcome, best: tuple[Placement, int] | None) -> None:
    search = outcome.search
    if best is None:
        assert outcome.infeasible
        assert search.placement is None
        return
    assert not outcome.infeasible
    assert search.placement is not None
    assert violations(problem, search.placement) == []
    assert search.priced == price(problem, search.placement)
    optimum_usd = best[1] / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert search.value_usd == pytest.approx(optimum_usd, abs=TOLERANCE_USD)


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_small_problems_with_all_terms_and_rules_agree_with_brute_force(draw: Random) -> None:
    problem = random_problem(draw, most_workloads=3, most_regions=4)
    check(problem, solve(problem, EXACT), cheapest(problem))


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_five_workloads_on_six_regions_agree_with_brute_force(draw: Random) -> None:
    problem = random_problem(draw)
    check(problem, solve(problem, EXACT), cheapest(problem))
