"""A straight line under a tariff never says more than the tariff, and says as much where the two meet."""

from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from placement.domain.tariff import EgressTariff
from placement.optimizer.tiers import Line, line_under, most_gb
from tests.builders import tariff

AWS = tariff("aws", "*", "internet", (0, 0.09), (10_240, 0.085), (51_200, 0.07), (153_600, 0.05))
widths = st.lists(st.floats(1, 1e5), max_size=4)
rates = st.lists(st.integers(0, 200_000_000), min_size=5, max_size=5)
fractions = st.floats(0, 1)


@st.composite
def tariffs(draw: st.DrawFn, *, falling: bool = False) -> EgressTariff:
    starts = [0.0, *accumulate(draw(widths))]
    nano_usd = draw(rates)
    if falling:
        nano_usd.sort(reverse=True)
    return tariff("aws", "*", "internet", *zip(starts, (rate / 1e9 for rate in nano_usd), strict=False))


def at(line: Line, gb: float) -> float:
    return line.rate * gb + line.fixed


def slack(row: EgressTariff, gb: float) -> float:
    """What floats may lose, in nano-USD."""
    return 1e-9 * (row.cost(gb) + max(tier.usd_per_gb for tier in row.tiers) * gb) + 1e-3


@given(tariffs(), st.floats(0, 2e5), st.floats(0, 4e5), fractions, fractions)
def test_the_line_lies_under_the_tariff_everywhere_between_its_ends(
    row: EgressTariff, low: float, width: float, near: float, where: float
) -> None:
    high = low + width
    line = line_under(row, low, high, low + near * width)
    edges = [tier.from_gb for tier in row.tiers if low <= tier.from_gb <= high]
    for gb in (low, high, low + where * width, *edges):
        assert at(line, gb) <= row.cost(gb) + slack(row, high)


@given(tariffs(falling=True), st.floats(0, 2e5), st.floats(1, 4e5), fractions)
def test_where_rates_fall_the_line_meets_the_tariff_at_both_ends(
    row: EgressTariff, low: float, width: float, near: float
) -> None:
    high = low + width
    line = line_under(row, low, high, low + near * width)
    assert at(line, low) == pytest.approx(row.cost(low), abs=slack(row, high))
    assert at(line, high) == pytest.approx(row.cost(high), abs=slack(row, high))


@given(tariffs(), st.floats(0, 2e5), st.floats(1, 4e5), fractions)
def test_the_line_is_the_best_one_near_the_chosen_volume(
    row: EgressTariff, low: float, width: float, near: float
) -> None:
    """No straight line under the tariff is higher there: it meets the tariff on both sides of the volume."""
    high, chosen = low + width, low + near * width
    line = line_under(row, low, high, chosen)
    points = [low, *(tier.from_gb for tier in row.tiers if low < tier.from_gb < high), high]
    touching = [gb for gb in points if at(line, gb) >= row.cost(gb) - slack(row, high)]
    assert min(touching) <= chosen + 1e-6 * high
    assert max(touching) >= chosen - 1e-6 * high


@given(tariffs(), st.floats(0, 2e5))
def test_a_single_volume_costs_what_the_tariff_says(row: EgressTariff, gb: float) -> None:
    line = line_under(row, gb, gb, gb)
    assert at(line, gb) == pytest.approx(row.cost(gb))


@given(tariffs(), st.floats(0, 1e5), st.floats(1, 1e5), fractions)
def test_halving_the_range_never_lowers_the_line(row: EgressTariff, low: float, width: float, where: float) -> None:
    assume(0.01 < where < 0.99)
    high, chosen = low + width, low + where * width
    whole = at(line_under(row, low, high, chosen), chosen)
    for a, b in ((low, chosen), (chosen, high)):
        assert at(line_under(row, a, b, chosen), chosen) >= whole - slack(row, high)


def test_one_tier_is_its_own_line() -> None:
    flat = tariff("aws", "*", "internet", (0, 0.02))
    line = line_under(flat, 0, 1000, 0)
    assert line.rate == pytest.approx(20_000_000)
    assert line.fixed == pytest.approx(0)


@pytest.mark.parametrize(
    ("low", "high", "usd_per_gb"),
    [
        (0, 10_240, 0.09),
        (0, 51_200, 4_403.20 / 51_200),
        (51_200, 153_600, 0.07),
        (10_240, 153_600, 10_649.60 / 143_360),
    ],
)
def test_falling_rates_become_the_average_rate_between_the_ends(low: float, high: float, usd_per_gb: float) -> None:
    assert line_under(AWS, low, high, (low + high) / 2).rate / 1e9 == pytest.approx(usd_per_gb)


def test_rising_rates_become_the_rate_of_the_tier_of_the_volume() -> None:
    rising = tariff("gcp", "*", "internet", (0, 0.08), (1024, 0.147))
    assert line_under(rising, 0, 5000, 500).rate == pytest.approx(80_000_000)
    assert line_under(rising, 0, 5000, 3000).rate == pytest.approx(147_000_000)


@given(tariffs(), st.floats(0, 2e8), st.floats(0, 1e12), st.floats(0, 6e5), fractions)
def test_above_the_most_gb_the_tariff_asks_more_than_there_is_room_for(
    row: EgressTariff, rate: float, room: float, high: float, where: float
) -> None:
    most = most_gb(row, rate, room, high)
    assert 0 <= most <= high
    above = most + (high - most) * where
    if above > most * (1 + 1e-9) + 1e-6:
        assert row.cost(above) - rate * above > room - slack(row, high) - 1e-9 * rate * high
    if 0 < most < high:
        assert row.cost(most) - rate * most == pytest.approx(room, abs=slack(row, high) + 1e-6 * (room + rate * high))
