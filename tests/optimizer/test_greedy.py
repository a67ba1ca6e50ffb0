"""A first answer without any search: what adds up is kept, and it is there when the time is too short for anything."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import CapacityRequest, Dataset, Flow, Limits, Quota, SpotShare, Spread
from placement.domain.offering import CapacityType
from placement.optimizer.greedy import greedy
from placement.optimizer.nodes import nodes_of
from placement.optimizer.relaxation import whole
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.violations import violations
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, VIRGINIA, catalog, fleet, offering, problem, workload
from tests.optimizer.random_problems import random_problem

TIED = {"affinity", "anti_affinity", "standby", "reach", "flows", "copy_in", "pool_exposure", "budget", "latency"}
"""Rules that greed does not look at: whoever takes its answer does."""
BOTH = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))


@pytest.mark.parametrize("spot", [True, False])
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(draw=st.randoms(use_true_random=False))
def test_what_adds_up_is_kept(draw: Random, spot: bool) -> None:
    asked = random_problem(draw)
    nodes = nodes_of(asked)
    relaxation = whole(asked, nodes)
    if any(not len(domain) for domain in relaxation.domains):
        return
    found = relaxation.solve(relaxation.first_lines, passes=20, gap=0.0, start=None)
    placement = greedy(asked, nodes, relaxation.domains, found, spot=spot)
    event("placed" if placement is not None else "no room")
    if placement is not None:
        assert {broken.partition(":")[0] for broken in violations(asked, placement)} <= TIED
        kinds = {part.offering.capacity_type for parts in placement.assignments.values() for part in parts}
        assert spot or CapacityType.SPOT not in kinds


def test_there_is_an_answer_when_the_time_is_up_before_the_search_begins() -> None:
    """Copies, spread, quotas and a spot share, none of which the core alone can answer."""
    offers = [
        offering(region, usd, kind)
        for region, usd in ((FRANKFURT, 0.1), (DUBLIN, 0.11), (VIRGINIA, 0.12), (BELGIUM, 0.13))
        for kind in BOTH.types
    ]
    web = replace(workload("web", replicas=4, capacity=BOTH), spread=Spread(min_regions=2, min_providers=2))
    etl = workload("etl", replicas=6, capacity=BOTH)
    orders = Dataset("orders", 100, at=(FRANKFURT.id,), movable=True, copies=2)
    limits = Limits(quotas=(Quota(FRANKFURT.id, 12.0),), spot_share=(SpotShare(("web", "etl"), 0.5),))
    asked = problem(
        fleet(web, etl, datasets=(orders,), flows=(Flow("orders", "etl", 10),), limits=limits), catalog(offers)
    )
    search = solve(asked, Settings(time_limit_s=0.0)).search
    assert search.placement is not None
    assert violations(asked, search.placement) == []
    assert 0 < search.bound_usd <= search.value_usd
    assert "placed one after the other" in search.steps[-1]
