"""Why here and not there: each other region with what it would cost more, or with the rule that forbids it."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Flow,
    Globs,
    Limits,
    MigrationLimit,
    Quota,
    Resources,
    Service,
    Together,
)
from placement.domain.offering import CapacityType
from placement.domain.region import Region
from placement.optimizer.explain import Alternative, alternatives
from placement.optimizer.price import price
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from tests.builders import (
    BELGIUM,
    DUBLIN,
    FRANKFURT,
    TOKYO,
    VIRGINIA,
    catalog,
    fleet,
    instance_type,
    offering,
    problem,
    workload,
)
from tests.optimizer.placements import placed
from tests.optimizer.random_problems import random_problem

FRA, DUB, IAD, BRU = (
    offering(region, usd) for region, usd in ((FRANKFURT, 0.10), (DUBLIN, 0.11), (VIRGINIA, 0.12), (BELGIUM, 0.13))
)
MARKET = catalog([FRA, DUB, IAD, BRU])


def by_region(found: list[Alternative]) -> dict[str, Alternative]:
    return {alternative.region: alternative for alternative in found}


def more(alternative: Alternative) -> object:
    """USD a month by line, without the lines that do not change."""
    return {line: amount / 1e6 for line, amount in alternative.difference.items() if amount}


def test_each_other_region_says_what_it_costs_more_the_cheapest_first() -> None:
    web = workload()
    found = alternatives(problem(fleet(web), MARKET), placed({"web": FRA}), web)
    assert [(a.region, more(a), a.refused) for a in found] == [
        (DUBLIN.id, {"compute": pytest.approx(7.3)}, None),
        (VIRGINIA.id, {"compute": pytest.approx(14.6)}, None),
        (BELGIUM.id, {"compute": pytest.approx(21.9)}, None),
    ]
    assert all(a.instance_types == ("m.large",) for a in found)


def test_traffic_and_moving_are_lines_of_their_own() -> None:
    etl = workload("etl", current=(CurrentPlacement(FRANKFURT.id, 1),), state_gb=50.0, run=Service(0.0))
    orders = Dataset("orders", 10.0, at=(FRANKFURT.id,))
    asked = problem(fleet(etl, datasets=[orders], flows=[Flow("orders", "etl", 1000.0)]), MARKET)
    found = by_region(alternatives(asked, placed({"etl": FRA}, {"orders": orders.at}), etl))
    assert more(found[DUBLIN.id]) == pytest.approx({"compute": 7.3, "egress": 20.0, "migration": 1.0})
    assert more(found[BELGIUM.id]) == pytest.approx({"compute": 21.9, "egress": 90.0, "migration": 4.5})


def test_a_reader_of_several_copies_would_read_the_nearest() -> None:
    orders = Dataset("orders", 10.0, at=(FRANKFURT.id, VIRGINIA.id), copies=2)
    etl = workload("etl")
    asked = problem(fleet(etl, datasets=[orders], flows=[Flow("orders", "etl", 1000.0)]), MARKET)
    here = placed({"etl": FRA}, {"orders": orders.at}, {(0, FRANKFURT.id): FRANKFURT.id})
    found = by_region(alternatives(asked, here, etl))
    assert more(found[VIRGINIA.id]) == pytest.approx({"compute": 14.6})
    assert more(found[DUBLIN.id]) == pytest.approx({"compute": 7.3, "egress": 20.0})


def test_a_scattered_workload_is_compared_with_each_region_alone() -> None:
    web = workload(replicas=2)
    scattered = placed({"web": [(FRA, 1), (IAD, 1)]})
    found = by_region(alternatives(problem(fleet(web), MARKET), scattered, web))
    assert {region: more(a) for region, a in found.items()} == {
        FRANKFURT.id: pytest.approx({"compute": -14.6}),
        DUBLIN.id: pytest.approx({}),
        VIRGINIA.id: pytest.approx({"compute": 14.6}),
        BELGIUM.id: pytest.approx({"compute": 2 * 94.9 - 73 - 87.6}),
    }


def test_a_cheaper_mix_with_spot_is_weighed_too() -> None:
    spot = offering(DUBLIN, 0.02, CapacityType.SPOT, hazard_per_hour=0.0)
    web = workload(replicas=2, capacity=CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT), 0.5))
    asked = problem(fleet(web), catalog([FRA, DUB, spot]))
    (other,) = alternatives(asked, placed({"web": [(FRA, 2)]}), web)
    assert more(other) == pytest.approx({"compute": 730 * (0.11 + 0.02 - 0.2)})


def test_a_dearer_instance_type_is_tried_where_the_cheapest_breaks_a_count() -> None:
    small, big = instance_type(name="small", vcpus=2.0, memory_gib=8.0), instance_type(name="big", vcpus=16.0)
    here, there = offering(FRANKFURT, 0.05, kind=small), offering(DUBLIN, 0.07, kind=small)
    web, large = workload(replicas=4), offering(DUBLIN, 0.06, kind=big)
    quota = fleet(web, limits=Limits(quotas=(Quota(DUBLIN.id, 10.0),)))
    for asked, offers in ((quota, [here, large, there]), (fleet(web), [here, replace(large, capacity=2), there])):
        (other,) = alternatives(problem(asked, catalog(offers)), placed({"web": [(here, 4)]}), web)
        assert other.instance_types == ("small",)
        assert more(other) == pytest.approx({"compute": 4 * 730 * 0.02})


def test_the_copy_that_is_near_enough_is_read_where_another_is_as_cheap_but_too_far() -> None:
    ohio = Region("aws", "us-east-2", "US", continent="north-america", lat=40.0, lon=-83.0, partition="aws")
    copies = Dataset("orders", 100, at=(FRANKFURT.id, ohio.id), copies=2)
    etl = workload("etl")
    near = Flow("orders", "etl", 10, max_rtt_ms=40.0)
    asked = problem(fleet(etl, datasets=(copies,), flows=(near,)), catalog([FRA, IAD, offering(ohio, 0.2)]))
    here = placed({"etl": FRA}, {"orders": copies.at}, {(0, FRANKFURT.id): FRANKFURT.id})
    assert [other.refused for other in alternatives(asked, here, etl)] == [None, None]


def refusal(asked_fleet: object, region: str, **market: object) -> str | None:
    demand = asked_fleet
    web = demand.workloads[0]  # type: ignore[attr-defined]
    offers = market.get("offers", [FRA, DUB, IAD, BRU])
    where = {w.name: [(FRA, w.replicas)] for w in demand.workloads}  # type: ignore[attr-defined]
    asked = problem(demand, catalog(offers, regions=[TOKYO]))  # type: ignore[arg-type]
    other = by_region(alternatives(asked, placed(where), web))[region]
    assert other.difference == {}
    return other.refused


def test_a_region_that_a_screen_closes_says_which() -> None:
    picky = workload(places=Globs(allow=("EU",)))
    assert refusal(fleet(picky), VIRGINIA.id) == "places: only in EU"


def test_a_region_that_only_several_screens_close_names_them_all() -> None:
    small = offering(DUBLIN, 0.05, kind=instance_type(name="small", vcpus=1.0))
    spot = offering(DUBLIN, 0.05, CapacityType.SPOT)
    said = refusal(fleet(workload()), DUBLIN.id, offers=[FRA, small, spot])
    assert said == "capacity_types: only on_demand and resources: needs 2 vCPUs and 8 GiB on x86_64, cores of its own"


def test_a_region_without_offerings_says_so() -> None:
    assert refusal(fleet(workload()), TOKYO.id) == "the catalog has no offering there"


def test_a_region_that_cannot_hold_all_replicas_says_so() -> None:
    spot = offering(DUBLIN, 0.05, CapacityType.SPOT)
    half = workload(replicas=2, capacity=CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT), 0.5))
    assert refusal(fleet(half), DUBLIN.id, offers=[FRA, spot]) == "its replicas cannot all be had there"


def test_a_region_that_a_rule_of_the_fleet_closes_says_which() -> None:
    quota = fleet(workload(), limits=Limits(quotas=(Quota(DUBLIN.id, 2.0),)))
    assert refusal(quota, DUBLIN.id) == "quotas: 4 vCPUs used: at most 2 vCPUs in aws:eu-west-1"
    pair = fleet(workload("a"), workload("b"), affinity=(Together(("a", "b")),))
    assert refusal(pair, DUBLIN.id) == "affinity: a, b are not in the same region"


def test_a_request_that_fits_nowhere_else_refuses_everywhere_else() -> None:
    big = offering(FRANKFURT, 1.0, kind=instance_type(name="big", vcpus=64.0, memory_gib=256.0))
    asked_for = replace(workload(), resources=Resources(32, 128))
    found = alternatives(problem(fleet(asked_for), catalog([big, DUB, IAD])), placed({"web": big}), asked_for)
    assert [a.refused for a in found] == ["resources: needs 32 vCPUs and 128 GiB on x86_64, cores of its own"] * 2


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_no_alternative_is_cheaper_than_the_best_placement(draw: Random) -> None:
    asked = random_problem(draw, most_workloads=3, most_regions=5, policies=False)
    limits = replace(asked.fleet.limits, migration=MigrationLimit())
    asked = replace(asked, fleet=replace(asked.fleet, limits=limits))
    best = solve(asked, Settings(gap=1e-9, workers=1)).search.placement
    assume(best is not None)
    assert best is not None
    for asked_for in asked.fleet.workloads:
        lies = {part.offering.region.id for part in best.assignments[asked_for.name]}
        found = alternatives(asked, best, asked_for)
        expected = {region.id for region in asked.catalog.regions} - (lies if len(lies) == 1 else set())
        assert {a.region for a in found} == expected
        assert [a.refused is not None for a in found] == sorted(a.refused is not None for a in found)
        for other in found:
            assert (other.refused is None) == bool(other.difference)
            assert sum(other.difference.values()) >= -2000
    assert not any(price(asked, best).penalties.values())
