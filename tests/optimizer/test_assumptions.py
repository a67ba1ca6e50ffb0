"""What an answer takes for granted is said, and nothing else."""

from dataclasses import replace

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET, CapacityRequest, Dataset, Fleet, Flow, Job, Spread
from placement.domain.offering import CapacityType, Offering
from placement.market.risk import prior_hazard_per_hour
from placement.optimizer.assumptions import assumptions
from tests.builders import DUBLIN, FRANKFURT, catalog, flat_tariffs, fleet, offering, problem, tariff, workload
from tests.optimizer.placements import placed

FRA = offering(FRANKFURT)
PRIOR = prior_hazard_per_hour("aws")


def said(demand: Fleet, placement: Placement, *offers: Offering, **market: object) -> list[str]:
    supply = catalog(offers or (FRA,), regions=[DUBLIN], **market)  # type: ignore[arg-type]
    return list(assumptions(problem(demand, supply), placement))


def test_a_plain_placement_takes_nothing_for_granted() -> None:
    assert said(fleet(workload()), placed({"web": FRA})) == []


def test_storage_without_a_rate_is_said_by_region() -> None:
    orders = Dataset("orders", 10.0, at=(DUBLIN.id, FRANKFURT.id), copies=2)
    demand, where = fleet(workload(), datasets=[orders]), placed({"web": FRA}, {"orders": orders.at})
    unknown = "no storage rate is known in {}: storage there counts as 0"
    assert said(demand, where) == [unknown.format("aws:eu-central-1, aws:eu-west-1")]
    assert said(demand, where, storage={FRANKFURT.id: 0.02}) == [unknown.format("aws:eu-west-1")]
    assert said(demand, where, storage={FRANKFURT.id: 0.02, DUBLIN.id: 0.0}) == []


def test_estimated_prices_are_said_if_they_are_used() -> None:
    guess = replace(FRA, estimated=True)
    demand = fleet(workload())
    assert said(demand, placed({"web": guess}), guess) == [
        "some prices are estimates of their source (estimated: true)"
    ]
    assert said(demand, placed({"web": FRA}), guess, FRA) == []


def test_a_prior_of_the_hazard_is_said_of_spot_only() -> None:
    demand = fleet(workload(capacity=CapacityRequest((CapacityType.SPOT, CapacityType.ON_DEMAND))))
    unknown = offering(FRANKFURT, 0.04, CapacityType.SPOT, hazard_per_hour=PRIOR)
    known = replace(unknown, hazard_per_hour=PRIOR / 2)
    words = "no interruption figure is published for some spot offerings of aws: a prior is used"
    assert said(demand, placed({"web": unknown}), unknown) == [words]
    assert said(demand, placed({"web": known}), known) == []
    assert said(demand, placed({"web": replace(FRA, hazard_per_hour=PRIOR)}), FRA) == []


def test_round_trips_are_said_to_be_estimates() -> None:
    pair = fleet(workload("a"), workload("b"), flows=[Flow("a", "b", 1.0, max_rtt_ms=20.0)])
    assert said(pair, placed({"a": FRA, "b": FRA})) == ["round trips are estimated from distance, not measured"]


def test_what_people_send_is_said_to_be_free() -> None:
    demand = fleet(workload(), flows=[Flow(INTERNET, "web", 1.0)])
    assert said(demand, placed({"web": FRA})) == ["data received from the internet is free"]


def test_zones_that_nobody_names_are_said_to_be_there() -> None:
    demand = fleet(workload(spread=Spread(min_zones=3)))
    everywhere = "offerings without a zone are taken to be had in every zone of their region"
    free = "no tariff between zones is known in aws:eu-central-1: that traffic counts as free"
    assert said(demand, placed({"web": FRA})) == [everywhere, free]
    rows = (*flat_tariffs(), tariff("aws", "*", "same-region-cross-zone", (0, 0.01)))
    assert said(demand, placed({"web": FRA}), tariffs=rows) == [everywhere]


def test_reloads_from_a_movable_dataset_are_said_to_be_local() -> None:
    orders = Dataset("orders", 10.0, movable=True)
    flows = [Flow("orders", "web", 1.0)]
    demand = fleet(workload(run=Job(1.0, reload_gb=5.0)), datasets=[orders], flows=flows)
    where = placed({"web": FRA}, {"orders": (FRANKFURT.id,)})
    known = {FRANKFURT.id: 0.02}
    assert said(demand, where, storage=known) == ["reloads from a movable dataset are taken to be local"]
    settled = replace(demand, datasets=(replace(orders, movable=False, at=(FRANKFURT.id,)),))
    assert said(settled, where, storage=known) == []
