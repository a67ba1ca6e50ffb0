"""What people would pay without this service: by hand, and against every region tried."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Placement
from placement.domain.fleet import (
    INTERNET,
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Fleet,
    Flow,
    Globs,
    Limits,
    Quota,
    Service,
    Together,
)
from placement.domain.offering import CapacityType, Offering
from placement.domain.tariff import EgressTariff
from placement.optimizer.baselines import baselines, home_placement
from placement.optimizer.price import price
from placement.optimizer.reads import nearest_reads
from tests.builders import (
    BELGIUM,
    DUBLIN,
    FRANKFURT,
    REGIONS,
    VIRGINIA,
    catalog,
    flat_tariffs,
    fleet,
    offering,
    problem,
    tariff,
    workload,
)
from tests.optimizer.placements import placed

FRA, DUB, IAD, BRU = (
    offering(region, usd) for region, usd in ((FRANKFURT, 0.10), (DUBLIN, 0.11), (VIRGINIA, 0.12), (BELGIUM, 0.13))
)
FRA_SPOT = offering(FRANKFURT, 0.04, CapacityType.SPOT)
OFFERS = [FRA, DUB, IAD, BRU, FRA_SPOT]
EITHER = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))


def compared(
    demand: Fleet,
    placement: Placement,
    offers: list[Offering] = OFFERS,
    tariffs: tuple[EgressTariff, ...] | None = None,
) -> dict[str, tuple[str, object]]:
    """By name: the description, and USD a month."""
    asked = problem(demand, catalog(offers, tariffs))
    found = baselines(asked, placement)
    home = home_placement(asked, placement)
    assert found[0].total == (None if home is None else price(asked, home).bill.total), "the placement behind it"
    return {b.name: (b.description, None if b.total is None else b.total / 1e6) for b in found}


def test_a_single_region_costs_what_all_cost_there_on_demand() -> None:
    demand = fleet(workload("a", capacity=EITHER), workload("b", replicas=2))
    found = compared(demand, placed({"a": FRA_SPOT, "b": [(IAD, 2)]}))
    assert found["single_region"] == ("everything on demand in aws:eu-central-1", pytest.approx(3 * 73))


def test_the_single_region_is_the_best_one_for_instances_and_traffic_together() -> None:
    orders = Dataset("orders", 10.0, at=(VIRGINIA.id,))
    demand = fleet(workload("a"), datasets=[orders], flows=[Flow("orders", "a", 1000.0)])
    found = compared(demand, placed({"a": FRA}, {"orders": orders.at}))
    assert found["single_region"] == ("everything on demand in aws:us-east-1", pytest.approx(87.6))


def test_the_single_region_lies_where_every_workload_may() -> None:
    demand = fleet(workload("a", places=Globs(allow=("gcp", "US"))), workload("b", places=Globs(deny=("gcp",))))
    found = compared(demand, placed({"a": IAD, "b": FRA}))
    assert found["single_region"] == ("everything on demand in aws:us-east-1", pytest.approx(2 * 87.6))


def test_without_a_common_region_there_is_no_single_one() -> None:
    demand = fleet(workload("a", places=Globs(allow=("gcp",))), workload("b", places=Globs(deny=("gcp",))))
    assert compared(demand, placed({"a": BRU, "b": FRA}))["single_region"][1] is None


def test_a_region_that_has_too_few_machines_is_no_baseline() -> None:
    few = offering(FRANKFURT, 0.10, capacity=1)
    demand = fleet(workload("a", replicas=2))
    found = compared(demand, placed({"a": [(DUB, 2)]}), [few, DUB, IAD])
    assert found["single_region"] == ("everything on demand in aws:eu-west-1", pytest.approx(2 * 80.3))


def test_a_region_whose_quota_is_too_small_is_no_baseline() -> None:
    demand = fleet(workload("a", replicas=2), limits=Limits(quotas=(Quota(FRANKFURT.id, 4.0),)))
    found = compared(demand, placed({"a": [(DUB, 2)]}))
    assert found["single_region"][0] == "everything on demand in aws:eu-west-1"


def test_rules_between_workloads_are_not_asked_of_it() -> None:
    demand = fleet(workload("a"), workload("b"), anti_affinity=(Together(("a", "b")),))
    assert compared(demand, placed({"a": FRA, "b": DUB}))["single_region"][1] == pytest.approx(2 * 73)


def test_what_lies_somewhere_now_stays_there() -> None:
    here = workload("a", current=(CurrentPlacement(VIRGINIA.id, 1),), state_gb=100.0)
    found = compared(fleet(here), placed({"a": FRA}))
    assert found["single_region"] == ("everything on demand each in its current region", pytest.approx(87.6))
    beside = compared(fleet(here, workload("b"), flows=[Flow("a", "b", 2000.0)]), placed({"a": FRA, "b": FRA}))
    assert beside["single_region"] == ("everything on demand in aws:us-east-1", pytest.approx(2 * 87.6))


def test_a_workload_without_an_offering_in_its_current_region_leaves_no_baseline() -> None:
    lost = workload("a", current=(CurrentPlacement(VIRGINIA.id, 1),), places=Globs(deny=("US",)))
    assert compared(fleet(lost), placed({"a": FRA}))["single_region"][1] is None


def test_a_movable_dataset_goes_along_unless_it_lies_somewhere() -> None:
    flows = [Flow("orders", "a", 1000.0)]
    new = fleet(workload("a"), datasets=[Dataset("orders", 10.0, movable=True)], flows=flows)
    assert compared(new, placed({"a": DUB}, {"orders": (DUBLIN.id,)}))["single_region"][1] == pytest.approx(73)
    old = fleet(workload("a"), datasets=[Dataset("orders", 10.0, at=(DUBLIN.id,), movable=True)], flows=flows)
    assert compared(old, placed({"a": DUB}, {"orders": (DUBLIN.id,)}))["single_region"] == (
        "everything on demand in aws:eu-west-1",
        pytest.approx(80.3),
    )


def test_a_region_that_no_tariff_connects_is_no_baseline() -> None:
    orders = Dataset("orders", 10.0, at=(BELGIUM.id,))
    demand = fleet(workload("a"), datasets=[orders], flows=[Flow("orders", "a", 1.0)])
    found = compared(demand, placed({"a": BRU}, {"orders": orders.at}), tariffs=flat_tariffs()[:2])
    assert found["single_region"] == ("everything on demand in gcp:europe-west1", pytest.approx(94.9))


def test_without_spot_the_same_places_have_their_cheapest_on_demand() -> None:
    demand = fleet(workload("a", replicas=3, capacity=EITHER, run=Service(60.0)), workload("b"))
    found = compared(demand, placed({"a": [(FRA_SPOT, 2), (FRA, 1)], "b": IAD}))
    assert found["no_spot"] == ("the same places without spot", pytest.approx(3 * 73 + 87.6))


def test_where_a_region_has_spot_only_there_is_no_baseline_without_it() -> None:
    demand = fleet(workload("a", capacity=EITHER))
    assert compared(demand, placed({"a": FRA_SPOT}), [FRA_SPOT, DUB])["no_spot"][1] is None


def test_a_placement_without_spot_is_its_own_baseline() -> None:
    flows = [Flow("a", INTERNET, 100.0)]
    demand = fleet(workload("a", current=(CurrentPlacement(VIRGINIA.id, 1),), state_gb=100.0), flows=flows)
    decided = placed({"a": DUB})
    total = price(problem(demand, catalog(OFFERS)), decided).bill.total / 1e6
    assert compared(demand, decided)["no_spot"][1] == total


def test_each_reader_reads_the_copy_at_the_least_rate() -> None:
    orders = Dataset("orders", 10.0, at=(DUBLIN.id, VIRGINIA.id), copies=2)
    rows = [
        tariff("aws", "*", "other-region", (0, 0.02)),
        tariff("aws", "eu-west-1", "eu-central-1", (0, 0.01)),
        tariff("aws", "*", INTERNET, (0, 0.09)),
        tariff("aws", "us-east-1", INTERNET, (0, 0.05)),
    ]
    flows = [Flow("orders", "a", 1.0), Flow("orders", "b", 1.0), Flow("orders", INTERNET, 1.0)]
    demand = fleet(workload("a"), workload("b"), datasets=[orders], flows=flows)
    asked = problem(demand, catalog([FRA, DUB, IAD], rows))
    where = placed({"a": FRA, "b": IAD}).assignments
    every = {(0, FRANKFURT.id): DUBLIN.id, (1, VIRGINIA.id): VIRGINIA.id, (2, INTERNET): VIRGINIA.id}
    assert nearest_reads(asked, where, {"orders": orders.at}) == every
    assert nearest_reads(asked, where, {"orders": orders.at}, only="b") == {(1, VIRGINIA.id): VIRGINIA.id}


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_no_single_region_is_cheaper_than_the_one_that_was_found(draw: Random) -> None:
    offers = [offering(region, draw.randint(5, 15) / 100) for region in REGIONS]
    names = ["a", "b", "c"][: draw.randint(1, 3)]
    flows = [Flow("orders", name, float(draw.randint(0, 3000))) for name in names]
    flows += [Flow(name, INTERNET, float(draw.randint(0, 1000))) for name in names]
    orders = Dataset("orders", 10.0, at=(draw.choice(REGIONS).id,))
    rates = tuple(
        tariff(provider, "*", dst, (0, draw.uniform(0.01, 0.1)), (500, draw.uniform(0.01, 0.1)))
        for provider in ("aws", "azure", "gcp")
        for dst in (INTERNET, "other-region")
    )
    demand = fleet(*(workload(name) for name in names), datasets=[orders], flows=flows)
    asked = problem(demand, catalog(offers, rates))
    totals = {
        offer.region.id: price(asked, placed(dict.fromkeys(names, offer), {"orders": orders.at})).bill.total
        for offer in offers
    }
    single = baselines(asked, placed(dict.fromkeys(names, offers[0]), {"orders": orders.at}))[0]
    assert single.total == min(totals.values())
    assert totals[single.description.removeprefix("everything on demand in ")] == single.total
