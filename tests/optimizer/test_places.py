"""Places of scattered workloads: the pattern of counts is the best there is, and so are the cheapest places."""

from collections.abc import Iterator
from itertools import combinations_with_replacement
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from placement.domain.fleet import Spread, Workload
from placement.optimizer.places import cheapest_places, pattern_of
from placement.optimizer.problem import Problem, whole_part
from tests.builders import REGIONS, catalog, fleet, offering, problem, workload

NUMBER = len(REGIONS)


def scattered(replicas: int, spread: Spread) -> Workload:
    return workload(replicas=replicas, spread=spread)


def market(asked: Workload) -> Problem:
    return problem(fleet(asked), catalog([offering(region) for region in REGIONS]))


def every_split(asked: Workload, built: Problem) -> Iterator[NDArray[np.int64]]:
    """Replicas by region, all that keep the spread."""
    spread = asked.spread
    assert spread is not None
    providers = [region.provider for region in built.catalog.regions]
    for places in combinations_with_replacement(range(NUMBER), asked.replicas):
        counts = np.bincount(places, minlength=NUMBER)
        used = np.flatnonzero(counts)
        if len(used) < spread.min_regions or len({providers[r] for r in used}) < spread.min_providers:
            continue
        if counts.max() <= whole_part(spread.max_fraction_per_region, asked.replicas):
            yield counts


@pytest.mark.parametrize(
    ("replicas", "spread", "pattern"),
    [
        (5, Spread(min_regions=2), (4, 1)),
        (5, Spread(min_regions=3), (3, 1, 1)),
        (6, Spread(max_fraction_per_region=0.5), (3, 3)),
        (7, Spread(max_fraction_per_region=0.5), (3, 3, 1)),
        (7, Spread(min_regions=3, max_fraction_per_region=0.5), (3, 3, 1)),
        (4, Spread(min_providers=2), (3, 1)),
        (5, Spread(min_regions=3, min_providers=2), (3, 1, 1)),
    ],
)
def test_the_cheapest_region_takes_as_many_replicas_as_it_may(
    replicas: int, spread: Spread, pattern: tuple[int, ...]
) -> None:
    assert pattern_of(scattered(replicas, spread)) == pattern


def test_providers_together_with_a_share_have_no_single_pattern() -> None:
    assert pattern_of(scattered(4, Spread(min_providers=2, max_fraction_per_region=0.5))) is None
    assert pattern_of(scattered(2, Spread(min_regions=3))) is None


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1))
def test_no_split_is_cheaper_than_the_cheapest_places(seed: int) -> None:
    draw = Random(seed)
    asked = scattered(
        draw.randint(2, 5),
        draw.choice(
            [
                Spread(min_regions=draw.choice([2, 3])),
                Spread(min_providers=2),
                Spread(min_regions=3, min_providers=2),
                Spread(max_fraction_per_region=draw.choice([0.4, 0.5, 0.67])),
            ]
        ),
    )
    pattern = pattern_of(asked)
    if pattern is None:
        return
    built = market(asked)
    usd = np.array([float(draw.randint(0, 20)) for _ in range(NUMBER)])
    count = draw.choice([1, 3, 10, 1000])
    found = cheapest_places(built, asked, pattern, np.arange(NUMBER), usd, count)
    splits = {split.tobytes(): float(split @ usd) / asked.replicas for split in every_split(asked, built)}
    costs = []
    for place in found:
        counts = np.zeros(NUMBER, np.int64)
        for region, replicas in place:
            counts[region] = replicas
        costs.append(splits[counts.tobytes()])
    assert costs == pytest.approx(sorted(costs))
    assert bool(costs) == bool(splits)
    by_pattern = sorted(
        cost
        for key, cost in splits.items()
        if tuple(sorted(np.frombuffer(key, np.int64)[np.frombuffer(key, np.int64) > 0], reverse=True)) == pattern
    )
    assert costs == pytest.approx(by_pattern[:count])
    assert min(costs, default=0.0) == pytest.approx(min(splits.values(), default=0.0))
