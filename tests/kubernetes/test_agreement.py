"""Pods are judged and priced as the optimizer judges and prices a fleet of one on the same nodes."""

import json
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Assignment, Placement
from placement.domain.money import NanoUsd, rate_in_usd
from placement.domain.offering import CAPACITY_TYPES, Offering
from placement.fleet_file import to_document
from placement.kubernetes.demand import demand_of
from placement.kubernetes.offers import offers
from placement.kubernetes.shape import PodShape, VolumeFacts
from placement.kubernetes.verdict import judged
from placement.market.catalog import UNKNOWN_RATE, Catalog
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.violations import violations
from placement.residency.evaluation import Evaluation
from tests import builders
from tests.kubernetes.judging import ground, kind
from tests.optimizer.random_problems import random_problem
from tests.residency.random_policies import CLASSES, random_policies

POD = {"spec": {"hostNetwork": False}}
NO_REASONS = ("resources: ", "gpus: ", "freshness: ", "flows: no egress tariff")
"""What the scheduler knows better, and prices that are old or not known: these make a score low."""
USD = 1e-4
"""Bill lines are rounded one by one."""
RANDOM = st.integers(0, 3).flatmap(lambda kind: st.randoms(use_true_random=kind > 0))


def check(draw: Random) -> None:
    market = random_problem(draw, most_workloads=1, policies=False).catalog
    rows = [market.offering(row) for row in range(len(market.offerings))]
    shape = random_shape(draw, market)
    fleet = demand_of(shape).fleet
    policies = random_policies(draw, fleet, most=4, as_of=builders.TODAY)
    found = judged(shape, on := ground(market, policies), offers([kind(row) for row in rows], market))

    shared = [shared_by(shape, row) for row in rows]
    rates = {
        region.id: rate_in_usd(NanoUsd(int(rate)))
        for region, rate in zip(market.regions, market.nano_usd_per_gb_month, strict=True)
        if rate != UNKNOWN_RATE
    }
    alone = builders.catalog(shared, market.tariffs, storage=rates, regions=market.regions)
    documents = {each["name"]: each for each in to_document(fleet)["workloads"]}
    pods = {shape.workload: POD}
    residency = Evaluation(policies, alone.regions, builders.TODAY).compiled(fleet, documents, pods)
    problem = Problem(fleet, alone, builders.TODAY, residency)

    beyond: list[float] = []
    lawful: list[int] = []
    for index, offering in enumerate(shared):
        placement = placed(problem, offering)
        broken = violations(problem, placement)
        assert bool(found.refusals[index]) == any(not words.startswith(NO_REASONS) for words in broken), broken
        if np.isfinite(found.usd[index]):
            beyond.append(price(problem, placement).objective / 1e6 - found.usd[index])
            if not broken:
                lawful.append(index)
    event("refused" if any(found.refusals) else "none refused")
    event("priced" if beyond else "none priced")
    # Data that lie where they lie cost the same wherever the pod is.
    assert not beyond or max(beyond) - min(beyond) < USD
    if not any(dataset.at or dataset.movable for dataset in fleet.datasets):
        assert not beyond or abs(beyond[0]) < USD
    assert on.policies.policies is policies

    if any(dataset.movable or len(dataset.at) > 1 for dataset in fleet.datasets):
        # The optimizer would choose where to make them, and whether another copy is the cheaper one to read.
        return
    search = solve(problem, Settings(time_limit_s=60, gap=1e-9, workers=1)).search
    if not lawful:
        assert search.priced is None
        return
    event("solved")
    assert search.priced is not None
    cheapest = min(float(found.usd[index]) for index in lawful)
    assert search.priced.objective / 1e6 == pytest.approx(cheapest + beyond[0], abs=2e-3)


def random_shape(draw: Random, market: Catalog) -> PodShape:
    regions = [region.id for region in market.regions]
    volumes = [
        VolumeFacts(
            f"v{number}",
            float(draw.choice([20, 700])),
            at=() if follows else tuple(sorted(draw.sample(regions, draw.choice([1, 1, 1, min(2, len(regions))])))),
            follows=follows,
            classification=tuple(draw.sample(CLASSES, draw.choice([0, 0, 1]))),
            gb_per_month=draw.choice([None, 0.0, 900.0]),
            read_only=draw.random() < 0.5,
        )
        for number in range(draw.choice([0, 0, 1, 2]))
        for follows in [draw.random() < 0.4]
    ]
    flows: list[dict[str, Any]] = []
    if draw.random() < 0.4:
        flows.append({"to": "internet", "gb_per_month": draw.choice([10, 700])})
    if draw.random() < 0.4:
        rtt = {"max_rtt_ms": 60} if draw.random() < 0.3 else {}
        flows.append({"from": draw.choice(regions), "gb_per_month": 1500} | rtt)
    annotations: dict[str, Any] = {"flows": json.dumps(flows)} if flows else {}
    if draw.random() < 0.2:
        annotations["places"] = draw.choice(["EU", '{"deny": ["north-america"]}', regions[0].partition(":")[0]])
    if draw.random() < 0.3:
        annotations["capacity-types"] = draw.choice(["spot", "on_demand", "on_demand, spot"])
    if draw.random() < 0.1:
        annotations["instance-types"] = "s*, l*"
    if draw.random() < 0.3:
        annotations["job"] = draw.choice(
            [
                '{"hours": 8, "runs_per_month": 10, "deadline_hours": 12}',
                '{"hours": 100, "checkpoint_write_minutes": 3}',
            ]
        )
    elif draw.random() < 0.3:
        annotations["service"] = '{"restart_minutes": 60, "interruption_usd": 0.5}'
    return PodShape(
        "shop/w0",
        tuple(sorted({"team": "web"}.items())) if draw.random() < 0.5 else (),
        tuple(sorted(annotations.items())),
        draw.choice([0.25, 1.0, 3.0]),
        draw.choice([0.5, 4.0, 12.0]),
        0,
        tuple(sorted(draw.sample(CLASSES, draw.choice([0, 1, 1, 2])))),
        tuple(volumes),
        json.dumps(POD).encode(),
    )


def shared_by(shape: PodShape, offering: Offering) -> Offering:
    """At the price of the part that the pod takes up."""
    has = offering.instance_type
    part = min(1.0, max(shape.vcpus / has.vcpus, shape.memory_gib / has.memory_gib))
    fields = {name: getattr(offering, name) for name in ("zone", "hazard_per_hour", "capacity", "stale")}
    usd = round(offering.usd_per_hour * part) / 1e9
    return builders.offering(offering.region, usd, offering.capacity_type, has, **fields)


def placed(problem: Problem, offering: Offering) -> Placement:
    name, region = problem.fleet.workloads[0].name, offering.region.id
    datasets = {each.name: (region,) if each.movable else each.at for each in problem.fleet.datasets}
    assigned = {name: (Assignment(offering, 1),)}
    return Placement(assigned, datasets, nearest_reads(problem, assigned, datasets))


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(RANDOM)
def test_verdicts_agree_with_the_optimizer(draw: Random) -> None:
    check(draw)


@pytest.mark.long
@settings(suppress_health_check=list(HealthCheck))
@given(RANDOM)
def test_thousands_of_verdicts_agree_with_the_optimizer(draw: Random) -> None:
    check(draw)


def test_every_capacity_type_is_drawn() -> None:
    """Of the random nodes above; otherwise the agreement would say less than it seems."""
    seen = set()
    for seed in range(40):
        market = random_problem(Random(seed), most_workloads=1, policies=False).catalog
        seen |= {CAPACITY_TYPES[code] for code in market.offerings.capacity_type.tolist()}
    assert seen == set(CAPACITY_TYPES)
