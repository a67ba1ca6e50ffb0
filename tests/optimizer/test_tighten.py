"""No placement that is no dearer than the best one known sends more through a tariff than was proven."""

from random import Random

import numpy as np
import pytest

from placement.optimizer.branch import branch_on_tiers, volumes_of
from placement.optimizer.cpsat import Effort, solve_exactly
from placement.optimizer.nodes import nodes_of
from placement.optimizer.price import price
from placement.optimizer.relaxation import whole
from placement.optimizer.search import Search
from placement.optimizer.tighten import tighten
from placement.optimizer.traffic import tiered
from tests.optimizer.test_branch import EXACT, TOLERANCE_USD, crossing


@pytest.mark.parametrize("rising", [False, True])
def test_the_cheapest_placement_stays_within_what_was_proven(rising: bool) -> None:
    tighter = 0
    for seed in range(12):
        asked = crossing(Random(seed), rising=rising)
        search, relaxation = Search(asked, EXACT), whole(asked, nodes_of(asked))
        exact = solve_exactly(relaxation, Effort(60.0, 0.0, 0, 1), None)
        assert exact.placement is not None
        optimum_usd = price(asked, exact.placement).objective / 1e6
        rough = solve_exactly(relaxation, Effort(60.0, 0.05, seed, 1), None)
        search.offer(rough.placement)
        largest = relaxation.traffic.largest_volumes(relaxation.nodes, relaxation.domains)
        pools = tiered(asked.egress.tariffs, largest)
        most, _ = tighten(search, relaxation, pools, largest, 60.0)
        assert (most <= largest).all()
        assert search.bound_usd <= optimum_usd + TOLERANCE_USD
        if search.closed:
            assert search.value_usd == pytest.approx(optimum_usd, abs=TOLERANCE_USD)
            continue
        assert (volumes_of(relaxation, exact.placement) <= most + 1e-3).all()
        tighter += int((most < largest - 1).sum())
        branch_on_tiers(search, relaxation, pools, most, 60.0)
        assert search.value_usd == pytest.approx(optimum_usd, abs=TOLERANCE_USD)
        assert search.bound_usd <= optimum_usd + TOLERANCE_USD
    assert tighter > 0


def test_without_a_better_bound_nothing_is_tightened_below_what_flows() -> None:
    asked = crossing(Random(3))
    search, relaxation = Search(asked, EXACT), whole(asked, nodes_of(asked))
    search.offer(solve_exactly(relaxation, Effort(60.0, 0.5, 0, 1), None).placement)
    assert search.placement is not None
    largest = relaxation.traffic.largest_volumes(relaxation.nodes, relaxation.domains)
    before = volumes_of(relaxation, search.placement)
    best_usd = search.value_usd
    most, _ = tighten(search, relaxation, tiered(asked.egress.tariffs, largest), largest, 60.0)
    if search.value_usd == best_usd:
        assert (before <= most + 1e-3).all()
    assert np.isfinite(most).all()
