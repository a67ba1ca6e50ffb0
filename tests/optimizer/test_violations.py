"""A placement that is incomplete or malformed is told so, before any rule of the fleet is asked."""

from dataclasses import replace

import pytest

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET, CapacityRequest, Dataset, Fleet, Flow, Globs, Spread
from placement.domain.offering import CapacityType
from placement.optimizer.violations import violations
from tests.builders import DUBLIN, FRANKFURT, VIRGINIA, catalog, fleet, instance_type, offering, problem, workload
from tests.optimizer.placements import placed

FRA, DUB = offering(FRANKFURT), offering(DUBLIN)
OTHER = offering(FRANKFURT, 0.2, kind=instance_type(name="m.xlarge"))
SPOT = offering(FRANKFURT, 0.04, CapacityType.SPOT)
EITHER = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))
WEB = workload(replicas=2)
ORDERS = Dataset("orders", 10.0, at=(FRANKFURT.id, DUBLIN.id), copies=2)
MOVABLE = replace(ORDERS, movable=True)


def broken(demand: Fleet, placement: Placement) -> list[str]:
    return violations(problem(demand, catalog([FRA, DUB, OTHER, SPOT], regions=[VIRGINIA])), placement)


def test_a_whole_placement_breaks_nothing() -> None:
    assert broken(fleet(WEB), placed({"web": [(FRA, 2)]})) == []


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "placed_once: 0 of 2 replicas of web are placed"),
        ([(FRA, 1)], "placed_once: 1 of 2 replicas of web are placed"),
        ([(FRA, 3)], "placed_once: 3 of 2 replicas of web are placed"),
        ([(FRA, 3), (SPOT, -1)], "placed_once: 2 of 2 replicas of web are placed"),
        ([(FRA, 1), (DUB, 1)], "one_region: web has no spread and lies in aws:eu-central-1, aws:eu-west-1"),
        ([(FRA, 1), (OTHER, 1)], "one_type: web has 2 on_demand instance types in aws:eu-central-1"),
        ([(SPOT, 2)], "max_spot_fraction: 2 replicas of web on spot, at most 0 may be"),
    ],
)
def test_replicas_that_are_not_placed_as_a_workload_must_be(parts: list[tuple[object, int]], words: str) -> None:
    assert broken(fleet(WEB), placed({"web": parts})) == [words]  # type: ignore[dict-item]


def test_a_workload_that_is_not_placed_at_all_is_missed() -> None:
    assert broken(fleet(WEB), placed({})) == ["placed_once: 0 of 2 replicas of web are placed"]


def test_spot_and_on_demand_in_one_region_are_one_type_each() -> None:
    half = replace(WEB, capacity=replace(EITHER, max_spot_fraction=0.5))
    assert broken(fleet(half), placed({"web": [(FRA, 1), (SPOT, 1)]})) == []


def test_a_workload_with_a_spread_may_lie_in_several_regions() -> None:
    spread = replace(WEB, spread=Spread(min_regions=2))
    assert broken(fleet(spread), placed({"web": [(FRA, 1), (DUB, 1)]})) == []


@pytest.mark.parametrize(
    ("dataset", "regions", "words"),
    [
        (ORDERS, (FRANKFURT.id,), "copies: orders lies in 1 regions, not 2"),
        (MOVABLE, (FRANKFURT.id, FRANKFURT.id), "copies: orders lies in 1 regions, not 2"),
        (ORDERS, (FRANKFURT.id, VIRGINIA.id), "at: orders cannot be moved from aws:eu-central-1, aws:eu-west-1"),
        (MOVABLE, (FRANKFURT.id, "aws:moon-1"), "copies: orders lies in aws:moon-1, which the catalog does not have"),
        (
            replace(MOVABLE, places=Globs(allow=("EU",))),
            (FRANKFURT.id, VIRGINIA.id),
            "places: orders: aws:us-east-1 (US) is not among places.allow: EU",
        ),
    ],
)
def test_datasets_that_do_not_lie_as_they_must(dataset: Dataset, regions: tuple[str, ...], words: str) -> None:
    found = broken(fleet(WEB, datasets=[dataset]), placed({"web": [(FRA, 2)]}, {"orders": regions}))
    assert words in found


def test_every_reader_of_several_copies_must_say_which_it_reads() -> None:
    flows = [Flow("orders", "web", 1.0), Flow("orders", INTERNET, 1.0), Flow("orders", "copy", 1.0)]
    copy = Dataset("copy", 1.0, at=(VIRGINIA.id,))
    demand = fleet(WEB, datasets=[ORDERS, copy], flows=flows)
    lying = {"orders": ORDERS.at, "copy": copy.at}
    reads = {(0, FRANKFURT.id): FRANKFURT.id, (1, INTERNET): DUBLIN.id, (2, VIRGINIA.id): DUBLIN.id}
    assert broken(demand, placed({"web": [(FRA, 2)]}, lying, reads)) == []
    for key, words in zip(
        reads,
        (
            "reads: web in aws:eu-central-1 reads no copy of orders",
            "reads: internet in internet reads no copy of orders",
            "reads: copy in aws:us-east-1 reads no copy of orders",
        ),
        strict=True,
    ):
        missing = {other: copy for other, copy in reads.items() if other != key}
        assert broken(demand, placed({"web": [(FRA, 2)]}, lying, missing)) == [words]
        astray = {**reads, key: VIRGINIA.id}
        assert broken(demand, placed({"web": [(FRA, 2)]}, lying, astray)) == [words]


def test_screens_are_asked_of_every_offering_and_every_reason_is_given() -> None:
    picky = workload(vcpus=8, places=Globs(allow=("US",)))
    assert broken(fleet(picky), placed({"web": FRA})) == [
        "places: web: aws:eu-central-1 (DE) is not among places.allow: US",
        "resources: web: needs 8 vCPUs, m.large has 4",
    ]
