"""What a policy costs is what the fleet would save without it, and what the figures leave over is told."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from placement.domain.decision import Bill, Decision
from placement.domain.fleet import Fleet
from placement.domain.money import MicroUsd, amount_from_usd
from placement.domain.policy import Effect, Guardrail, Policy, PolicySet, Waiver
from placement.domain.region import Region
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner import policy_costs as module
from placement.planner.deciding import decide
from placement.planner.policy_costs import PolicyCost, PolicyCosts, policy_costs
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, IOWA, NOON, VIRGINIA, catalog, fleet, offering, workload
from tests.residency.judging import allow_only, deny, policy
from tests.residency.random_policies import random_fleet, random_policies, random_regions

SETTINGS = Settings(time_limit_s=10, workers=1)
HOURS = 730
HOURLY = {FRANKFURT: 0.5, DUBLIN: 0.4, BELGIUM: 0.3, IOWA: 0.2, VIRGINIA: 0.1}
MARKET = catalog([offering(region, usd) for region, usd in HOURLY.items()])
WEB = fleet(workload("web", vcpus=2, memory_gib=8))


def costs(*rules: Policy | Guardrail | Waiver, demand: Fleet = WEB, market: Catalog = MARKET) -> PolicyCosts:
    policies = PolicySet(
        policies=tuple(rule for rule in rules if isinstance(rule, Policy)),
        guardrails=tuple(rule for rule in rules if isinstance(rule, Guardrail)),
        waivers=tuple(rule for rule in rules if isinstance(rule, Waiver)),
    )
    return policy_costs(market, demand, policies, SETTINGS, NOON)


def a_month(region: Region) -> MicroUsd:
    return amount_from_usd(HOURLY[region] * HOURS)


def savings(found: PolicyCosts) -> dict[str | None, MicroUsd | None]:
    return {cost.policy: cost.saving for cost in found.each}


def test_the_saving_is_the_difference_between_two_answers() -> None:
    found = costs(deny("US", name="not-us"))
    (cost,) = found.each
    assert found.total == a_month(BELGIUM)
    assert (cost.policy, cost.total) == ("not-us@1", a_month(VIRGINIA))
    assert cost.saving == cost.at_most == a_month(BELGIUM) - a_month(VIRGINIA)
    assert found.without_all == PolicyCost(None, cost.total, cost.saving, cost.at_most)
    assert found.unexplained == 0


def test_a_policy_that_changes_nothing_costs_nothing() -> None:
    found = costs(deny("DE", name="not-de"))
    assert savings(found) == {"not-de@1": 0}
    assert found.unexplained == 0


def test_two_policies_that_refuse_the_same_regions_cost_something_only_together() -> None:
    found = costs(deny("US", name="not-us"), allow_only("europe", name="europe"))
    assert savings(found) == {"europe@1": 0, "not-us@1": 0}
    assert found.without_all.saving == a_month(BELGIUM) - a_month(VIRGINIA)
    assert found.unexplained == found.without_all.saving


def test_savings_that_are_alternatives_are_more_than_all_of_them_together() -> None:
    found = costs(deny("aws:us-east-1", name="no-virginia"), deny("gcp:us-central1", name="no-iowa"))
    assert savings(found) == {
        "no-virginia@1": a_month(BELGIUM) - a_month(VIRGINIA),
        "no-iowa@1": a_month(BELGIUM) - a_month(IOWA),
    }
    assert found.without_all.saving == a_month(BELGIUM) - a_month(VIRGINIA)
    assert found.unexplained == -(a_month(BELGIUM) - a_month(IOWA))


def test_the_dearest_policy_comes_first() -> None:
    found = costs(
        deny("DE", name="a"), deny("gcp:us-central1", name="b"), deny("aws:us-east-1", name="c"), deny("IE", name="d")
    )
    assert [cost.policy for cost in found.each] == ["c@1", "b@1", "a@1", "d@1"]


def test_policies_that_concern_nothing_are_left_out() -> None:
    later = deny("DE", name="later", valid_from=date(2030, 1, 1))
    assert savings(costs(later, deny("IE", name="not-ie"))) == {"not-ie@1": 0}


def test_a_fleet_that_its_policies_do_not_let_be_placed_has_no_prices() -> None:
    found = costs(allow_only("DE", name="de"), allow_only("US", name="us"))
    assert found.total is None
    assert {cost.policy: cost.total for cost in found.each} == {"de@1": a_month(VIRGINIA), "us@1": a_month(FRANKFURT)}
    assert savings(found) == {"de@1": None, "us@1": None}
    assert found.without_all == PolicyCost(None, a_month(VIRGINIA), None, None)
    assert found.unexplained is None


def test_where_several_policies_stand_in_the_way_no_single_one_opens_it() -> None:
    found = costs(allow_only("DE", name="de"), allow_only("US", name="us"), allow_only("JP", name="jp"))
    assert [cost.total for cost in found.each] == [None, None, None]
    assert found.without_all.total == a_month(VIRGINIA)


def test_a_guardrail_has_its_price_too() -> None:
    never = Guardrail("never", 3, "false", "nothing runs")
    found = costs(never, deny("US", name="not-us"))
    assert found.total is None
    assert {cost.policy: cost.total for cost in found.each} == {"never@3": a_month(BELGIUM), "not-us@1": None}


def test_what_is_waived_costs_nothing() -> None:
    waiver = Waiver("not-us", "web", "dpo", "T-1", date(2030, 1, 1))
    found = costs(waiver, deny("US", name="not-us"))
    assert found.total == a_month(VIRGINIA)
    assert found.each == ()
    assert found.unexplained == 0


def test_each_placement_is_announced() -> None:
    said: list[str] = []
    policies = PolicySet(policies=(deny("US", name="not-us"),))
    policy_costs(MARKET, WEB, policies, SETTINGS, NOON, watch=said.append)
    assert said == ["all policies", "without not-us@1", "without any policy"]


def test_an_answer_that_was_not_proven_leaves_room_up_to_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer rules nothing is dearer: where it seems so, the search ended early."""

    def early(*arguments: Any, policies: PolicySet, **options: Any) -> Decision:
        found = decide(*arguments, policies=policies, **options)
        if policies.policies or found.bill is None:
            return found
        return replace(found, bill=Bill({"compute": MicroUsd(found.bill.total * 10)}))

    monkeypatch.setattr(module, "decide", early)
    found = costs(deny("US", name="not-us"))
    assert found.without_all.saving == 0
    assert found.without_all.at_most == a_month(BELGIUM) - a_month(VIRGINIA)


def test_what_a_preference_then_chooses_may_be_dearer_and_is_no_saving() -> None:
    prefer = policy(Effect.PREFER, {"place": ["BE"]}, name="belgium", penalty_usd_per_month=1000.0)
    found = costs(prefer, deny("BE", name="not-be"))
    assert found.total == a_month(VIRGINIA)
    assert {cost.policy: cost.total for cost in found.each} == {
        "belgium@1": a_month(VIRGINIA),
        "not-be@1": a_month(BELGIUM),
    }
    assert savings(found) == {"belgium@1": 0, "not-be@1": 0}


@pytest.mark.parametrize("seed", range(60))
def test_no_policy_saves_money_and_all_together_cost_at_least_the_dearest(seed: int) -> None:
    draw = Random(seed)
    regions = random_regions(draw, 6)
    market = catalog([offering(region, round(draw.uniform(0.05, 0.2), 4)) for region in regions])
    demand = random_fleet(draw, 3, 1)
    policies = random_policies(draw, demand, most=5)
    found = policy_costs(market, demand, policies, SETTINGS, NOON)
    alone = [cost.saving for cost in found.each]
    assert all(saving is None or saving >= 0 for saving in alone)
    for cost in (*found.each, found.without_all):
        if cost.saving is not None and cost.total is not None and found.total is not None:
            assert cost.saving == max(0, found.total - cost.total)
            assert cost.at_most is not None
            assert cost.at_most >= cost.saving
    if found.without_all.saving is not None:
        assert found.without_all.saving >= max((saving or 0 for saving in alone), default=0)
