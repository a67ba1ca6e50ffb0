from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.kubernetes.scores import scores

COSTS = st.lists(st.one_of(st.floats(1e-6, 1e6), st.just(inf)), min_size=1)


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        ([10.0, 10.1, 12.0, 20.0, 95.0, 101.0], [10, 9, 8, 5, 1, 0]),
        ([10.0, inf], [10, 0]),
        ([inf, inf], [0, 0]),
        ([3.0, 3.0], [10, 10]),
        ([0.1 + 0.2, 0.3], [10, 10]),
    ],
)
def test_scores_compare_costs_with_the_cheapest(usd: list[float], expected: list[int]) -> None:
    assert scores(np.array(usd), min(usd)) == expected


@given(COSTS)
def test_what_is_cheaper_never_scores_less_and_what_is_unknown_never_scores(usd: list[float]) -> None:
    found = scores(np.array(usd), min(usd))
    assert all(0 <= score <= 10 for score in found)
    ordered = [score for _, score in sorted(zip(usd, found, strict=True), key=lambda pair: pair[0])]
    assert ordered == sorted(ordered, reverse=True)
    assert all(score == 0 for cost, score in zip(usd, found, strict=True) if cost == inf)
    assert min(usd) == inf or max(found) == 10
