"""What limits cost and a little more of them is worth, against hand-made figures and against trying every placement."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.documents import decision_document, limit_costs_document
from placement.domain.errors import BadInput
from placement.domain.fleet import CapacityRequest, Fleet, Globs, Limits, Quota, SpotShare, Together
from placement.domain.offering import CapacityType
from placement.market.catalog import Catalog
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.planner.deciding import decide
from placement.planner.limit_costs import LimitCost, LimitCosts, limit_costs
from placement.planner.loosened import limits_of
from tests.builders import DUBLIN, FRANKFURT, NOON, TODAY, catalog, fleet, instance_type, offering, workload
from tests.optimizer.brute_force import cheapest
from tests.optimizer.random_problems import random_problem

EXACT = Settings(time_limit_s=60, gap=1e-9, workers=1)
MONTH = 730
FRA, DUB = offering(FRANKFURT, 0.10), offering(DUBLIN, 0.15)
SPOT = offering(FRANKFURT, 0.02, CapacityType.SPOT, hazard_per_hour=0.0)
BOTH = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))


def costs_of(demand: Fleet, market: Catalog) -> LimitCosts:
    answer = json.loads(json.dumps(decision_document(decide(market, demand, EXACT, NOON))))
    return limit_costs(market, demand, answer, None, EXACT, NOON)


def only(costs: LimitCosts) -> LimitCost:
    (cost,) = costs.each
    return cost


def test_a_quota_is_worth_what_the_next_instance_saves() -> None:
    demand = fleet(workload("a"), workload("b"), limits=Limits(quotas=(Quota(FRANKFURT.id, 7.0),)))
    cost = only(costs_of(demand, catalog([FRA, DUB])))
    assert (cost.limit.rule, cost.used, cost.without.used, cost.step) == ("quotas", 4.0, 8.0, 4.0)
    assert cost.without.saving == cost.without.at_most == pytest.approx(MONTH * 50_000, abs=1)
    assert cost.one_step is not None
    assert cost.one_step.saving == cost.without.saving


def test_a_step_that_is_too_small_is_worth_nothing() -> None:
    large = workload("a", replicas=3)
    demand = fleet(large, limits=Limits(quotas=(Quota(FRANKFURT.id, 4.0),)))
    document = limit_costs_document(costs_of(demand, catalog([FRA, DUB])))
    (row,) = document["limits"]
    assert row["without"]["saving"] == pytest.approx(3 * MONTH * 0.05)
    assert (row["one_step"]["more"], row["one_step"]["saving"], row["usd_per_unit"]) == (4.0, 0.0, 0.0)


def test_a_quota_with_room_for_all_is_not_asked_about() -> None:
    demand = fleet(workload("a"), limits=Limits(quotas=(Quota(FRANKFURT.id, 8.0),)))
    assert costs_of(demand, catalog([FRA, DUB])).each == ()


def test_a_point_of_spot_share_has_a_price() -> None:
    limits = Limits(spot_share=(SpotShare(("a", "b"), 0.5),))
    demand = fleet(workload("a", capacity=BOTH), workload("b", capacity=BOTH), limits=limits)
    (row,) = limit_costs_document(costs_of(demand, catalog([FRA, SPOT])))["limits"]
    assert (row["unit"], row["used"], row["most"]) == ("point", 50.0, 50.0)
    assert row["one_step"]["more"] == 50.0
    assert row["usd_per_unit"] == pytest.approx(MONTH * 0.08 / 50)


def test_a_machine_more_and_a_replica_more_on_spot_have_prices() -> None:
    scarce = replace(FRA, capacity=1)
    half = workload("a", replicas=2, capacity=replace(BOTH, max_spot_fraction=0.5), places=Globs(("DE",)))
    by_rule = {cost.limit.rule: cost for cost in costs_of(fleet(half), catalog([scarce, SPOT])).each}
    assert set(by_rule) == {"capacity", "max_spot_fraction"}
    assert by_rule["max_spot_fraction"].without.saving == pytest.approx(MONTH * 80_000, abs=1)
    assert by_rule["capacity"].without.saving == 0


def test_who_must_lie_together_costs_what_lying_apart_saves() -> None:
    small = offering(FRANKFURT, 0.10, kind=instance_type(name="s", vcpus=2.0, memory_gib=8.0))
    other = offering(DUBLIN, 0.05, kind=instance_type(name="s", vcpus=2.0, memory_gib=8.0))
    demand = fleet(
        workload("a", places=Globs(("DE",))), workload("b"), affinity=(Together(("a", "b")),), limits=Limits()
    )
    cost = only(costs_of(demand, catalog([small, other])))
    assert (cost.limit.rule, cost.limit.unit, cost.one_step) == ("affinity", None, None)
    assert cost.without.saving == pytest.approx(MONTH * 50_000, abs=1)


def test_what_places_nothing_has_no_prices() -> None:
    with pytest.raises(BadInput, match="it places nothing"):
        costs_of(fleet(workload(places=Globs(("JP",)))), catalog([FRA, DUB]))


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.randoms(use_true_random=True))
def test_what_a_limit_costs_is_what_the_best_placement_without_it_saves(draw: Random) -> None:
    asked = random_problem(draw, most_workloads=3, most_regions=3, policies=False)
    best = cheapest(asked)
    assume(best is not None)
    assert best is not None
    tight = limits_of(asked, best.placement)
    assume(tight)
    limit = draw.choice(tight)
    event(limit.rule)
    costs = costs_of(asked.fleet, asked.catalog)
    found = [cost for cost in costs.each if (cost.limit.rule, cost.limit.subjects) == (limit.rule, limit.subjects)]
    assume(len(found) == 1)
    for more, worth in ((None, found[0].without), (found[0].step, found[0].one_step)):
        if worth is None:
            continue
        demand, market = limit.loosened(asked.fleet, asked.catalog, more)
        freed = cheapest(Problem(demand, market, TODAY))
        assert freed is not None
        assert worth.saving == pytest.approx(best.objective - freed.objective, abs=2000)
        assert worth.saving <= worth.at_most
