"""No flows are charged more than a tariff asks for them, and those that come first all that it asks."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.tariff import EgressTariff
from placement.optimizer.charges import Falling, in_order
from placement.optimizer.pairwise.graph import Floats
from tests.builders import tariff

seeds = st.integers(0, 2**32 - 1)


def random_tariff(draw: Random, *, falls: bool) -> EgressTariff:
    rates = [round(draw.uniform(0.01, 0.2), 3) for _ in range(draw.randint(1, 4))]
    begins = [0.0, *sorted(draw.sample([10.0, 100.0, 500.0, 1000.0], len(rates) - 1))]
    return tariff("aws", "*", "internet", *zip(begins, sorted(rates, reverse=True) if falls else rates, strict=True))


def more_usd(of: EgressTariff, given_gb: float, gb: float) -> float:
    """What so many GB cost beside those given, in nano-USD."""
    return of.cost(given_gb + gb) - of.cost(given_gb)


@given(seeds, st.booleans())
def test_a_falling_cost_is_under_that_of_the_tariff(seed: int, falls: bool) -> None:
    draw = Random(seed)
    of, given_gb = random_tariff(draw, falls=falls), draw.choice([0.0, 0.0, 50.0, 700.0])
    high = draw.choice([5.0, 150.0, 2000.0])
    below = Falling.under(of, given_gb, high, draw.uniform(0, high))
    assert (np.diff(below.rate) <= 0).all()
    for gb in [0.0, high, *(draw.uniform(0, high) for _ in range(20))]:
        usd = float(below.cost(np.array([gb]))[0])
        assert usd <= more_usd(of, given_gb, gb) + 1e-3
        if falls:
            assert usd == pytest.approx(more_usd(of, given_gb, gb), abs=1e-3)


@given(seeds)
def test_a_falling_cost_is_that_of_the_tariff_from_its_highest_rate_on(seed: int) -> None:
    draw = Random(seed)
    free = tariff("aws", "*", "internet", (0.0, 0.0), (100.0, 0.09), (1000.0, 0.05))
    near = draw.uniform(100.0, 2000.0)
    below = Falling.under(free, 0.0, 2000.0, near)
    assert float(below.cost(np.array([near]))[0]) == pytest.approx(free.cost(near), rel=1e-9)


def random_streams(draw: Random) -> tuple[Floats, Floats]:
    """GB of streams, some of which are nothing, and the part of each that went through the tariff so far."""
    count = draw.randint(1, 8)
    gb = np.array([draw.choice([0.0, draw.uniform(1, 400)]) for _ in range(count)])
    return gb, np.array([draw.choice([0.0, 0.5, 1.0, draw.random()]) for _ in range(count)])


@given(seeds)
def test_no_flows_are_charged_more_than_they_cost(seed: int) -> None:
    draw = Random(seed)
    gb, through = random_streams(draw)
    high = draw.uniform(0.3, 1.0) * float(gb.sum())
    below = Falling.under(random_tariff(draw, falls=draw.random() < 0.5), 0.0, high, draw.uniform(0, high))
    rate = in_order(below, gb, through)
    for _ in range(30):
        part = np.array([draw.choice([0.0, 1.0, draw.random()]) for _ in gb])
        sent = float(gb @ part)
        if sent <= high:
            paid = float((rate * gb) @ part) + below.nano_usd[0]
            cost = float(below.cost(np.array([sent]))[0])
            assert paid <= cost + 1e-9 * abs(cost) + 1.0


@given(seeds)
def test_those_that_come_first_pay_all_that_is_asked(seed: int) -> None:
    draw = Random(seed)
    gb, through = random_streams(draw)
    below = Falling.under(random_tariff(draw, falls=True), 0.0, float(gb.sum()), 0.0)
    rate = in_order(below, gb, through)
    for least in through[through > 0]:
        first = through >= least
        paid = float((rate * gb)[first].sum())
        assert paid == pytest.approx(float(below.cost(np.array([gb[first].sum()]))[0]), rel=1e-9, abs=1e-3)
