"""What readers pay at most for copies proves no more than they cost anywhere, and the most that such numbers can."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placement.optimizer.p_median import worth_usd
from placement.optimizer.pairwise.graph import Floats

REGIONS = 6
COSTS = st.integers(0, 100).map(float)


def proven_usd(worth: Floats, stored_usd: Floats, read_usd: Floats, copies: int) -> float:
    """What no choice of regions undercuts."""
    left = stored_usd - np.maximum(0.0, worth[:, None] - read_usd).sum(axis=0)
    return float(worth.sum() + np.sort(left)[:copies].sum())


def best_usd(stored_usd: Floats, read_usd: Floats, copies: int) -> float:
    """By trying all."""
    tried = map(list, combinations(range(len(stored_usd)), copies))
    return float(min(stored_usd[regions].sum() + read_usd[:, regions].min(axis=1).sum() for regions in tried))


@given(
    arrays(np.float64, REGIONS, elements=COSTS),
    st.integers(1, 5).flatmap(lambda readers: arrays(np.float64, (readers, REGIONS), elements=COSTS | st.just(np.inf))),
    st.integers(1, REGIONS - 1),
    st.lists(COSTS, min_size=5, max_size=5),
)
def test_no_other_numbers_prove_more(
    stored_usd: Floats, read_usd: Floats, copies: int, numbers: Sequence[float]
) -> None:
    worth, best = worth_usd(stored_usd, read_usd, copies), best_usd(stored_usd, read_usd, copies)
    if worth is None:
        assert np.isinf(best)
        return
    proven = proven_usd(worth, stored_usd, read_usd, copies)
    assert proven <= best + 1e-6
    for other in (np.array(numbers[: len(worth)]), worth - 1.0, worth + 1.0):
        assert proven >= proven_usd(other, stored_usd, read_usd, copies) - 1e-6
    event("all of it" if proven > best - 1e-6 else "fractions of copies cost less")


def test_two_who_read_from_where_they_are_prove_what_is_stored() -> None:
    stored, near = np.array([5.0, 1.0, 9.0]), np.array([[0.0, 50.0, 50.0], [50.0, 50.0, 0.0]])
    worth = worth_usd(stored, near, 2)
    assert worth is not None
    assert proven_usd(worth, stored, near, 2) == pytest.approx(14.0)


def test_a_reader_that_reaches_no_copy_has_no_answer() -> None:
    assert worth_usd(np.zeros(2), np.array([[1.0, 2.0], [np.inf, np.inf]]), 1) is None
