"""Each rule alone: the cheapest placement breaks it and is told so, and with it the next cheapest is the answer."""

from dataclasses import dataclass, replace

import pytest

from placement.domain.decision import Placement
from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Fleet,
    Flow,
    Globs,
    Limits,
    MigrationLimit,
    Quota,
    Service,
    SpotShare,
    Spread,
    Together,
    Workload,
)
from placement.domain.offering import CapacityType, Offering
from placement.domain.policy import Dimension, Effect, Policy, PolicySet
from placement.domain.tariff import EgressTariff
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.violations import violations
from tests.builders import (
    BELGIUM,
    DUBLIN,
    FRANKFURT,
    VIRGINIA,
    catalog,
    flat_tariffs,
    fleet,
    offering,
    problem,
    tariff,
    workload,
)
from tests.optimizer.placements import placed, regions_of
from tests.optimizer.policies import under

# A month of each costs 73.00, 80.30, 87.60 and 94.90 USD on demand, 29.20 and 36.50 on spot.
FRA, DUB, IAD, BRU = (
    offering(region, usd) for region, usd in ((FRANKFURT, 0.10), (DUBLIN, 0.11), (VIRGINIA, 0.12), (BELGIUM, 0.13))
)
FRA_SPOT = offering(FRANKFURT, 0.04, CapacityType.SPOT)
IAD_SPOT = offering(VIRGINIA, 0.05, CapacityType.SPOT)
OFFERS = [FRA, DUB, IAD, BRU, FRA_SPOT, IAD_SPOT]
EITHER = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))


LEDGER = Dataset("ledger", 1.0, movable=True)
NOT_IN_THE_US = PolicySet(policies=(Policy("p", 1, Effect.DENY, terms=((Dimension.PLACE, ("US",)),)),))


def service(name: str = "web", **overrides: object) -> Workload:
    return workload(name, run=Service(0.0), **overrides)  # type: ignore[arg-type]


def two(**overrides: object) -> tuple[Workload, Workload]:
    return service("a", **overrides), service("b", **overrides)


def over(demand: Fleet, offers: list[Offering] = OFFERS, tariffs: tuple[EgressTariff, ...] | None = None) -> Problem:
    return problem(demand, catalog(offers, tariffs))


@dataclass(frozen=True)
class Case:
    """A problem without and with one rule, the monthly cost of each answer, and what the first breaks of the rule."""

    rule: str
    without: Problem
    bound: Problem
    usd_without: float
    usd_bound: float
    broken: str


def limited(demand: Fleet, limits: Limits) -> Fleet:
    return replace(demand, limits=limits)


THREE = service(replicas=3)
TWINS = fleet(*two())
SPOT_TWINS = fleet(*two(capacity=EITHER))
NEVER_FRANKFURT = service("b", places=Globs(deny=("DE",)))
ONLY_GCP = service("b", places=Globs(allow=("gcp",)))
ONLY_US = service("b", places=Globs(allow=("US",)))
SETTLED = service(current=(CurrentPlacement(VIRGINIA.id, 1, "m.large", CapacityType.ON_DEMAND),))

CASES = {
    "regions": Case(
        "spread",
        over(fleet(THREE)),
        over(fleet(replace(THREE, spread=Spread(min_regions=2)))),
        3 * 73,
        2 * 73 + 80.3,
        "web lies in 1 regions, min_regions is 2",
    ),
    "providers": Case(
        "spread",
        over(fleet(THREE)),
        over(fleet(replace(THREE, spread=Spread(min_providers=2)))),
        3 * 73,
        2 * 73 + 94.9,
        "web lies at 1 providers, min_providers is 2",
    ),
    "fraction of a region": Case(
        "spread",
        over(fleet(THREE)),
        over(fleet(replace(THREE, spread=Spread(max_fraction_per_region=0.67)))),
        3 * 73,
        2 * 73 + 80.3,
        "web has 3 replicas in aws:eu-central-1, max_fraction_per_region allows 2",
    ),
    "same region": Case(
        "affinity",
        over(fleet(service("a"), NEVER_FRANKFURT)),
        over(fleet(service("a"), NEVER_FRANKFURT, affinity=(Together(("a", "b")),))),
        73 + 80.3,
        2 * 80.3,
        "a, b are not in the same region",
    ),
    "same provider": Case(
        "affinity",
        over(fleet(service("a"), ONLY_GCP)),
        over(fleet(service("a"), ONLY_GCP, affinity=(Together(("a", "b"), "provider"),))),
        73 + 94.9,
        2 * 94.9,
        "a, b are not in the same provider",
    ),
    "never the same region": Case(
        "anti_affinity",
        over(TWINS),
        over(replace(TWINS, anti_affinity=(Together(("a", "b")),))),
        2 * 73,
        73 + 80.3,
        "a and b are both in aws:eu-central-1",
    ),
    "never the same provider": Case(
        "anti_affinity",
        over(TWINS),
        over(replace(TWINS, anti_affinity=(Together(("a", "b"), "provider"),))),
        2 * 73,
        73 + 94.9,
        "a and b are both in aws",
    ),
    "quota": Case(
        "quotas",
        over(TWINS),
        over(limited(TWINS, Limits(quotas=(Quota(FRANKFURT.id, 7.9),)))),
        2 * 73,
        73 + 80.3,
        "8 vCPUs used: at most 7.9 vCPUs in aws:eu-central-1",
    ),
    "quota of spot": Case(
        "quotas",
        over(SPOT_TWINS),
        over(limited(SPOT_TWINS, Limits(quotas=(Quota(FRANKFURT.id, 4.0, CapacityType.SPOT),)))),
        2 * 29.2,
        29.2 + 36.5,
        "8 vCPUs used: at most 4 spot vCPUs in aws:eu-central-1",
    ),
    "capacity": Case(
        "capacity",
        over(TWINS),
        over(TWINS, [replace(FRA, capacity=1), DUB, BRU]),
        2 * 73,
        73 + 80.3,
        "2 instances used: at most 1 instances of aws:eu-central-1 m.large on_demand can be had",
    ),
    "share of spot": Case(
        "spot_share",
        over(SPOT_TWINS),
        over(limited(SPOT_TWINS, Limits(spot_share=(SpotShare(("a", "b"), 0.5),)))),
        2 * 29.2,
        29.2 + 73,
        "a, b: 4 requested vCPUs on spot: at most 50% of the group's requested vCPUs on spot",
    ),
    "exposure to a pool": Case(
        "pool_exposure",
        over(SPOT_TWINS),
        over(limited(SPOT_TWINS, Limits(pool_exposure_max_fraction=0.5))),
        2 * 29.2,
        29.2 + 36.5,
        "8 spot vCPUs on m.large in aws:eu-central-1: at most 50% of the fleet's spot vCPUs on one instance type in one"
        " region",
    ),
    "round trip": Case(
        "flows",
        over(fleet(service("a"), ONLY_US, flows=[Flow("a", "b", 1.0)])),
        over(fleet(service("a"), ONLY_US, flows=[Flow("a", "b", 1.0, max_rtt_ms=10.0)])),
        73 + 87.6 + 0.02,
        2 * 87.6,
        "a -> b: aws:eu-central-1 -> aws:us-east-1 takes 93 ms, max_rtt_ms is 10",
    ),
    "a price for the traffic": Case(
        "flows",
        over(fleet(service("a"), ONLY_GCP)),
        over(fleet(service("a"), ONLY_GCP, flows=[Flow("b", "a", 1.0)]), tariffs=flat_tariffs()[:2]),
        73 + 94.9,
        2 * 94.9,
        "no egress tariff prices gcp:europe-west1 -> aws:eu-central-1",
    ),
    "a copy where the law wants one": Case(
        "copy_in",
        over(fleet(service("a"), datasets=[LEDGER], flows=[Flow("ledger", "a", 1.0)])),
        under(
            over(fleet(service("a"), datasets=[LEDGER], flows=[Flow("ledger", "a", 1.0)])),
            PolicySet(policies=(Policy("p", 1, Effect.REQUIRE_COPY_IN, terms=((Dimension.PLACE, ("US",)),)),)),
        ),
        73,
        73 + 0.02,
        "ledger has no copy there: p@1 requires a copy of everything in US",
    ),
    "budget": Case(
        "budget",
        over(fleet(SETTLED, limits=Limits(migration=MigrationLimit(1.0, 0.5)))),
        over(fleet(SETTLED, limits=Limits(budget_usd_per_month=87.0, migration=MigrationLimit(1.0, 0.5)))),
        87.6,
        73,
        "the placement costs 87.60 USD a month, the budget is 87.00",
    ),
}


def answer(asked: Problem) -> tuple[Placement, float]:
    """The placement and its bill in USD."""
    search = solve(asked, Settings(gap=1e-9, workers=1)).search
    assert search.placement is not None
    assert search.priced is not None
    assert search.closed
    assert violations(asked, search.placement) == []
    return search.placement, search.priced.bill.total / 1e6


@pytest.mark.parametrize("name", CASES)
def test_the_rule_makes_the_next_cheapest_placement_the_answer(name: str) -> None:
    case = CASES[name]
    free, free_usd = answer(case.without)
    assert free_usd == pytest.approx(case.usd_without, abs=1e-6)
    kept, kept_usd = answer(case.bound)
    assert kept_usd == pytest.approx(case.usd_bound, abs=1e-6)
    assert kept != free


@pytest.mark.parametrize("name", CASES)
def test_the_answer_without_the_rule_breaks_it_and_nothing_else(name: str) -> None:
    case = CASES[name]
    free, _ = answer(case.without)
    if case.rule == "capacity":
        stated = {case.bound.catalog.offering(row) for row in range(len(case.bound.catalog.offerings))}
        free = placed({w: next(o for o in stated if o.region == FRANKFURT) for w in free.assignments})
    assert violations(case.bound, free) == [f"{case.rule}: {case.broken}"]


@pytest.mark.parametrize("name", CASES)
def test_a_rule_is_active_where_it_is_asked_for(name: str) -> None:
    case = CASES[name]
    active = {coupling.name for coupling in COUPLINGS if coupling.active(case.bound)}
    assert active == ({case.rule} if case.rule != "flows" else set())
    assert not any(coupling.active(case.without) for coupling in COUPLINGS)


def test_every_rule_has_its_case() -> None:
    assert {case.rule for case in CASES.values()} | {"standby"} == {coupling.name for coupling in COUPLINGS}


@pytest.mark.parametrize(
    ("asked", "broken"),
    [
        (
            fleet(replace(service("a"), failover=(DUBLIN.id, VIRGINIA.id))),
            "a: fails over to aws:us-east-1, but p@1 denies everything in US",
        ),
        (
            fleet(service("a"), datasets=[replace(LEDGER, backups=(VIRGINIA.id,))]),
            "ledger: is backed up in aws:us-east-1, but p@1: place is aws:us-east-1 (US), a region in US is denied",
        ),
    ],
)
def test_what_stands_by_must_be_lawful_wherever_the_rest_lies(asked: Fleet, broken: str) -> None:
    free, _ = answer(over(asked))
    judged = under(over(asked), NOT_IN_THE_US)
    assert violations(judged, free) == [f"standby: {broken}"]
    assert solve(judged, Settings(workers=1)).infeasible
    assert {coupling.name for coupling in COUPLINGS if coupling.active(judged)} == {"standby"}


def test_a_rule_that_does_not_bind_changes_nothing() -> None:
    loose = Limits(
        quotas=(Quota(FRANKFURT.id, 8.0), Quota("aws:nowhere-1", 0.0)),
        spot_share=(SpotShare(("a", "b"), 1.0),),
        pool_exposure_max_fraction=1.0,
        budget_usd_per_month=58.4,
    )
    far = (Together(("a", "b")),)
    placement, usd = answer(over(replace(SPOT_TWINS, affinity=far, limits=loose)))
    assert usd == pytest.approx(58.4)
    assert regions_of(placement, "a") == regions_of(placement, "b") == {FRANKFURT.id: 1}


@pytest.mark.parametrize(
    ("replicas", "fraction", "most"), [(10, 0.3, 3), (3, 0.34, 1), (10, 0.7, 7), (3, 1 / 3, 0), (100, 0.29, 29)]
)
def test_fractions_of_replicas_are_floors_of_the_decimals_as_written(replicas: int, fraction: float, most: int) -> None:
    asked = service(replicas=replicas, capacity=CapacityRequest(EITHER.types, fraction))
    placement, usd = answer(over(fleet(asked)))
    spot = [p.replicas for p in placement.assignments["web"] if p.offering.capacity_type is CapacityType.SPOT]
    assert sum(spot) == most
    assert usd == pytest.approx(most * 29.2 + (replicas - most) * 73)


def test_affinity_of_scattered_workloads_means_the_same_set_of_regions() -> None:
    pair = two(replicas=2, spread=Spread(min_regions=2))
    market = [FRA, DUB, IAD]
    near_people = [Flow("a", "internet", 1000.0)]
    rates = (
        tariff("aws", "*", "other-region", (0, 0.02)),
        tariff("aws", "*", "internet", (0, 0.2)),
        tariff("aws", "us-east-1", "internet", (0, 0.0)),
    )
    apart, _ = answer(over(fleet(*pair, flows=near_people), market, rates))
    assert set(regions_of(apart, "a")) != set(regions_of(apart, "b")) == {FRANKFURT.id, DUBLIN.id}
    joined = fleet(*pair, flows=near_people, affinity=(Together(("a", "b")),))
    together, _ = answer(over(joined, market, rates))
    assert set(regions_of(together, "a")) == set(regions_of(together, "b")) == {FRANKFURT.id, VIRGINIA.id}


def test_anti_affinity_of_three_keeps_every_pair_apart() -> None:
    three = fleet(*two(), service("c"), anti_affinity=(Together(("a", "b", "c")),))
    placement, usd = answer(over(three))
    assert usd == pytest.approx(73 + 80.3 + 87.6)
    assert len({region for name in "abc" for region in regions_of(placement, name)}) == 3
