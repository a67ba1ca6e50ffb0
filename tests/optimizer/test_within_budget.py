"""A budget: placements within it are found where penalties ask for dearer ones, and one too small is proven so."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Conflict
from placement.domain.fleet import CurrentPlacement, Fleet, Limits, MigrationLimit, Resources, Workload
from placement.optimizer import solve as steps
from placement.optimizer.methods import ALL, Methods
from placement.optimizer.outcome import Outcome, Start
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.violations import violations
from placement.planner.deciding import decide
from tests.builders import REGIONS, catalog, offering, tariff
from tests.builders import problem as built
from tests.optimizer.brute_force import cheapest, number_of_choices
from tests.optimizer.random_problems import random_problem

TOLERANCE_USD = 2e-3
WITHOUT_CPSAT = Methods(polish=False, close=False)
SLOW = list(HealthCheck)


def with_budget(problem: Problem, usd: float | None) -> Problem:
    limits = replace(problem.fleet.limits, budget_usd_per_month=usd)
    return replace(problem, fleet=replace(problem.fleet, limits=limits))


def test_a_budget_beyond_anything_that_could_be_spent_changes_nothing() -> None:
    for seed in range(5):
        problem = with_budget(random_problem(Random(seed), most_workloads=3, most_regions=4), None)
        free, rich = solved(problem), solved(with_budget(problem, 1e12))
        assert rich.search.value_usd == pytest.approx(free.search.value_usd)
        assert rich.infeasible == free.infeasible


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


def penalised() -> Problem:
    """It runs in the dear region, and to leave it a workload must save more than it can."""
    dear, cheap = REGIONS[:2]
    here = Workload("w", Resources(2, 8), current=(CurrentPlacement(dear.id, 1),))
    limits = Limits(migration=MigrationLimit(1.0, 0.6))
    market = catalog([offering(dear, 0.2), offering(cheap, 0.1)], [tariff(dear.provider, "*", "*", (0, 0.09))])
    return built(Fleet("f", (here,), limits=limits), market)


def test_a_budget_moves_a_workload_over_its_hurdle() -> None:
    free, held = solved(penalised()).search, solved(with_budget(penalised(), 100.0)).search
    assert free.priced is not None
    assert held.priced is not None
    assert (free.priced.bill.total, held.priced.bill.total) == (146_000_000, 73_008_333)
    assert held.value_usd == pytest.approx(73.008333 + 0.6 * 146)
    assert held.closed


@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
def test_no_weight_gives_the_best_placement_yet_the_bound_holds(
    methods: Methods, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moving `a` saves most for its hurdle, but too little; `b` alone is enough, and at every weight `a` goes first."""
    monkeypatch.setattr(steps, "_SMALL", -1)
    cheap, of_a, of_b = REGIONS[:3]
    a = Workload("a", Resources(2, 8), current=(CurrentPlacement(of_a.id, 1),))
    b = Workload("b", Resources(2, 8), replicas=4, current=(CurrentPlacement(of_b.id, 4),))
    offered = [offering(cheap, 0.1), offering(of_a, 0.2), offering(of_b, 0.14)]
    limits = Limits(budget_usd_per_month=0.64 * 730, migration=MigrationLimit(1.0, 0.6))
    search = solved(built(Fleet("f", (a, b), limits=limits), catalog(offered, [])), methods).search
    b_moved_usd = 0.6 * 730 + 0.6 * 4 * 0.14 * 730
    assert search.bound_usd <= b_moved_usd + 0.1
    assert search.placement is not None
    if methods.close:
        assert search.value_usd == pytest.approx(b_moved_usd, abs=0.1)


def test_what_was_proven_with_penalties_refuses_no_budget_by_itself() -> None:
    """The bound that a search begins with is above the budget: it has penalties in it."""
    dear = solved(penalised()).search
    assert dear.placement is not None
    start = Start(dear.placement, dear.bound_usd, "known")
    found = steps.solve(with_budget(penalised(), 100.0), Settings(time_limit_s=30), start)
    assert not found.infeasible
    assert found.search.priced is not None
    assert found.search.priced.bill.total == 73_008_333


def test_a_budget_too_small_is_said_to_be_so_and_by_how_much() -> None:
    outcome = solved(with_budget(penalised(), 70.0))
    assert outcome.infeasible
    assert outcome.least_usd == pytest.approx(73.008333)
    decision = decide(
        penalised().catalog, with_budget(penalised(), 70.0).fleet, Settings(), datetime(2026, 11, 1, tzinfo=UTC)
    )
    reason = "the budget is 70.00 USD a month, every lawful placement costs at least 73.01"
    assert decision.conflict == (Conflict("budget", ("fleet",), reason),)


def test_a_near_enough_answer_above_the_budget_is_not_enough() -> None:
    """The gap of 50 % would do, but not for the budget."""
    here, there = REGIONS[:2]
    problem = built(
        Fleet("f", tuple(Workload(name, Resources(2, 8)) for name in "ab"), limits=Limits(budget_usd_per_month=146.0)),
        catalog([offering(here, 0.1), offering(there, 0.11)], []),
    )
    search = steps.solve(problem, Settings(gap=0.5)).search
    assert search.priced is not None
    assert search.priced.bill.total == 146_000_000


@pytest.mark.long
@pytest.mark.parametrize("methods", [ALL, WITHOUT_CPSAT], ids=["all", "without CP-SAT"])
@settings(max_examples=1000, suppress_health_check=SLOW)
@given(draw=st.randoms(use_true_random=True))
def test_thousands_of_budgets(draw: Random, methods: Methods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_SMALL", -1)
    check(draw, methods)
