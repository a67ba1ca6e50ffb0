"""Published figures are different quantities: a month's share is no hour's share."""

import math
from datetime import date

import pytest

from placement.domain.sweep import InterruptionFigure
from placement.market.risk import hazard_of_band, hazard_per_hour, prior_hazard_per_hour


@pytest.mark.parametrize(
    ("low", "high", "window", "hazard", "mtbf_h", "survives_a_day"),
    [
        (0, 5, "month", 3.52e-5, 28_438.5, 0.999),
        (10, 15, "month", 1.85e-4, 5_392.0, 0.996),
        (20, None, "month", 4.00e-4, 2_502.8, 0.990),
        (0, 5, "hour", 2.53e-2, 39.5, 0.545),
        (10, 15, "hour", 1.34e-1, 7.5, 0.041),
        (20, None, "hour", 2.88e-1, 3.5, 0.001),
    ],
)
def test_bands_become_hazards(
    low: float, high: float | None, window: str, hazard: float, mtbf_h: float, survives_a_day: float
) -> None:
    found = hazard_of_band(low, high, window)
    assert found == pytest.approx(hazard, rel=4e-3)
    assert 1 / found == pytest.approx(mtbf_h, abs=0.05)
    assert math.exp(-24 * found) == pytest.approx(survives_a_day, abs=5e-4)


def test_the_same_words_for_an_hour_mean_720_times_the_risk_of_a_month() -> None:
    assert hazard_of_band(10, 15, "hour") == pytest.approx(720 * hazard_of_band(10, 15, "month"))


def test_a_figure_is_read_by_its_own_window() -> None:
    figure = InterruptionFigure("azure", "japaneast", "D4", 5.0, 10.0, "hour", date(2026, 11, 1))
    assert hazard_per_hour(figure) == hazard_of_band(5, 10, "hour")


def test_silence_is_never_safe() -> None:
    for provider in ("aws", "azure", "gcp", "a cloud nobody has heard of"):
        assert prior_hazard_per_hour(provider) > 0


def test_silence_looks_no_safer_than_the_worst_published_month() -> None:
    assert prior_hazard_per_hour("a cloud nobody has heard of") >= hazard_of_band(20, None, "month")
    assert prior_hazard_per_hour("azure") >= hazard_of_band(0, 5, "hour") * (1 - 1e-3)
