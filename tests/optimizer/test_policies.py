"""No answer lies where its policies refuse it, whatever the policies, the fleet and the market."""

from collections import Counter
from random import Random

import pytest

from placement.domain.money import amount_from_usd
from placement.domain.offering import CapacityType
from placement.domain.policy import Activity, Dimension, Effect, Policy, PolicySet, Selector
from placement.domain.region import Region
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.residency.evaluation import Evaluation
from placement.residency.subjects import subjects_of
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, VIRGINIA, catalog, flat_tariffs, fleet, offering, workload
from tests.builders import problem as over
from tests.optimizer.policies import under
from tests.residency.judging import TODAY
from tests.residency.random_policies import random_fleet, random_policies, random_regions

CASES = 2_100
PARTS = 7


def refused(problem: Problem, policies: PolicySet, placed: dict[str, set[str]]) -> list[str]:
    """What the slow, plain judge has against a placement."""
    judge = Evaluation(policies, problem.catalog.regions, problem.as_of).judge
    by_id = {region.id: region for region in problem.catalog.regions}
    subjects = {subject.name: subject for subject in subjects_of(problem.fleet)}
    return [
        f"{name} in {region}: {reason}"
        for name, regions in placed.items()
        for region in regions
        for reason in (
            *judge.reasons(subjects[name], by_id[region]),
            *judge.guardrail_reasons(subjects[name], None, None),
        )
    ]


def market(draw: Random, regions: tuple[Region, ...]) -> Problem:
    offers = [offering(region, round(draw.uniform(0.05, 0.2), 4)) for region in regions]
    offers += [offering(region, round(draw.uniform(0.01, 0.05), 4), CapacityType.SPOT) for region in regions]
    return Problem(random_fleet(draw, 3, 2), catalog(offers, flat_tariffs()), TODAY)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_answer_lies_nowhere_that_the_judge_refuses(part: int) -> None:
    ended: Counter[str] = Counter()
    for seed in range(part * CASES // PARTS, (part + 1) * CASES // PARTS):
        draw = Random(seed)
        bare = market(draw, random_regions(draw, 8))
        policies = random_policies(draw, bare.fleet, most=6)
        judged = under(bare, policies)
        outcome = solve(judged, Settings(time_limit_s=5, workers=1))
        found = outcome.search.placement
        if found is None:
            ended["infeasible" if outcome.infeasible else "no answer"] += 1
            continue
        placed = {name: {part.offering.region.id for part in parts} for name, parts in found.assignments.items()}
        placed |= {name: set(regions) for name, regions in found.datasets.items()}
        assert refused(judged, policies, placed) == [], seed
        ended["restricted" if any(not judged.residency.mask(n).all() for n in placed) else "free"] += 1  # type: ignore[union-attr]
    assert ended["no answer"] == 0
    assert min(ended["infeasible"], ended["restricted"], ended["free"]) >= 10, ended


FRA, DUB, IAD, BRU = (
    offering(region, usd) for region, usd in ((FRANKFURT, 0.10), (DUBLIN, 0.11), (VIRGINIA, 0.12), (BELGIUM, 0.13))
)


def preferring(usd: float, *activities: Activity) -> PolicySet:
    terms = ((Dimension.PLACE, ("US",)),)
    return PolicySet(
        policies=(Policy("p", 1, Effect.PREFER, Selector(), terms, activities, penalty_usd_per_month=usd),)
    )


@pytest.mark.parametrize(("usd", "region"), [(14.0, FRANKFURT), (15.0, VIRGINIA)])
def test_a_preference_is_followed_as_far_as_its_penalty_goes(usd: float, region: Region) -> None:
    """Virginia costs 14.60 USD a month more than Frankfurt."""
    asked = under(over(fleet(workload()), catalog([FRA, DUB, IAD, BRU])), preferring(usd))
    search = solve(asked, Settings(gap=1e-9)).search
    assert search.placement is not None
    assert [part.offering.region for part in search.placement.assignments["web"]] == [region]
    priced = price(asked, search.placement)
    assert priced.penalties["policy preference"] == (0 if region is VIRGINIA else amount_from_usd(usd))
    assert priced.bill.total == amount_from_usd(73.0 if region is FRANKFURT else 87.6)


def test_a_penalty_counts_for_each_replica_and_is_no_part_of_the_budget() -> None:
    from dataclasses import replace

    from placement.domain.fleet import Limits

    three = replace(workload(), replicas=3)
    asked = fleet(three, limits=Limits(budget_usd_per_month=220.0))
    search = solve(under(over(asked, catalog([FRA, IAD])), preferring(15.0)), Settings(gap=1e-9)).search
    assert search.placement is not None
    assert {part.offering.region for part in search.placement.assignments["web"]} == {FRANKFURT}
    assert search.priced is not None
    assert search.priced.penalties["policy preference"] == amount_from_usd(45.0)
