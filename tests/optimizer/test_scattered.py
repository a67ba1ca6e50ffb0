"""Scattered workloads beside couplings that bind: bounds at prices hold, however high the prices."""

import pytest

from placement.domain.fleet import Dataset, Spread
from placement.optimizer import solve as steps
from placement.optimizer.methods import Methods
from placement.optimizer.search import Settings
from tests.builders import REGIONS, catalog, fleet, instance_type, offering, problem, workload
from tests.optimizer.brute_force import cheapest


@pytest.mark.parametrize("replicas", [3, 4])
def test_what_is_dear_at_high_prices_is_not_forbidden(replicas: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the cheap machines there is one in each region. No step finds where two copies lie, so that their price rises
    above all that a placement costs."""
    monkeypatch.setattr(steps, "_SMALL", -1)
    one, other = REGIONS[:2]
    dear = offering(other, 0.2, kind=instance_type(other.provider, name="dear"))
    market = catalog([offering(one, 0.1, capacity=1), offering(other, 0.1, capacity=1), dear], regions=[one, other])
    asked = workload(replicas=replicas, spread=Spread(min_regions=2))
    built = problem(fleet(asked, datasets=[Dataset("d", 50.0, movable=True, copies=2)]), market)
    best = cheapest(built)
    assert best is not None
    outcome = steps.solve(built, Settings(time_limit_s=20), methods=Methods(polish=False, close=False))
    assert not outcome.infeasible
    assert outcome.search.bound_usd <= best.objective / 1e6 + 1e-3
