"""The compiled queue gives back what Python's own heap does, and the compiled shuffle any order."""

import heapq
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from placement.optimizer.coupled.waiting import Waiting, put, take_first
from placement.optimizer.pairwise.chance import shuffle
from placement.optimizer.pairwise.graph import Floats, Whole

TAKE = -1


@njit()
def played(waiting: Waiting, usd: Floats, nodes: Whole, taken: Whole) -> int:
    """One after the other a node is put, or the first is taken; returns how many were."""
    count = 0
    for k in range(len(nodes)):
        if nodes[k] == TAKE:
            taken[count] = take_first(waiting)
            count += 1
        else:
            put(waiting, usd[k], nodes[k])
    return count


@njit()
def shuffled(seed: int, order: Whole) -> None:
    """From a seed."""
    np.random.seed(seed)
    shuffle(order)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_the_cheapest_is_taken_first_and_equal_ones_by_node(seed: int, size: int) -> None:
    draw = Random(seed)
    usd = np.array([float(draw.randrange(6)) for _ in range(3 * size)])
    nodes = np.full(3 * size, TAKE)
    heap: list[tuple[float, int]] = []
    expected = []
    for k in range(3 * size):
        if k < 2 * size and (not heap or draw.random() < 0.6):
            nodes[k] = draw.randrange(size)
            heapq.heappush(heap, (usd[k], nodes[k]))
        elif heap:
            expected.append(heapq.heappop(heap)[1])
        else:
            nodes, usd = nodes[:k], usd[:k]
            break
    waiting = Waiting(np.empty(2 * size), np.empty(2 * size, np.int64), np.zeros(1, np.int64))
    taken = np.empty(len(nodes), np.int64)
    assert taken[: played(waiting, usd, nodes, taken)].tolist() == expected
    assert waiting.size[0] == len(heap)


def test_each_order_is_as_likely() -> None:
    seen: dict[tuple[int, ...], int] = {}
    for seed in range(6_000):
        order = np.arange(3)
        shuffled(seed, order)
        seen[tuple(order.tolist())] = seen.get(tuple(order.tolist()), 0) + 1
    assert len(seen) == 6
    assert all(850 < count < 1_150 for count in seen.values())
