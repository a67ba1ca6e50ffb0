"""More is asked for than there is: against trying every placement, and what is named is needed."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Conflict
from placement.domain.fleet import CapacityRequest, CurrentPlacement, Globs, Limits, Quota, Together
from placement.domain.offering import CapacityType
from placement.market.catalog import NO_LIMIT
from placement.optimizer.clusters import impossible_clusters
from placement.optimizer.conflict import conflict
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.nodes import nodes_of
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.short_of import is_short, short_of
from placement.optimizer.solve import solve
from tests.builders import DUBLIN, FRANKFURT, VIRGINIA, catalog, fleet, offering, problem, workload
from tests.optimizer.brute_force import cheapest
from tests.optimizer.random_problems import random_problem
from tests.optimizer.removal import only, without

RANDOM = st.integers(0, 3).flatmap(lambda kind: st.randoms(use_true_random=kind > 0))
SLOW = list(HealthCheck)
FRA, DUB, IAD = (offering(region, 0.1) for region in (FRANKFURT, DUBLIN, VIRGINIA))


def counted(draw: Random) -> Problem:
    """A random fleet with small quotas, of which no rule but those that count and those about places are left."""
    asked = random_problem(draw, most_workloads=4, most_regions=4)
    limits = replace(asked.fleet.limits, pool_exposure_max_fraction=None, budget_usd_per_month=None)
    quotas = tuple(
        Quota(region.id, float(draw.choice([2, 3, 4, 6, 9]))) for region in asked.catalog.regions if draw.random() < 0.8
    )
    workloads = tuple(
        replace(
            each,
            spread=None,
            current=(),
            places=Globs(deny=(draw.choice([region.id for region in asked.catalog.regions]),))
            if draw.random() < 0.4
            else Globs(),
        )
        for each in asked.fleet.workloads
    )
    demand = replace(
        asked.fleet,
        workloads=workloads,
        datasets=(),
        flows=(),
        affinity=(),
        anti_affinity=(),
        limits=replace(limits, quotas=quotas),
    )
    return replace(asked, fleet=demand, residency=None)


@settings(max_examples=250, suppress_health_check=SLOW, deadline=None)
@given(RANDOM)
def test_what_is_short_cannot_be_placed(draw: Random) -> None:
    asked = random_problem(draw, most_workloads=3, most_regions=4)
    nodes = nodes_of(asked)
    if is_short(asked, nodes):
        event("short")
        assert cheapest(asked) is None


@settings(max_examples=200, suppress_health_check=SLOW, deadline=None)
@given(RANDOM)
def test_what_is_named_leaves_too_little_and_without_any_one_of_it_enough(draw: Random) -> None:
    asked = counted(draw)
    nodes = nodes_of(asked)
    assume(all(len(node.options) for node in nodes))  # type: ignore[union-attr]
    found = short_of(asked, nodes, 20.0)
    event("short" if found else "enough")
    if found or not (asked.catalog.offerings.capacity != NO_LIMIT).any():
        # Where machines are counted, replicas of one workload on two types are taken for possible.
        assert bool(found) == (cheapest(asked) is None)
    assert not found or cheapest(held(asked, found)) is None
    for one in found:
        event(one.rule)
        assert cheapest(without(held(asked, found), one)) is not None, one


def held(asked: Problem, rules: Sequence[Conflict]) -> Problem:
    """Under these rules alone: there may be other conflicts beside theirs. Where no replica at all may be spot, the
    screen of capacity types says so."""
    named = {(one.rule, name) for one in rules for name in one.subjects}
    workloads = tuple(
        replace(
            each,
            places=each.places if ("places", each.name) in named else Globs(),
            capacity=each.capacity
            if ("max_spot_fraction", each.name) in named or not max_spot_replicas(each)
            else replace(each.capacity, max_spot_fraction=1.0),
        )
        for each in asked.fleet.workloads
    )
    kept = only(asked, rules)
    return replace(kept, fleet=replace(kept.fleet, workloads=workloads))


def test_whole_workloads_that_do_not_fit_are_told_apart_from_too_few_vcpus() -> None:
    limits = Limits(quotas=(Quota(FRANKFURT.id, 6.0), Quota(DUBLIN.id, 6.0)))
    demand = fleet(workload("a"), workload("b"), workload("c"), limits=limits)
    asked = problem(demand, catalog([FRA, DUB]))
    assert not is_short(asked, nodes_of(asked))
    found = short_of(asked, nodes_of(asked), 20.0)
    assert {one.rule for one in found} == {"quotas"}
    assert "would fit only if workloads could be divided" in found[0].reason
    more = fleet(*(workload(name) for name in "abcd"), limits=limits)
    asked = problem(more, catalog([FRA, DUB]))
    assert is_short(asked, nodes_of(asked))
    assert (
        "of 16 vCPUs that are asked for 12 can be had, short of 4" in short_of(asked, nodes_of(asked), 20.0)[0].reason
    )


def test_a_shortage_is_noticed_before_anything_is_searched() -> None:
    limits = Limits(quotas=(Quota(FRANKFURT.id, 6.0), Quota(DUBLIN.id, 6.0)))
    asked = problem(fleet(*(workload(name) for name in "abcd"), limits=limits), catalog([FRA, DUB]))
    outcome = solve(asked, Settings(workers=1))
    assert outcome.infeasible
    assert [step.split("  ")[-1].split(":")[0] for step in outcome.search.steps] == [
        "more is asked for than quotas, counts and shares leave"
    ]


def test_spot_that_is_not_allowed_is_no_room() -> None:
    spot = offering(FRANKFURT, 0.03, CapacityType.SPOT)
    half = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT), 0.5)
    limits = Limits(quotas=(Quota(FRANKFURT.id, 4.0, CapacityType.ON_DEMAND),))
    demand = fleet(workload("a", replicas=4, capacity=half), limits=limits)
    found = short_of(problem(demand, catalog([FRA, spot])), nodes_of(problem(demand, catalog([FRA, spot]))), 20.0)
    assert {one.rule for one in found} == {"quotas", "max_spot_fraction"}


def test_only_those_who_are_tied_are_named_in_a_conflict_of_logic() -> None:
    others = [workload(f"w{number}") for number in range(40)]
    here, there = workload("here", places=Globs(("DE",))), workload("there", places=Globs(("US",)))
    demand = fleet(*others, here, workload("between"), there, affinity=(Together(("here", "between", "there")),))
    asked = problem(demand, catalog([FRA, DUB, IAD]))
    ((part, inside),) = impossible_clusters(asked, nodes_of(asked))
    assert [node.name for node in inside] == list(part.workloads) == ["here", "between", "there"]
    found = conflict(asked, nodes_of(asked), 20.0)
    assert {(one.rule, one.subjects) for one in found} == {
        ("affinity", ("here", "between", "there")),
        ("places", ("here",)),
        ("places", ("there",)),
    }


def test_who_cannot_be_moved_for_want_of_a_tariff_does_not_stand_for_others() -> None:
    stuck = workload("a", current=(CurrentPlacement(FRANKFURT.id, 1),), state_gb=50.0)
    limits = Limits(quotas=(Quota(FRANKFURT.id, 4.0), Quota(DUBLIN.id, 4.0)))
    asked = problem(fleet(stuck, workload("b"), limits=limits), catalog([FRA, DUB], ()))
    assert not is_short(asked, nodes_of(asked))
    assert not solve(asked, Settings(workers=1)).infeasible
