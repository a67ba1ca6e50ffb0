"""A cut lies inside of its range, leaves a smaller error below it, and narrows where that is worth it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from placement.domain.tariff import EgressTariff
from placement.optimizer.cutting import Range, cut_of
from tests.builders import tariff
from tests.optimizer.test_tiers import slack, tariffs

GCP = tariff("gcp", "*", "internet", (0, 0.12), (1_024, 0.11), (10_240, 0.085))
fractions = st.floats(0.001, 0.999)


@given(tariffs(falling=True), st.floats(0, 1e5), st.floats(10, 4e5), fractions, st.floats(0.001, 1e4))
def test_a_cut_lies_inside_and_leaves_a_smaller_error_below(
    row: EgressTariff, low: float, width: float, where: float, open_usd: float
) -> None:
    of = Range.of(row, low, low + where * width, low + width)
    cut = cut_of([(7, of)], open_usd)
    assume(cut is not None)
    assert cut is not None
    pool, at = cut
    assert pool == 7
    assert of.low < at < of.high
    if at > of.at:
        assert of.error_below(at) <= of.error + slack(row, of.high)


def test_a_range_whose_line_is_exact_is_not_cut() -> None:
    flat = tariff("aws", "*", "internet", (0, 0.09), (10_240, 0.09))
    assert cut_of([(0, Range.of(flat, 0, 5_000, 90_000)), (1, Range.of(GCP, 5_000, 5_000, 90_000))], 10.0) is None


def test_where_much_would_cost_more_than_is_open_the_range_is_narrowed() -> None:
    of = Range.of(GCP, 0, 1_249, 44_177)
    pool, at = cut_of([(3, of)], 200.0) or (None, 0.0)
    assert pool == 3
    assert of.at < at < 10_240
    assert of.rise_above(at) == pytest.approx(100e9, rel=0.01)
    assert of.error_below(at) < of.error / 3


def test_where_too_much_is_open_the_volume_at_hand_is_cut() -> None:
    assert cut_of([(0, Range.of(GCP, 0, 1_249, 44_177)), (1, Range.of(GCP, 0, 300, 44_177))], 10_000.0) == (0, 1_249)


def test_a_volume_at_the_end_of_its_range_is_no_place_to_cut() -> None:
    assert cut_of([(0, Range.of(GCP, 0, 10, 44_177))], 10_000.0) == (0, 44_177 / 2)
