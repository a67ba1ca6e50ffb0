"""Where there is no placement, the answer names rules that cannot hold together, and none that could go."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Conflict
from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Fleet,
    Flow,
    Globs,
    GpuRequest,
    Job,
    Limits,
    Quota,
    Resources,
    SpotShare,
    Spread,
    Together,
)
from placement.domain.offering import CapacityType, Offering
from placement.domain.policy import DataClass, Dimension, Effect, Policy, PolicySet, Selector
from placement.domain.tariff import EgressTariff
from placement.market.shortlist import Screened
from placement.optimizer.conflict import conflict, minimal, rejections
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.nodes import nodes_of
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from tests.builders import (
    BELGIUM,
    DUBLIN,
    FRANKFURT,
    TODAY,
    VIRGINIA,
    catalog,
    flat_tariffs,
    fleet,
    offering,
    problem,
    workload,
)
from tests.optimizer.policies import under
from tests.optimizer.random_problems import random_problem
from tests.optimizer.removal import only, without

FRA, DUB, IAD, BRU = (offering(region, 0.1) for region in (FRANKFURT, DUBLIN, VIRGINIA, BELGIUM))
FRA_SPOT = offering(FRANKFURT, 0.04, CapacityType.SPOT, hazard_per_hour=0.1)
SPOT_ONLY = CapacityRequest((CapacityType.SPOT,))
WEB = workload()
GPUS = Resources(1, 1, gpus=GpuRequest(1))


PII = workload(classification=("pii",))
ORDERS = Dataset("orders", 1.0, ("pii",), (FRANKFURT.id,), movable=True)


def only_in(place: str, name: str = "p", effect: Effect = Effect.ALLOW_ONLY, about: str = "pii") -> Policy:
    return Policy(name, 1, effect, Selector((about,)), ((Dimension.PLACE, (place,)),))


def policies(*those: Policy) -> PolicySet:
    return PolicySet((DataClass("pii"), DataClass("us")), those)


def over(demand: Fleet, *offers: Offering, tariffs: tuple[EgressTariff, ...] | None = None) -> Problem:
    return problem(demand, catalog(offers or (FRA, DUB, IAD, BRU, FRA_SPOT), tariffs))


def in_places(name: str, *allow: str, deny: str = "", replicas: int = 1) -> Fleet:
    return fleet(workload(name, places=Globs(allow, (deny,) if deny else ()), replicas=replicas))


A_HERE = workload("a", places=Globs(("DE",)))
B_HERE = workload("b", places=Globs(("DE",)))
B_GCP = workload("b", places=Globs(("gcp",)))
A, B = workload("a"), workload("b")

CASES: dict[str, tuple[Problem, set[str]]] = {
    "a country without regions": (over(in_places("web", "FJ")), {"places"}),
    "allowed and denied": (over(in_places("web", "DE", deny="aws")), {"places"}),
    "a machine too large": (over(fleet(workload(vcpus=64))), {"resources"}),
    "a processor nobody has": (over(fleet(replace(WEB, resources=Resources(1, 1, ("arm64",))))), {"resources"}),
    "no GPUs": (over(fleet(replace(WEB, resources=GPUS))), {"gpus"}),
    "no type of that name": (over(fleet(replace(WEB, instance_types=Globs(("c*",))))), {"instance_types"}),
    "nothing reserved": (
        over(fleet(replace(WEB, capacity=CapacityRequest((CapacityType.RESERVED,))))),
        {"capacity_types"},
    ),
    "spot elsewhere": (
        over(fleet(workload(places=Globs(("US",)), capacity=SPOT_ONLY))),
        {"places", "capacity_types"},
    ),
    "one zone only": (
        over(fleet(replace(WEB, spread=Spread(min_zones=2))), replace(FRA, zone="a"), replace(DUB, zone="a")),
        {"min_zones"},
    ),
    "no lawful region": (
        under(over(fleet(PII)), policies(only_in("US"), only_in("EU", name="q"))),
        {"policy p@1", "policy q@1"},
    ),
    "law against wish": (
        under(over(fleet(replace(PII, places=Globs(("US",))))), policies(only_in("EU"))),
        {"policy p@1", "places"},
    ),
    "data that lie unlawfully": (
        under(over(fleet(WEB, datasets=[replace(ORDERS, movable=False)])), policies(only_in("US"))),
        {"policy p@1", "at"},
    ),
    "a copy that may not be": (
        under(
            over(fleet(WEB, datasets=[replace(ORDERS, places=Globs(("EU",)))])),
            policies(only_in("US", effect=Effect.REQUIRE_COPY_IN)),
        ),
        {"policy p@1", "places"},
    ),
    "an unlawful region to fail over to": (
        under(over(fleet(replace(PII, failover=(DUBLIN.id, VIRGINIA.id)))), policies(only_in("EU"))),
        {"policy p@1"},
    ),
    "an unlawful backup": (
        under(over(fleet(WEB, datasets=[replace(ORDERS, backups=(VIRGINIA.id,))])), policies(only_in("EU"))),
        {"policy p@1"},
    ),
    "two workloads together, apart by law": (
        under(
            over(fleet(PII, workload("b", classification=("us",)), affinity=(Together(("web", "b")),))),
            policies(only_in("EU"), only_in("US", name="q", about="us")),
        ),
        {"affinity", "policy p@1", "policy q@1"},
    ),
    "all too old": (over(fleet(WEB), replace(FRA, stale=True), replace(DUB, stale=True)), {"freshness"}),
    "too late": (over(fleet(workload(run=Job(8.0, deadline_hours=7.0)))), {"deadline"}),
    "spot is late": (
        over(fleet(workload(run=Job(8.0, deadline_hours=9.0), capacity=SPOT_ONLY))),
        {"deadline", "capacity_types"},
    ),
    "more regions than there are": (
        over(fleet(workload(replicas=9, spread=Spread(min_regions=5)))),
        {"spread"},
    ),
    "more regions than allowed": (
        over(fleet(workload(replicas=3, spread=Spread(min_regions=2), places=Globs(("DE",))))),
        {"spread", "places"},
    ),
    "more providers than allowed": (
        over(fleet(workload(replicas=3, spread=Spread(min_providers=2), places=Globs(("aws",))))),
        {"spread", "places"},
    ),
    "too little in each region": (
        over(fleet(workload(replicas=3, spread=Spread(max_fraction_per_region=0.34), places=Globs(("DE", "IE"))))),
        {"spread", "places"},
    ),
    "together and apart": (
        over(fleet(A, B, affinity=(Together(("a", "b")),), anti_affinity=(Together(("a", "b")),))),
        {"affinity", "anti_affinity"},
    ),
    "together in different places": (
        over(fleet(A_HERE, B_GCP, affinity=(Together(("a", "b")),))),
        {"affinity", "places"},
    ),
    "apart in one place": (
        over(fleet(A_HERE, B_HERE, anti_affinity=(Together(("a", "b")),))),
        {"anti_affinity", "places"},
    ),
    "no quota": (
        over(fleet(WEB, limits=Limits(quotas=(Quota(FRANKFURT.id, 3.0), Quota(DUBLIN.id, 3.0)))), FRA, DUB),
        {"quotas"},
    ),
    "no quota for both": (
        over(fleet(A_HERE, B_HERE, limits=Limits(quotas=(Quota(FRANKFURT.id, 7.0),)))),
        {"quotas", "places"},
    ),
    "no machine left": (over(fleet(A, B), replace(FRA, capacity=1)), {"capacity"}),
    "too few machines": (
        over(fleet(workload(replicas=3)), replace(FRA, capacity=2), replace(DUB, capacity=1)),
        {"capacity"},
    ),
    "too few machines where it may run": (
        over(fleet(workload(replicas=3, places=Globs(deny=("IE",)))), replace(FRA, capacity=2), DUB),
        {"capacity", "places"},
    ),
    "spot, but not all of it": (
        over(fleet(workload(replicas=2, capacity=CapacityRequest((CapacityType.SPOT,), 0.5))), FRA_SPOT),
        {"max_spot_fraction"},
    ),
    "spot, but not for the group": (
        over(
            fleet(replace(A, capacity=SPOT_ONLY), B, limits=Limits(spot_share=(SpotShare(("a", "b"), 0.4),))),
            FRA,
            FRA_SPOT,
        ),
        {"spot_share", "capacity_types"},
    ),
    "spot, but in one pool": (
        over(fleet(replace(WEB, capacity=SPOT_ONLY), limits=Limits(pool_exposure_max_fraction=0.9)), FRA_SPOT),
        {"pool_exposure"},
    ),
    "too far": (
        over(
            fleet(A_HERE, workload("b", places=Globs(("US",))), flows=[Flow("a", "b", 1.0, max_rtt_ms=20.0)]),
            FRA,
            DUB,
            IAD,
        ),
        {"flows", "places"},
    ),
    "no way there": (
        over(fleet(A_HERE, B_GCP, flows=[Flow("b", "a", 1.0)]), tariffs=flat_tariffs()[:2]),
        {"flows", "places"},
    ),
    "a dataset out of reach": (
        over(
            fleet(A_HERE, datasets=[Dataset("d", 1.0, at=(BELGIUM.id,))], flows=[Flow("d", "a", 1.0)]),
            tariffs=flat_tariffs()[:2],
        ),
        {"flows", "places"},
    ),
    "a dataset that may not lie where it is used": (
        over(
            fleet(
                workload("a", places=Globs(("gcp",))),
                datasets=[Dataset("d", 1.0, movable=True, places=Globs(("aws",)))],
                flows=[Flow("d", "a", 1.0)],
            ),
            tariffs=flat_tariffs()[4:],
        ),
        {"flows", "places"},
    ),
}


def named(asked: Problem) -> tuple[Conflict, ...]:
    outcome = solve(asked, Settings(gap=1e-9, workers=1))
    assert outcome.infeasible
    assert outcome.search.placement is None
    return conflict(asked, outcome.nodes, 20.0)


def feasible(asked: Problem) -> bool:
    outcome = solve(asked, Settings(gap=1e-9, workers=1))
    assert outcome.infeasible == (outcome.search.placement is None)
    return not outcome.infeasible


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_names_the_rules_that_cannot_hold_together(name: str) -> None:
    asked, rules = CASES[name]
    found = named(asked)
    assert {c.rule for c in found} == rules
    assert all(c.reason and c.subjects for c in found)


@pytest.mark.parametrize("name", CASES)
def test_without_any_one_of_the_named_rules_there_is_a_placement(name: str) -> None:
    asked, _ = CASES[name]
    for one in named(asked):
        assert feasible(without(asked, one)), one


def test_every_rule_has_its_case() -> None:
    covered = {rule for _, rules in CASES.values() for rule in rules}
    written = {screen.name for screen in SCREENS} | {coupling.name for coupling in COUPLINGS}
    # A policy's copies are named by the policy.
    policies = {rule for rule in covered if rule.startswith("policy ")}
    assert policies
    assert (covered - policies) | {"budget", "copy_in", "standby"} == written | {"max_spot_fraction", "at"}


def test_an_empty_catalog_says_so() -> None:
    (found,) = named(problem(fleet(WEB), catalog([])))
    assert (found.rule, found.reason) == ("catalog", "the catalog has no offerings")


def test_more_copies_than_regions_are_the_catalogs_fault() -> None:
    asked = over(fleet(WEB, datasets=[Dataset("d", 1.0, movable=True, copies=3)]), FRA, DUB)
    (found,) = named(asked)
    assert (found.rule, found.subjects) == ("catalog", ("d",))
    assert found.reason == "3 copies, each in a region of its own, and the catalog has 2 regions"


def test_spot_alone_of_which_a_fraction_leaves_none_says_so() -> None:
    spot_alone = replace(WEB, capacity=CapacityRequest((CapacityType.SPOT,), 0.3))
    (found,) = named(over(fleet(spot_alone), FRA))
    assert found.reason == "only spot, and capacity.max_spot_fraction 0.3 of 1 replicas leaves none for spot"


def test_state_that_no_tariff_carries_is_named_beside_the_places() -> None:
    stuck = workload(current=(CurrentPlacement(FRANKFURT.id, 1),), state_gb=5.0, places=Globs(("IE",)))
    asked = over(fleet(stuck), FRA, DUB, tariffs=())
    assert [c.rule for c in named(asked)] == ["egress"]
    assert feasible(over(fleet(replace(stuck, state_gb=0.0)), FRA, DUB, tariffs=()))


def test_a_dataset_that_no_tariff_carries_is_named() -> None:
    orders = Dataset("d", 5.0, at=(FRANKFURT.id,), movable=True, copies=2)
    found = named(over(fleet(WEB, datasets=[orders]), FRA, DUB, tariffs=()))
    assert [(c.rule, c.subjects) for c in found] == [("egress", ("d",))]


def test_reasons_are_in_the_words_of_the_request() -> None:
    found = {(c.rule, c.subjects): c.reason for c in named(CASES["no quota for both"][0])}
    assert found == {
        ("quotas", ("aws:eu-central-1",)): "at most 7 vCPUs in aws:eu-central-1; "
        "of 8 vCPUs that are asked for 7 can be had, short of 1",
        ("places", ("a", "b")): "only in DE",
    }


def test_rejections_count_the_offerings_that_each_rule_refuses() -> None:
    asked = over(fleet(workload(places=Globs(("DE",)), instance_types=Globs(("m*",)))))
    found = {(r.workload, r.rule): (r.offerings, r.reason) for r in rejections(asked)}
    assert found == {
        ("web", "places"): (3, "only in DE"),
        ("web", "capacity_types"): (1, "only on_demand"),
    }


@given(st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=1, max_size=6))
def test_what_is_minimal_still_conflicts_and_nothing_in_it_can_go(conflicts: list[set[int]]) -> None:
    rules = [Rule(str(number), (), "") for number in range(8)]

    def infeasible(held: Sequence[Rule]) -> bool:
        names = {int(rule.name) for rule in held}
        return any(names >= those for those in conflicts)

    core = minimal(rules, infeasible)
    assert infeasible(core)
    assert not any(infeasible([other for other in core if other is not rule]) for rule in core)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_what_random_conflicts_name_cannot_hold(draw: Random) -> None:
    asked = random_problem(draw, most_workloads=3, most_regions=4, policies=False)
    unbounded = replace(asked.fleet.limits, budget_usd_per_month=None)
    asked = replace(asked, fleet=replace(asked.fleet, limits=unbounded))
    assume(not feasible(asked))
    found = conflict(asked, nodes_of(asked), 20.0)
    assert found
    event(", ".join(sorted({c.rule for c in found})))
    if not {c.rule for c in found} & {"catalog", "egress"}:
        assert not feasible(only(asked, found))
    screens = {screen.name for screen in SCREENS}
    if (
        {c.rule for c in found} <= screens
        and len({c.subjects for c in found}) == 1
        and found[0].subjects[0] in asked.workloads
    ):
        _names_only_what_refuses(asked, found)


def _names_only_what_refuses(asked: Problem, found: tuple[Conflict, ...]) -> None:
    """Of one workload's screens: no offering passes all that are named, unless one of them goes."""
    subject = asked.workloads[found[0].subjects[0]]
    names = [c.rule for c in found]
    for left_out in (None, *names):
        kept = [screen for screen in SCREENS if screen.name in names and screen.name != left_out]
        passed = Screened(subject, asked.catalog, kept, TODAY).admissible()
        assert passed.any() == (left_out is not None)
