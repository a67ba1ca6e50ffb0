"""Rates of lines that prove more: between those of the edges at a kink, where solutions flip from side to side."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.tariff import EgressTariff
from placement.optimizer.slopes import Seen
from placement.optimizer.tiers import Envelope, Line
from tests.builders import tariff
from tests.optimizer.test_tiers import at, fractions, slack, tariffs

DEARER = tariff("gcp", "*", "internet", (0, 0.08), (1_000, 0.12))
OPEN = 1e9


class OneTariff:
    """What a box says of rates where one tariff is in play."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelopes = [envelope]

    def beyond(self, rates: Any, volumes: Any) -> Any:
        return np.array([self.envelopes[0].beyond(float(rates[0]), float(volumes[0]))])


def bound(solutions: list[tuple[float, float]], envelope: Envelope, rate: float) -> float:
    """Of a problem that has these solutions: (nano-USD, GB)."""
    return min(usd + rate * gb for usd, gb in solutions) + envelope.under(rate).fixed


def moved(solutions: list[tuple[float, float]], envelope: Envelope, rate: float) -> float | None:
    seen = Seen()
    for usd, gb in solutions:
        seen.add(usd, np.array([gb]))
    lies = min(solutions, key=lambda each: each[0] + rate * each[1])[1]
    box: Any = OneTariff(envelope)
    found = seen.better(box, np.array([rate]), np.array([lies]), OPEN)
    return None if found is None else float(found[0])


def test_where_the_solution_flips_over_a_kink_the_best_rate_lies_between_its_edges() -> None:
    envelope = Envelope.of(DEARER, 0, 10_000)
    # At 12 cents a GB the one that sends little is cheaper, at 8 cents the other.
    solutions = [(300e9, 500.0), (55e9, 3_000.0)]
    rate = 0.10e9
    found = moved(solutions, envelope, rate)
    assert found == pytest.approx(0.098e9)
    assert bound(solutions, envelope, found or 0.0) > bound(solutions, envelope, rate)


def test_a_volume_above_its_range_asks_for_a_steeper_line() -> None:
    envelope = Envelope.of(DEARER, 0, 900)
    found = moved([(0.0, 5_000.0)], envelope, 0.08e9)
    assert found == pytest.approx(0.088e9)


def test_where_the_line_meets_the_tariff_at_hand_no_other_is_better() -> None:
    assert moved([(0.0, 500.0), (9e12, 0.0)], Envelope.of(DEARER, 0, 10_000), 0.08e9) is None


@given(st.lists(st.tuples(st.floats(0, 1e13), st.floats(0, 1e5)), min_size=1, max_size=6), tariffs(), fractions)
def test_no_move_proves_less_by_the_solutions_seen(
    solutions: list[tuple[float, float]], row: EgressTariff, where: float
) -> None:
    envelope = Envelope.of(row, 0, 2e5)
    rate = envelope.over(where * 2e5).rate
    found = moved(solutions, envelope, rate)
    if found is not None:
        before = bound(solutions, envelope, rate)
        assert bound(solutions, envelope, found) >= before - 1e-6 * (abs(before) + 1e9)


@given(tariffs(), st.floats(0, 2e5), st.floats(1, 4e5), st.floats(0, 4e8), fractions)
def test_a_line_of_any_rate_lies_under_the_tariff_and_meets_it(
    row: EgressTariff, low: float, width: float, rate: float, where: float
) -> None:
    high = low + width
    envelope = Envelope.of(row, low, high)
    line = envelope.under(rate)
    room = slack(row, high) + 1e-9 * rate * high
    for gb in (low, high, low + where * width, *(tier.from_gb for tier in row.tiers if low <= tier.from_gb <= high)):
        assert at(line, gb) <= row.cost(gb) + room
    gb = low + where * width
    touched = gb - envelope.beyond(rate, gb)
    assert low - 1e-6 <= touched <= high + 1e-6
    over: Line = envelope.over(touched)
    assert at(line, touched) == pytest.approx(at(over, touched), abs=2 * room)
