"""Tiers price only the volume inside them, at their edges as anywhere else."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.tariff import EgressTariff
from tests.builders import tariff

AWS = tariff("aws", "*", "internet", (0, 0.09), (10_240, 0.085), (51_200, 0.07), (153_600, 0.05))

volumes = st.floats(0, 1e6)
widths = st.lists(st.floats(1, 1e5), max_size=5)
rates = st.lists(st.integers(0, 200_000_000), min_size=6, max_size=6)


@st.composite
def tariffs(draw: st.DrawFn) -> EgressTariff:
    """Rates that fall, rise or do both."""
    starts = [0.0, *accumulate(draw(widths))]
    usd = [rate / 1e9 for rate in draw(rates)]
    return tariff("aws", "*", "internet", *zip(starts, usd, strict=False))


@pytest.mark.parametrize(
    ("gb", "usd"),
    [
        (0, 0.0),
        (10_239, 921.51),
        (10_240, 921.60),
        (12_288, 1_095.68),
        (50_176, 4_316.16),
        (51_199, 4_403.115),
        (51_200, 4_403.20),
        (61_440, 5_120.00),
        (153_600, 11_571.20),
        (153_601, 11_571.25),
    ],
)
def test_tier_edges_are_priced_like_their_neighbours(gb: float, usd: float) -> None:
    assert AWS.cost(gb) / 1e9 == pytest.approx(usd, abs=1e-9)


def test_a_tier_that_is_dearer_than_the_one_before_prices_only_its_own_volume() -> None:
    rising = tariff("gcp", "asia-northeast3", "internet", (0, 0.08), (1024, 0.147))
    assert rising.cost(1025) / 1e9 == pytest.approx(1024 * 0.08 + 0.147)


@given(tariffs(), volumes, volumes)
def test_more_volume_never_costs_less(row: EgressTariff, a: float, b: float) -> None:
    assert row.cost(min(a, b)) <= row.cost(max(a, b))


@given(tariffs(), st.data())
def test_more_volume_never_costs_less_across_an_edge(row: EgressTariff, data: st.DataObject) -> None:
    edge = data.draw(st.sampled_from(row.tiers)).from_gb
    below, above = data.draw(st.floats(0, edge)), data.draw(st.floats(edge, 1e6 + edge))
    assert row.cost(below) <= row.cost(edge) <= row.cost(above)


@given(tariffs(), st.floats(1e-6, 1e-3))
def test_cost_does_not_jump_at_an_edge(row: EgressTariff, step: float) -> None:
    dearest = max(tier.usd_per_gb for tier in row.tiers)
    for tier in row.tiers[1:]:
        jump = row.cost(tier.from_gb + step) - row.cost(tier.from_gb - step)
        assert jump + 1e-3 >= 0
        assert jump <= 2 * step * dearest * (1 + 1e-6) + 1e-3


@given(tariffs(), volumes)
def test_the_rate_of_each_gigabyte_is_that_of_its_tier(row: EgressTariff, gb: float) -> None:
    ends = [tier.from_gb for tier in row.tiers[1:]] + [float("inf")]
    by_hand = sum(
        max(0.0, min(gb, end) - tier.from_gb) * tier.usd_per_gb for tier, end in zip(row.tiers, ends, strict=True)
    )
    assert row.cost(gb) == pytest.approx(by_hand)


def test_nothing_costs_nothing() -> None:
    assert AWS.cost(0) == 0


@pytest.mark.parametrize("starts", [(1.0,), (0.0, 0.0), (0.0, 5.0, 3.0), ()])
def test_tiers_that_do_not_start_at_zero_and_rise_are_no_tariff(starts: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="start at 0 GB and rise"):
        tariff("aws", "*", "internet", *((start, 0.1) for start in starts))
