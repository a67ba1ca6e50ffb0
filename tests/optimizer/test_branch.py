"""Branching on the volumes of tiered tariffs ends at what CP-SAT finds with every tier in its model."""

import re
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import INTERNET, Dataset, Flow
from placement.domain.region import Region
from placement.optimizer.boxes import lines_of
from placement.optimizer.branch import branch_on_tiers, volumes_of
from placement.optimizer.cpsat import Effort, solve_exactly
from placement.optimizer.nodes import nodes_of
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Relaxation, whole
from placement.optimizer.search import Search, Settings
from placement.optimizer.traffic import tiered
from placement.optimizer.violations import violations
from tests.builders import BELGIUM, FRANKFURT, REGIONS, VIRGINIA, catalog, fleet, offering, problem, tariff, workload
from tests.optimizer.placements import placed

EXACT = Settings(time_limit_s=60, gap=1e-7, workers=1)
TOLERANCE_USD = 1e-2


def crossing(draw: Random, *, rising: bool = False) -> Problem:
    """Four to six workloads on all regions; every tariff has tiers that the fleet's volumes cross."""
    count = draw.randint(4, 6)
    offers = [offering(region, round(draw.uniform(0.05, 0.15), 3)) for region in REGIONS]
    rows = []
    for provider in ("aws", "azure", "gcp"):
        for dst, dearest in ((INTERNET, 0.12), ("other-region", 0.05)):
            usd = sorted((round(draw.uniform(0.01, dearest), 4) for _ in range(3)), reverse=not rising)
            rows.append(tariff(provider, "*", dst, *zip((0, 300, 1200), usd, strict=True)))
    names = [f"w{number}" for number in range(count)]
    far = Dataset("orders", 10.0, at=(draw.choice(REGIONS).id,))
    pairs = [draw.sample(names, 2) for _ in range(count + 2)]
    flows = [Flow(src, dst, float(draw.randint(100, 1500))) for src, dst in pairs]
    flows += [Flow(name, INTERNET, float(draw.randint(50, 900))) for name in names[:3]]
    flows += [Flow("orders", draw.choice(names), 400.0), Flow(draw.choice(names), "orders", 200.0)]
    workloads = [workload(name, replicas=draw.randint(1, 2)) for name in names]
    return problem(fleet(*workloads, datasets=[far], flows=flows), catalog(offers, rows))


def branched(asked: Problem, workers: int = 1) -> tuple[Search, Relaxation, int]:
    """The search after branching, its relaxation, and the number of boxes."""
    search, relaxation = Search(asked, replace(EXACT, workers=workers)), whole(asked, nodes_of(asked))
    largest = relaxation.traffic.largest_volumes(relaxation.nodes, relaxation.domains)
    pools = tiered(asked.egress.tariffs, largest)
    assert pools
    branch_on_tiers(search, relaxation, pools, largest, EXACT.time_limit_s)
    boxes = re.search(r"in (\d+) boxes", search.steps[-1])
    assert boxes
    return search, relaxation, int(boxes[1])


def check(asked: Problem) -> int:
    search, relaxation, boxes = branched(asked)
    exact = solve_exactly(relaxation, Effort(60.0, 0.0, 0, 1), None)
    assert exact.ended == "optimal"
    assert exact.placement is not None
    optimum_usd = price(asked, exact.placement).objective / 1e6
    assert exact.bound_usd == pytest.approx(optimum_usd, abs=TOLERANCE_USD)
    assert search.placement is not None
    assert violations(asked, search.placement) == []
    assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert search.value_usd >= optimum_usd - TOLERANCE_USD
    if search.closed:
        assert search.value_usd == pytest.approx(optimum_usd, abs=TOLERANCE_USD)
    return boxes if search.closed else -boxes


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_branching_ends_at_the_optimum(seed: int, rising: bool) -> None:
    boxes = check(crossing(Random(seed), rising=rising))
    event("one box" if boxes == 1 else "several boxes")


@pytest.mark.long
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_branching_ends_at_the_optimum_of_many_problems(seed: int, rising: bool) -> None:
    check(crossing(Random(seed), rising=rising))


def test_the_random_fleets_make_branching_run_and_close() -> None:
    boxes = [branched(crossing(Random(seed)))[2] for seed in range(8)]
    assert sum(number > 1 for number in boxes) >= 4
    searches = [branched(crossing(Random(seed)))[0] for seed in range(4)]
    assert all(search.closed for search in searches)


@pytest.mark.parametrize("seed", range(6))
def test_two_threads_make_the_boxes_that_one_makes(seed: int) -> None:
    one, _, boxes = branched(crossing(Random(seed)))
    two, _, as_many = branched(crossing(Random(seed)), workers=2)
    assert as_many == boxes
    assert (two.bound_usd, two.value_usd, two.placement) == (one.bound_usd, one.value_usd, one.placement)


@pytest.mark.parametrize(
    ("count", "home", "usd"),
    [
        (1, FRANKFURT, 73.0 + 400 * 0.09),
        (3, BELGIUM, 3 * 76.65 + 500 * 0.10 + 700 * 0.01),
    ],
)
def test_the_discount_of_a_tier_is_worth_gathering_traffic_for(count: int, home: Region, usd: float) -> None:
    rows = [
        tariff("aws", "*", INTERNET, (0, 0.09), (1_000_000, 0.08)),
        tariff("gcp", "*", INTERNET, (0, 0.10), (500, 0.01)),
    ]
    market = catalog([offering(FRANKFURT, 0.10), offering(BELGIUM, 0.105)], rows)
    names = ["a", "b", "c"][:count]
    flows = [Flow(name, INTERNET, 400.0) for name in names]
    asked = problem(fleet(*(workload(name) for name in names), flows=flows), market)
    search, relaxation = Search(asked, EXACT), whole(asked, nodes_of(asked))
    largest = relaxation.traffic.largest_volumes(relaxation.nodes, relaxation.domains)
    branch_on_tiers(search, relaxation, tiered(rows, largest), largest, 60.0)
    assert search.closed
    assert search.value_usd == pytest.approx(usd)
    assert search.placement is not None
    assert {p.offering.region for parts in search.placement.assignments.values() for p in parts} == {home}


def test_volumes_add_up_by_tariff_row() -> None:
    rows = [tariff("aws", "*", "other-region", (0, 0.02)), tariff("aws", "*", INTERNET, (0, 0.09), (100, 0.05))]
    here, there = offering(FRANKFURT), offering(VIRGINIA)
    flows = [Flow("a", "b", 60.0), Flow("b", INTERNET, 80.0), Flow("a", INTERNET, 70.0), Flow(INTERNET, "a", 5.0)]
    asked = problem(fleet(workload("a"), workload("b"), flows=flows), catalog([here, there], rows))
    relaxation = whole(asked, nodes_of(asked))
    assert volumes_of(relaxation, placed({"a": here, "b": there})).tolist() == [60.0, 150.0]
    assert volumes_of(relaxation, placed({"a": here, "b": here})).tolist() == [0.0, 150.0]


def test_lines_are_those_of_each_tariff_over_its_volumes() -> None:
    rows = [tariff("aws", "*", "other-region", (0, 0.02)), tariff("aws", "*", INTERNET, (0, 0.09), (100, 0.05))]
    asked = problem(fleet(workload("a")), catalog([offering(FRANKFURT)], rows))
    relaxation = whole(asked, nodes_of(asked))
    lines = lines_of(relaxation, np.zeros(2), np.array([500.0, 200.0]), np.zeros(2))
    assert [(line.rate, line.fixed) for line in lines] == [(20_000_000.0, 0.0), (70_000_000.0, 0.0)]
    upper = lines_of(relaxation, np.array([0.0, 100.0]), np.array([500.0, 200.0]), np.zeros(2))[1]
    assert (upper.rate, upper.fixed) == (50_000_000.0, 4e9)


def test_only_tariffs_whose_volume_could_pass_the_first_tier_are_in_play() -> None:
    rows = crossing(Random(1)).catalog.tariffs
    assert tiered(rows, np.full(len(rows), 300.0)) == []
    assert tiered(rows, np.full(len(rows), 300.1)) == list(range(len(rows)))
    flat = [replace(row, tiers=row.tiers[:1]) for row in rows]
    assert tiered(flat, np.full(len(rows), 1e9)) == []
