"""Each cost alone, against sums done by hand; and what the solver is told equals what the bill says."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Flow,
    Job,
    Limits,
    MigrationLimit,
    Service,
    Workload,
)
from placement.domain.money import MicroUsd
from placement.domain.offering import CapacityType
from placement.optimizer.costs import COST_TERMS, PENALTIES, CostTerm
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from tests.builders import (
    DUBLIN,
    FRANKFURT,
    VIRGINIA,
    catalog,
    flat_tariffs,
    fleet,
    instance_type,
    offering,
    problem,
    tariff,
    workload,
)
from tests.optimizer.placements import owed, placed
from tests.optimizer.random_problems import random_problem

SPOT = CapacityRequest((CapacityType.SPOT, CapacityType.ON_DEMAND))
HERE = offering(FRANKFURT, 0.12)
THERE = offering(VIRGINIA, 0.10)
CHEAP_SPOT = offering(FRANKFURT, 0.06, CapacityType.SPOT, hazard_per_hour=0.001)
RISKY_SPOT = offering(FRANKFURT, 0.04, CapacityType.SPOT, hazard_per_hour=0.1)
MARKET = catalog([HERE, THERE, CHEAP_SPOT, RISKY_SPOT], regions=[DUBLIN])


def alone(asked: Workload, **overrides: object) -> Problem:
    return problem(fleet(asked, **overrides), MARKET)  # type: ignore[arg-type]


# -- compute


def test_a_service_pays_every_replica_every_hour() -> None:
    asked = alone(workload(replicas=3))
    assert owed("compute", asked, placed({"web": [(THERE, 3)]})) == {"web": 219_000_000}  # 3 x 0.10 x 730


def test_a_job_pays_its_hours_in_each_run() -> None:
    asked = alone(workload(replicas=2, run=Job(8.0, 20.0)))
    assert owed("compute", asked, placed({"web": [(THERE, 2)]})) == {"web": 32_000_000}  # 2 x 0.10 x 8 x 20


def test_replicas_pay_the_price_of_their_own_offering() -> None:
    asked = alone(workload(replicas=3, capacity=SPOT, hours_per_month=100))
    bill = owed("compute", asked, placed({"web": [(HERE, 1), (CHEAP_SPOT, 2)]}))
    assert bill == {"web": 24_000_000}  # (0.12 + 2 x 0.06) x 100


@pytest.mark.parametrize(("hours", "micro_usd"), [(0.5, 0), (1.5, 2), (2.5, 2), (3.5, 4), (2.51, 3)])
def test_a_line_is_rounded_half_to_even(hours: float, micro_usd: int) -> None:
    one_micro_an_hour = offering(FRANKFURT, 0.000001)
    asked = problem(fleet(workload(hours_per_month=hours)), catalog([one_micro_an_hour]))
    assert owed("compute", asked, placed({"web": one_micro_an_hour})) == {"web": micro_usd}


def test_a_line_is_rounded_once_and_hours_count_as_written() -> None:
    # 3 x 0.1 x 0.000005 is 1.5 micro-USD; rounding each replica would make 0.
    offer = offering(FRANKFURT, 0.000005)
    asked = problem(fleet(workload(replicas=3, hours_per_month=0.1)), catalog([offer]))
    assert owed("compute", asked, placed({"web": [(offer, 3)]})) == {"web": 2}
    assert owed("compute", asked, placed({"web": [(offer, 1)]})) == {"web": 0}


# -- interruption


def test_an_interrupted_service_pays_its_restart_and_what_an_interruption_costs() -> None:
    asked = alone(workload(replicas=2, capacity=SPOT, run=Service(5.0, 0.5)))
    bill = owed("interruption", asked, placed({"web": [(CHEAP_SPOT, 2)]}))
    assert bill == {"web": 737_300}  # 2 x 730 x 0.001 x (5 / 60 x 0.06 + 0.5)


def test_only_spot_is_interrupted() -> None:
    asked = alone(workload(replicas=2, capacity=SPOT, run=Service(5.0, 0.5)))
    assert owed("interruption", asked, placed({"web": [(HERE, 2)]})) == {}
    assert owed("interruption", asked, placed({"web": [(HERE, 1), (CHEAP_SPOT, 1)]})) == {"web": 368_650}


def test_a_job_without_checkpoints_pays_what_it_does_again() -> None:
    asked = alone(workload(replicas=3, capacity=SPOT, run=Job(8.0, 10.0, None, 6.0)))
    expected_hours = math.exp(0.1 * 0.1) / 0.1 * (math.exp(0.1 * 8) - 1)
    assert expected_hours == pytest.approx(12.3786, abs=1e-4)
    bill = owed("interruption", asked, placed({"web": [(RISKY_SPOT, 3)]}))
    assert bill == {"web": pytest.approx(3 * 10 * 0.04 * (expected_hours - 8) * 1e6, abs=1)}


def test_a_job_with_checkpoints_pays_the_best_number_of_them() -> None:
    asked = alone(workload(capacity=SPOT, run=Job(8.0, 10.0, 3.0, 6.0)))
    expected_hours = min(n * math.exp(0.1 * 0.1) / 0.1 * (math.exp(0.1 * (8 / n + 0.05)) - 1) for n in range(1, 100))
    assert 8 < expected_hours < 9
    bill = owed("interruption", asked, placed({"web": RISKY_SPOT}))
    assert bill == {"web": pytest.approx(10 * 0.04 * (expected_hours - 8) * 1e6, abs=1)}


def reloading(*datasets: tuple[Dataset, float], **overrides: object) -> float:
    """USD that one reload costs a job in Frankfurt that reads these volumes."""
    run = Job(8.0, 10.0, None, 6.0, reload_gb=20.0)
    flows = [Flow(dataset.name, "web", gb) for dataset, gb in datasets]
    demand = fleet(workload(capacity=SPOT, run=run), datasets=[d for d, _ in datasets], flows=flows)
    market = replace(MARKET, tariffs=overrides.get("tariffs", MARKET.tariffs))  # type: ignore[arg-type]
    lying = {dataset.name: dataset.at or (VIRGINIA.id,) for dataset, _ in datasets}
    total = owed("interruption", problem(demand, market), placed({"web": RISKY_SPOT}, lying))["web"]
    hours = math.exp(0.01) / 0.1 * (math.exp(0.8) - 1)
    return (total / 1e6 - 10 * 0.04 * (hours - 8)) / (10 * 0.1 * hours)


FAR = Dataset("far", 500.0, at=(VIRGINIA.id,))
NEAR = Dataset("near", 500.0, at=(FRANKFURT.id,))


def test_a_reload_is_read_again_from_where_the_dataset_lies() -> None:
    assert reloading((FAR, 300.0)) == pytest.approx(0.4, abs=1e-6)  # 20 GB x 0.02
    assert reloading((NEAR, 300.0)) == pytest.approx(0.0, abs=1e-6)


def test_a_reload_is_split_as_the_flows_are() -> None:
    assert reloading((FAR, 100.0), (NEAR, 300.0)) == pytest.approx(0.1, abs=1e-6)  # a quarter of 20 GB x 0.02


def test_a_reload_comes_from_the_copy_at_the_least_rate() -> None:
    rates = (*MARKET.tariffs, tariff("aws", "eu-west-1", "other-region", (0, 0.01)))
    far_and_dublin = replace(FAR, at=(VIRGINIA.id, DUBLIN.id), copies=2)
    assert reloading((far_and_dublin, 300.0), tariffs=rates) == pytest.approx(0.2, abs=1e-6)
    far_and_near = replace(FAR, at=(VIRGINIA.id, FRANKFURT.id), copies=2)
    assert reloading((far_and_near, 300.0), tariffs=rates) == pytest.approx(0.0, abs=1e-6)


def test_a_reload_pays_the_first_tier_whatever_the_month_adds_up_to() -> None:
    tiers = (tariff("aws", "*", "other-region", (0, 0.02), (10, 0.001)), tariff("aws", "*", "internet", (0, 0.09)))
    assert reloading((FAR, 300.0), tariffs=tiers) == pytest.approx(0.4, abs=1e-6)


def test_a_movable_dataset_counts_as_lying_with_the_job() -> None:
    assert reloading((replace(FAR, movable=True), 300.0)) == pytest.approx(0.0, abs=1e-6)


def test_a_job_that_reads_no_dataset_reloads_for_nothing() -> None:
    assert reloading() == pytest.approx(0.0, abs=1e-6)


# -- storage


def test_every_copy_is_stored_at_the_rate_of_its_region() -> None:
    market = catalog([HERE, THERE], storage={FRANKFURT.id: 0.0245, VIRGINIA.id: 0.023})
    orders = Dataset("orders", 800.0, at=(FRANKFURT.id, VIRGINIA.id), copies=2)
    asked = problem(fleet(workload(), datasets=[orders]), market)
    bill = owed("storage", asked, placed({"web": HERE}, {"orders": orders.at}))
    assert bill == {"orders": 38_000_000}  # 800 x (0.0245 + 0.023)


def test_storage_without_a_known_rate_costs_nothing() -> None:
    orders = Dataset("orders", 800.0, at=(FRANKFURT.id,))
    bill = owed("storage", alone(workload(), datasets=[orders]), placed({"web": HERE}, {"orders": orders.at}))
    assert bill == {"orders": 0}


# -- migration


def moving(replicas: int, *current: CurrentPlacement, state_gb: float = 300.0, **overrides: object) -> Problem:
    asked = workload(replicas=replicas, current=current, state_gb=state_gb, run=Service(5.0, 0.5), capacity=SPOT)
    limits = Limits(migration=MigrationLimit(3.0, 0.25))
    market = overrides.get("market", MARKET)
    return problem(fleet(asked, limits=limits), market)  # type: ignore[arg-type]


def test_a_move_pays_for_state_and_restart_over_the_horizon() -> None:
    asked = moving(2, CurrentPlacement(VIRGINIA.id, 2))
    bill = owed("migration", asked, placed({"web": [(HERE, 2)]}))
    assert bill == {"web": 2_340_000}  # (300 x 0.02 + 2 x (5 / 60 x 0.12 + 0.5)) / 3


def test_who_stays_in_its_region_pays_nothing_for_another_type_or_capacity_type() -> None:
    asked = moving(2, CurrentPlacement(FRANKFURT.id, 2, "m.large", CapacityType.ON_DEMAND))
    assert owed("migration", asked, placed({"web": [(CHEAP_SPOT, 2)]})) == {}


def test_only_the_replicas_that_the_region_does_not_hold_yet_move_and_take_their_share_of_the_state() -> None:
    asked = moving(2, CurrentPlacement(VIRGINIA.id, 2))
    bill = owed("migration", asked, placed({"web": [(HERE, 1), (THERE, 1)]}))
    assert bill == {"web": 1_170_000}  # (half of 6 + 0.51) / 3


def test_replicas_that_were_not_there_at_all_move_too() -> None:
    asked = moving(3, CurrentPlacement(FRANKFURT.id, 1))
    bill = owed("migration", asked, placed({"web": [(HERE, 3)]}))
    assert bill == {"web": 340_000}  # 2 x 0.51 / 3: Frankfurt has the state


def test_the_replicas_that_stay_are_those_dearest_to_restart() -> None:
    asked = moving(2, CurrentPlacement(FRANKFURT.id, 1), state_gb=0.0)
    for parts in ([(HERE, 1), (CHEAP_SPOT, 1)], [(CHEAP_SPOT, 1), (HERE, 1)]):
        bill = owed("migration", asked, placed({"web": parts}))
        assert bill == {"web": 168_333}  # (5 / 60 x 0.06 + 0.5) / 3, that of the cheaper one


def test_state_leaves_from_the_current_region_that_is_cheapest_to_leave() -> None:
    market = replace(MARKET, tariffs=(*MARKET.tariffs, tariff("aws", "eu-west-1", "other-region", (0, 0.01))))
    asked = moving(2, CurrentPlacement(VIRGINIA.id, 1), CurrentPlacement(DUBLIN.id, 1), market=market)
    bill = owed("migration", asked, placed({"web": [(HERE, 2)]}))
    assert bill == {"web": 1_340_000}  # (300 x 0.01 + 2 x 0.51) / 3


def test_state_is_priced_by_itself_tier_by_tier() -> None:
    tiers = (tariff("aws", "*", "other-region", (0, 0.02), (100, 0.01)),)
    asked = moving(1, CurrentPlacement(VIRGINIA.id, 1), market=replace(MARKET, tariffs=tiers))
    bill = owed("migration", asked, placed({"web": HERE}))
    assert bill == {"web": 1_503_333}  # (100 x 0.02 + 200 x 0.01 + 0.51) / 3


def test_a_job_that_moves_pays_no_fee_of_a_service() -> None:
    asked = alone(workload(run=Job(8.0, restart_minutes=6.0), current=(CurrentPlacement(VIRGINIA.id, 1),)))
    assert owed("migration", asked, placed({"web": HERE})) == {"web": 12_000}  # 0.1 h x 0.12


def test_what_runs_nowhere_yet_moves_for_nothing() -> None:
    assert owed("migration", moving(2), placed({"web": [(HERE, 2)]})) == {}


def test_each_copy_of_a_dataset_in_a_new_region_is_carried_there_once() -> None:
    limits = Limits(migration=MigrationLimit(4.0))
    orders = Dataset("orders", 1000.0, at=(DUBLIN.id,), movable=True, copies=2)
    asked = alone(workload(), datasets=[orders], limits=limits)
    for regions, micro_usd in (((DUBLIN.id, VIRGINIA.id), 5_000_000), ((FRANKFURT.id, VIRGINIA.id), 10_000_000)):
        bill = owed("migration", asked, placed({"web": HERE}, {"orders": regions}))
        assert bill == {"orders": micro_usd}  # 1000 x 0.02 / 4 for each new one


def test_a_new_dataset_and_a_fixed_one_are_not_carried() -> None:
    for orders in (Dataset("orders", 1000.0, movable=True), Dataset("orders", 1000.0, at=(VIRGINIA.id,))):
        asked = alone(workload(), datasets=[orders])
        assert owed("migration", asked, placed({"web": HERE}, {"orders": (VIRGINIA.id,)})) == {}


# -- the hurdle


def test_the_hurdle_is_a_fraction_of_what_the_workload_costs_now() -> None:
    known = CurrentPlacement(VIRGINIA.id, 2, "m.large", CapacityType.ON_DEMAND)
    assert owed("move hurdle", moving(2, known), placed({"web": [(HERE, 2)]})) == {"web": 36_500_000}  # 2 x 73 / 4
    assert owed("move hurdle", moving(2, known), placed({"web": [(THERE, 2)]})) == {}


def test_half_a_move_meets_half_the_hurdle() -> None:
    asked = moving(2, CurrentPlacement(VIRGINIA.id, 2))
    assert owed("move hurdle", asked, placed({"web": [(HERE, 1), (THERE, 1)]})) == {"web": 18_250_000}


def test_what_a_workload_costs_now_includes_its_interruptions() -> None:
    known = CurrentPlacement(FRANKFURT.id, 1, "m.large", CapacityType.SPOT)
    risky = replace(moving(1, known), catalog=catalog([THERE, RISKY_SPOT]))
    now = 730 * (0.04 + 0.1 * (5 / 60 * 0.04 + 0.5))
    assert owed("move hurdle", risky, placed({"web": THERE})) == {"web": pytest.approx(now / 4 * 1e6, abs=1)}


def test_where_the_type_of_today_is_unknown_the_cheapest_that_fits_counts() -> None:
    tiny = offering(VIRGINIA, 0.001, kind=instance_type(name="nano", vcpus=0.5))
    asked = replace(moving(1, CurrentPlacement(VIRGINIA.id, 1)), catalog=catalog([HERE, THERE, tiny]))
    assert owed("move hurdle", asked, placed({"web": HERE})) == {"web": 18_250_000}


def test_what_the_workload_may_not_use_is_not_what_it_costs_now() -> None:
    cheaper = [
        offering(VIRGINIA, 0.02, kind=instance_type(name="arm", architecture="arm64")),
        offering(VIRGINIA, 0.03, kind=instance_type(name="t", burstable=True)),
    ]
    asked = replace(moving(1, CurrentPlacement(VIRGINIA.id, 1)), catalog=catalog([HERE, THERE, *cheaper]))
    assert owed("move hurdle", asked, placed({"web": HERE})) == {"web": 18_250_000}


def test_where_the_catalog_does_not_know_todays_offering_there_is_no_hurdle() -> None:
    asked = moving(1, CurrentPlacement(VIRGINIA.id, 1, "gone.large"))
    assert owed("move hurdle", asked, placed({"web": HERE})) == {}


def test_the_hurdle_is_no_money() -> None:
    asked = moving(2, CurrentPlacement(VIRGINIA.id, 2))
    priced = price(asked, placed({"web": [(HERE, 2)]}))
    assert priced.penalties["move hurdle"] == 36_500_000
    assert priced.bill.total == sum(priced.bill.lines.values()) == 175_200_000 + 2_340_000
    assert priced.objective == priced.bill.total + 36_500_000


# -- the solver's unit costs


def only(term: CostTerm, lone: Problem, **where: object) -> MicroUsd:
    return MicroUsd(sum(line.amount for line in term.lines(lone, placed(**where))))  # type: ignore[arg-type,misc]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_what_the_solver_is_told_of_a_replica_is_what_its_bill_says(draw: Random) -> None:
    whole = random_problem(draw, most_workloads=2, most_regions=4)
    rows = np.arange(len(whole.catalog.offerings))
    for asked in whole.fleet.workloads:
        lone = replace(whole, fleet=replace(whole.fleet, workloads=(asked,)))
        homes = {part.region for part in asked.current}
        nowhere = {name: () for name in whole.datasets}
        for term in (*COST_TERMS, *PENALTIES):
            each, arriving = term.per_replica(lone, asked, rows), term.per_arrival(lone, asked, rows)
            if term.name == "egress":
                assert (each, arriving) == (None, None)
                continue
            for row in rows:
                offer = lone.catalog.offering(int(row))
                if offer.region.id in homes:
                    continue
                usd = sum(float(part[row]) for part in (each, arriving) if part is not None)
                if not math.isfinite(usd):
                    continue
                billed = only(term, lone, assignments={asked.name: [(offer, asked.replicas)]}, datasets=nowhere)
                assert billed / 1e6 == pytest.approx(usd * asked.replicas, abs=2e-6, rel=1e-9)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_what_the_solver_is_told_of_a_copy_is_what_its_bill_says(draw: Random) -> None:
    whole = random_problem(draw, most_workloads=2, most_regions=4)
    for dataset in whole.fleet.datasets:
        lone = replace(whole, fleet=replace(whole.fleet, workloads=(), datasets=(dataset,), flows=()))
        for term in (*COST_TERMS, *PENALTIES):
            each = term.per_copy(lone, dataset)
            for region in whole.catalog.regions:
                usd = 0.0 if each is None else float(each[whole.region(region.id)])
                if math.isfinite(usd):
                    billed = only(term, lone, assignments={}, datasets={dataset.name: (region.id,)})
                    assert billed / 1e6 == pytest.approx(usd, abs=2e-6, rel=1e-9)


def test_nothing_can_be_carried_or_reloaded_where_no_tariff_reaches() -> None:
    market = catalog([HERE, THERE], flat_tariffs()[2:])
    asked = problem(fleet(workload(current=(CurrentPlacement(VIRGINIA.id, 1),), state_gb=1.0)), market)
    migration = next(term for term in COST_TERMS if term.name == "migration")
    usd = migration.per_arrival(asked, asked.fleet.workloads[0], np.arange(2))
    assert usd is not None
    assert np.isinf(usd).tolist() == [True, False]
