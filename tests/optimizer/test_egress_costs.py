"""Egress of a placement, against sums done by hand: who sends how much where, and who pays for it."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET, Dataset, Flow, Spread
from placement.domain.money import amount_of
from placement.domain.tariff import EgressTariff
from placement.optimizer.costs.egress import billed, movements
from placement.optimizer.price import placed_flows, price
from placement.optimizer.problem import Problem
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, VIRGINIA, catalog, fleet, offering, problem, tariff, workload
from tests.optimizer.placements import owed, placed

FRA, DUB, IAD, BRU = FRANKFURT.id, DUBLIN.id, VIRGINIA.id, BELGIUM.id
HERE, NEAR, THERE, ELSEWHERE = offering(FRANKFURT), offering(DUBLIN), offering(VIRGINIA), offering(BELGIUM)
BETWEEN = tariff("aws", "*", "other-region", (0, 0.02))
PEOPLE = tariff("aws", "*", INTERNET, (0, 0.09), (100, 0.05))


def asking(
    *flows: Flow,
    tariffs: tuple[EgressTariff, ...] = (BETWEEN, PEOPLE),
    datasets: tuple[Dataset, ...] = (),
    spread: Mapping[str, Spread] | None = None,
) -> Problem:
    """Workloads `a` and `b` of two replicas and `c` of one."""
    workloads = [
        workload(name, replicas=replicas, spread=(spread or {}).get(name))
        for name, replicas in (("a", 2), ("b", 2), ("c", 1))
    ]
    market = catalog([HERE, NEAR, THERE, ELSEWHERE], tariffs)
    return problem(fleet(*workloads, flows=flows, datasets=datasets), market)


def moved(asked: Problem, placement: Placement) -> set[tuple[str, str, float]]:
    return {(m.from_region, m.to_region, float(m.gb)) for m in movements(asked, placement)}


TOGETHER = placed({"a": [(HERE, 2)], "b": [(HERE, 2)], "c": HERE})
APART = placed({"a": [(HERE, 1), (THERE, 1)], "b": [(HERE, 2)], "c": THERE})
BOTH_APART = placed({"a": [(HERE, 1), (THERE, 1)], "b": [(HERE, 1), (THERE, 1)], "c": HERE})


def test_within_a_region_traffic_is_free() -> None:
    asked = asking(Flow("a", "b", 100.0))
    assert moved(asked, TOGETHER) == {(FRA, FRA, 100.0)}
    assert owed("egress", asked, TOGETHER) == {"a": 0}


def test_a_flow_splits_by_the_replicas_of_its_source() -> None:
    asked = asking(Flow("a", "b", 100.0))
    assert moved(asked, APART) == {(FRA, FRA, 50.0), (IAD, FRA, 50.0)}
    assert owed("egress", asked, APART) == {"a": 1_000_000}  # 50 x 0.02


def test_a_flow_splits_by_the_replicas_of_its_target() -> None:
    asked = asking(Flow("c", "a", 100.0))
    assert moved(asked, APART) == {(IAD, FRA, 50.0), (IAD, IAD, 50.0)}


def test_a_flow_splits_at_both_ends() -> None:
    asked = asking(Flow("a", "b", 100.0))
    assert moved(asked, BOTH_APART) == {(x, y, 25.0) for x in (FRA, IAD) for y in (FRA, IAD)}
    assert owed("egress", asked, BOTH_APART) == {"a": 1_000_000}  # 2 x 25 x 0.02


def test_replicas_on_two_offerings_of_a_region_are_one_share() -> None:
    asked = asking(Flow("a", "c", 100.0))
    placement = placed({"a": [(HERE, 1), (offering(FRANKFURT, 0.3), 1)], "b": [(HERE, 2)], "c": THERE})
    assert moved(asked, placement) == {(FRA, IAD, 100.0)}


def test_people_are_served_by_each_region_with_its_share() -> None:
    asked = asking(Flow("a", INTERNET, 100.0))
    assert moved(asked, APART) == {(FRA, INTERNET, 50.0), (IAD, INTERNET, 50.0)}
    assert owed("egress", asked, APART) == {"a": 9_000_000}


def test_what_people_send_is_free() -> None:
    asked = asking(Flow(INTERNET, "a", 100.0))
    assert moved(asked, APART) == set()
    assert owed("egress", asked, APART) == {}


def test_all_flows_of_the_fleet_fill_the_tiers_of_a_row_together() -> None:
    asked = asking(Flow("a", INTERNET, 80.0), Flow("b", INTERNET, 120.0))
    # 100 x 0.09 + 100 x 0.05 = 14 for 200 GB: 0.07 on average
    assert owed("egress", asked, APART) == {"a": 5_600_000, "b": 8_400_000}


def test_rows_of_different_origins_are_pools_of_their_own() -> None:
    own = tariff("aws", "us-east-1", INTERNET, (0, 0.09), (100, 0.05))
    asked = asking(Flow("a", INTERNET, 200.0), tariffs=(BETWEEN, PEOPLE, own))
    assert owed("egress", asked, APART) == {"a": 18_000_000}


def test_between_providers_the_row_to_the_internet_pays() -> None:
    asked = asking(Flow("c", "a", 100.0), Flow("c", INTERNET, 100.0))
    placement = placed({"a": [(ELSEWHERE, 2)], "b": [(HERE, 2)], "c": HERE})
    assert owed("egress", asked, placement) == {"c": 14_000_000}


def test_a_pair_without_a_tariff_has_no_price() -> None:
    asked = asking(Flow("a", "c", 1.0), tariffs=(PEOPLE,))
    with pytest.raises(LookupError, match="no egress tariff prices aws:eu-central-1 -> aws:us-east-1"):
        price(asked, APART)


ORDERS = Dataset("orders", 10.0, at=(FRA, IAD), copies=2)


def lying(placement: Placement, reads: dict[tuple[int, str], str] | None = None) -> Placement:
    return Placement(placement.assignments, {"orders": (FRA, IAD)}, reads or {})


def test_each_region_reads_the_copy_that_the_placement_says() -> None:
    asked = asking(Flow("orders", "a", 100.0), datasets=(ORDERS,))
    near = lying(APART, {(0, FRA): FRA, (0, IAD): IAD})
    assert moved(asked, near) == {(FRA, FRA, 50.0), (IAD, IAD, 50.0)}
    far = lying(APART, {(0, FRA): IAD, (0, IAD): IAD})
    assert moved(asked, far) == {(IAD, FRA, 50.0), (IAD, IAD, 50.0)}
    assert owed("egress", asked, far) == {"orders": 1_000_000}


def test_people_read_one_copy() -> None:
    asked = asking(Flow("orders", INTERNET, 100.0), datasets=(ORDERS,))
    assert moved(asked, lying(APART, {(0, INTERNET): IAD})) == {(IAD, INTERNET, 100.0)}


def test_a_write_goes_in_full_to_every_copy() -> None:
    asked = asking(Flow("c", "orders", 100.0), datasets=(ORDERS,))
    assert moved(asked, lying(APART)) == {(IAD, IAD, 100.0), (IAD, FRA, 100.0)}
    assert owed("egress", asked, lying(APART)) == {"c": 2_000_000}


def test_a_scattered_writer_sends_its_share_to_every_copy() -> None:
    asked = asking(Flow("a", "orders", 100.0), datasets=(ORDERS,))
    assert moved(asked, lying(APART)) == {(x, y, 50.0) for x in (FRA, IAD) for y in (FRA, IAD)}


CROSSING = tariff("aws", "*", "same-region-cross-zone", (0, 0.01))


@pytest.mark.parametrize(("zones", "micro_usd"), [(1, 0), (2, 500_000), (3, 666_667), (4, 750_000)])
def test_replicas_in_k_zones_send_all_but_one_kth_across(zones: int, micro_usd: int) -> None:
    asked = asking(Flow("a", "b", 100.0), tariffs=(BETWEEN, PEOPLE, CROSSING), spread={"a": Spread(min_zones=zones)})
    assert moved(asked, TOGETHER) == {(FRA, FRA, 100.0)}
    assert owed("egress", asked, TOGETHER) == {"a": micro_usd}


def test_the_end_with_more_zones_decides_how_much_crosses() -> None:
    zones = {"a": Spread(min_zones=2), "b": Spread(min_zones=4)}
    asked = asking(Flow("a", "b", 100.0), Flow("b", "a", 100.0), tariffs=(BETWEEN, CROSSING), spread=zones)
    assert owed("egress", asked, TOGETHER) == {"a": 750_000, "b": 750_000}


def test_zones_cost_nothing_where_no_row_prices_them() -> None:
    asked = asking(Flow("a", "b", 100.0), spread={"a": Spread(min_zones=3)})
    assert owed("egress", asked, TOGETHER) == {"a": 0}


def test_shares_that_do_not_divide_go_to_the_largest_remainders_first() -> None:
    third = tariff("aws", "*", INTERNET, (0, 0.000033333))  # 3 GB cost 99.999, rounded 100 micro-USD
    asked = asking(*(Flow(name, INTERNET, 1.0) for name in "abc"), tariffs=(BETWEEN, third))
    assert owed("egress", asked, TOGETHER) == {"a": 34, "b": 33, "c": 33}
    uneven = asking(Flow("a", INTERNET, 1.0), Flow("b", INTERNET, 2.0), tariffs=(BETWEEN, third))
    assert owed("egress", uneven, TOGETHER) == {"a": 33, "b": 67}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", INTERNET]), st.floats(0, 5000)), max_size=8
    ),
    st.sampled_from([TOGETHER, APART, BOTH_APART]),
)
def test_the_shares_of_a_row_add_up_to_its_cost(flows: list[tuple[str, str, float]], placement: Placement) -> None:
    tiered = tariff("aws", "*", INTERNET, (0, 0.0912345), (100, 0.051), (900, 0.0033333))
    asked = asking(*(Flow(a, b, gb) for a, b, gb in flows if a != b), tariffs=(BETWEEN, tiered))
    shown = billed(asked, placement)
    for row in (BETWEEN, tiered):
        parts = [(movement.billed_gb, amount) for movement, amount in shown if movement.tariff == row]
        volume = float(sum(gb for gb, _ in parts))
        assert sum(amount for _, amount in parts) == amount_of(row.cost(volume))
        for gb, amount in parts:
            assert abs(amount - row.cost(volume) / 1000 * float(gb) / (volume or 1)) <= 1.5
    total = sum(amount for _, amount in shown)
    assert price(asked, placement).bill.lines["egress"] == total
    assert sum(flow.usd_per_month for flow in placed_flows(asked, placement)) == total
