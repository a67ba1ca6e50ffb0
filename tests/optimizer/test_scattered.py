"""Scattered workloads beside couplings that bind: bounds at prices hold, however high the prices."""

import pytest

from placement.domain.fleet import Dataset, Flow, Spread
from placement.optimizer import solve as steps
from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.branch import branch_on_tiers
from placement.optimizer.methods import Methods
from placement.optimizer.nodes import nodes_of
from placement.optimizer.relaxation import whole
from placement.optimizer.search import Search, Settings
from tests.builders import REGIONS, catalog, flat_tariffs, fleet, instance_type, offering, problem, workload
from tests.optimizer.brute_force import cheapest


@pytest.mark.parametrize("replicas", [3, 4])
def test_what_is_dear_at_high_prices_is_not_forbidden(replicas: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the cheap machines there is one in each region. No answer is taken, so that their price rises above all that a
    placement costs."""
    monkeypatch.setattr(steps, "_SMALL", -1)
    monkeypatch.setattr(Search, "offer", lambda search, placement: False)
    one, other = REGIONS[:2]
    dear = offering(other, 0.2, kind=instance_type(other.provider, name="dear"))
    market = catalog([offering(one, 0.1, capacity=1), offering(other, 0.1, capacity=1), dear], regions=[one, other])
    asked = workload(replicas=replicas, spread=Spread(min_regions=2))
    built = problem(fleet(asked), market)
    best = cheapest(built)
    assert best is not None
    outcome = steps.solve(built, Settings(time_limit_s=20), methods=Methods(polish=False, close=False))
    assert not outcome.infeasible
    assert outcome.search.bound_usd <= best.objective / 1e6 + 1e-3


def test_where_no_cut_is_left_places_are_opened_until_the_gap_is_closed() -> None:
    """Three replicas between two neighbours that stay: no tariff has tiers, so that all is one box."""
    asked = workload("w", replicas=3, spread=Spread(min_regions=3))
    stay = [Dataset(f"d{k}", 1.0, at=(region.id,), movable=False) for k, region in enumerate(REGIONS[:2])]
    flows = [Flow("d0", "w", 900.0), Flow("w", "d1", 700.0)]
    market = catalog([offering(region, 0.1 + 0.01 * k) for k, region in enumerate(REGIONS)], flat_tariffs())
    built = problem(fleet(asked, datasets=stay, flows=flows), market)
    search = Search.begun(built, Settings(time_limit_s=20, gap=1e-9), 0.0, lambda progress: None)
    alone = whole(built, nodes_of(built))
    wide = AmongPlaces.of(alone, alone.first_lines)
    largest = alone.traffic.largest_volumes(alone.nodes, alone.domains)
    branch_on_tiers(search, wide, [], largest, 20.0)
    best = cheapest(built)
    assert best is not None
    assert search.bound_usd == pytest.approx(best.objective / 1e6, rel=1e-6)
    assert search.closed
