"""The optimizer finds what trying everything finds, and its bound lies under it."""

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.violations import violations
from tests.optimizer.brute_force import cheapest
from tests.optimizer.random_problems import features, random_problem

TOLERANCE_USD = 2e-3
EXACT = Settings(time_limit_s=60, gap=1e-9, workers=1)
# Draws by Hypothesis seek extremes, most of which have no placement, and shrink; true ones are as likely as they look.
RANDOM = st.integers(0, 3).flatmap(lambda kind: st.randoms(use_true_random=kind > 0))
SLOW = list(HealthCheck)


def check(problem: Problem) -> None:
    """Statistics: `pytest tests/optimizer/test_brute_force.py --hypothesis-show-statistics`."""
    outcome, best = solve(problem, EXACT), cheapest(problem)
    search = outcome.search
    event("infeasible" if best is None else "placed")
    for feature in set(features(problem)):
        event(feature)
    if best is None:
        assert outcome.infeasible
        assert search.placement is None
        return
    assert not outcome.infeasible
    assert search.placement is not None
    assert violations(problem, search.placement) == []
    assert search.priced == price(problem, search.placement)
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert search.value_usd == pytest.approx(optimum_usd, abs=TOLERANCE_USD)


@settings(max_examples=250, suppress_health_check=SLOW)
@given(RANDOM)
def test_small_problems_with_all_terms_and_rules_agree_with_brute_force(draw: Random) -> None:
    check(random_problem(draw, most_workloads=3, most_regions=4))


@settings(max_examples=300, suppress_health_check=SLOW)
@given(RANDOM)
def test_five_workloads_on_six_regions_agree_with_brute_force(draw: Random) -> None:
    check(random_problem(draw))


@pytest.mark.long
@settings(max_examples=2500, suppress_health_check=SLOW)
@given(RANDOM)
def test_thousands_of_small_problems_agree_with_brute_force(draw: Random) -> None:
    check(random_problem(draw, most_workloads=3, most_regions=4))


@pytest.mark.long
@settings(max_examples=2500, suppress_health_check=SLOW)
@given(RANDOM)
def test_thousands_of_five_workloads_on_six_regions_agree_with_brute_force(draw: Random) -> None:
    check(random_problem(draw))


def test_the_random_problems_have_every_rule_and_kind_of_cost_in_play() -> None:
    seen: Counter[str] = Counter()
    for seed in range(120):
        seen.update(set(features(random_problem(Random(seed)))))
    # Reach binds through flows without a tariff or beyond the round-trip limit, and is no coupling of its own.
    rules = {f"coupling {coupling.name}" for coupling in COUPLINGS if coupling.name not in ("flows", "standby")}
    rules |= {f"screen {screen.name}" for screen in SCREENS}
    kinds = {
        "scattered workload",
        "workload that lies somewhere now",
        "tiered tariff in play",
        "round-trip limit",
        "dataset, movable",
        "dataset, fixed",
        "dataset with copies",
        "move hurdle",
        "policy that leaves some regions",
        "policy preference",
    }
    assert {name: count for name in rules | kinds if (count := seen[name]) < 3} == {}
