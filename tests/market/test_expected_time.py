"""How long jobs take on capacity that may be withdrawn: the figures of a simulation, and the best checkpoints."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.market.expected_time import expected_hours
from placement.market.risk import hazard_of_band


def young(work: float, restart: float, hazard: float, checkpoint: float) -> float:
    """Daly's sum with Young's interval sqrt(2 C / h), the last segment being shorter."""
    interval = math.sqrt(2 * checkpoint / hazard)
    whole, rest = divmod(work, interval)
    segments = [interval] * int(whole) + ([rest] if rest > 1e-9 else [])
    return sum(math.exp(hazard * restart) / hazard * math.expm1(hazard * (s + checkpoint)) for s in segments)


@pytest.mark.parametrize(("mtbf_h", "hours"), [(5, 28.30), (20, 25.91), (100, 24.81), (1000, 24.26)])
def test_checkpointed_jobs_take_what_a_simulation_says_or_less_with_a_better_interval(
    mtbf_h: float, hours: float
) -> None:
    assert young(24, 0.1, 1 / mtbf_h, 0.05) == pytest.approx(hours, abs=0.01)
    found = expected_hours(24, 0.1, 1 / mtbf_h, 0.05)
    assert found <= young(24, 0.1, 1 / mtbf_h, 0.05)
    assert found == pytest.approx(hours, abs=0.015)


@pytest.mark.parametrize(("mtbf_h", "hours"), [(5, 614.7), (20, 46.6), (100, 27.2), (1000, 24.3)])
def test_jobs_without_checkpoints_start_anew(mtbf_h: float, hours: float) -> None:
    assert expected_hours(24, 0.1, 1 / mtbf_h, None) == pytest.approx(hours, abs=0.05)


@pytest.mark.parametrize(
    ("hazard", "usd_per_hour", "plain_hours", "plain_usd", "checkpointed_hours", "checkpointed_usd"),
    [
        (hazard_of_band(10, 15, "hour"), 0.25, 14.50, 0.453, 9.15, 0.286),
        (hazard_of_band(10, 15, "month"), 0.40, 8.01, 0.400, 8.06, 0.403),
    ],
)
def test_checkpoints_pay_where_interruptions_are_many_and_cost_where_they_are_few(
    hazard: float,
    usd_per_hour: float,
    plain_hours: float,
    plain_usd: float,
    checkpointed_hours: float,
    checkpointed_usd: float,
) -> None:
    for checkpoint, hours, usd in ((None, plain_hours, plain_usd), (0.05, checkpointed_hours, checkpointed_usd)):
        found = expected_hours(8, 0.1, hazard, checkpoint)
        assert found == pytest.approx(hours, abs=0.03)
        assert usd_per_hour * found / 8 == pytest.approx(usd, abs=1e-3)


def segmented(count: int, work: float, restart: float, hazard: float, checkpoint: float) -> float:
    """The expected hours with `count` equal segments, each with its checkpoint; infinite beyond what floats hold."""
    exponent = hazard * (work / count + checkpoint)
    return count * math.exp(hazard * restart) / hazard * math.expm1(exponent) if exponent < 700 else math.inf


@given(st.floats(0.1, 500), st.floats(0, 1), st.floats(1e-5, 0.5), st.floats(0.005, 1), st.integers(1, 5000))
def test_no_other_number_of_checkpoints_is_better(
    work: float, restart: float, hazard: float, checkpoint: float, count: int
) -> None:
    other = segmented(count, work, restart, hazard, checkpoint)
    assert expected_hours(work, restart, hazard, checkpoint) <= other * (1 + 1e-9)


@given(st.floats(0.1, 200), st.floats(0, 1), st.floats(1e-5, 0.5), st.floats(0.02, 1))
def test_the_best_number_of_checkpoints_is_the_one_of_a_full_scan(
    work: float, restart: float, hazard: float, checkpoint: float
) -> None:
    scanned = min(segmented(count, work, restart, hazard, checkpoint) for count in range(1, 800))
    assert expected_hours(work, restart, hazard, checkpoint) == pytest.approx(scanned, rel=1e-9)


@given(
    st.floats(0.1, 100),
    st.floats(0, 0.5),
    st.one_of(st.just(0.0), st.floats(1e-5, 0.5)),
    st.sampled_from([None, 0.05, 1.0]),
    st.floats(1.0, 3.0),
)
def test_more_risk_more_work_and_slower_restarts_never_take_less_time(
    work: float, restart: float, hazard: float, checkpoint: float | None, factor: float
) -> None:
    least = expected_hours(work, restart, hazard, checkpoint) * (1 - 1e-9)
    assert expected_hours(work, restart, max(hazard * factor, 1e-5), checkpoint) >= least
    assert expected_hours(work * factor, restart, hazard, checkpoint) >= least
    assert expected_hours(work, restart + factor, hazard, checkpoint) >= least


@pytest.mark.parametrize("checkpoint", [None, 5000.0])
def test_a_job_that_can_hardly_ever_end_takes_forever(checkpoint: float | None) -> None:
    assert expected_hours(10_000, 0.1, 0.3, checkpoint) == math.inf


def test_checkpoints_let_the_longest_job_end() -> None:
    assert math.isfinite(expected_hours(10_000, 0.1, 0.3, 0.05))


def test_without_risk_a_job_takes_its_work_and_one_last_checkpoint() -> None:
    assert expected_hours(8, 0.1, 0.0, None) == 8
    assert expected_hours(8, 0.1, 0.0, 0.05) == pytest.approx(expected_hours(8, 0.1, 1e-9, 0.05), rel=1e-6)
