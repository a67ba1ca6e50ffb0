"""Message passing proves bounds that hold, exactly on trees, and finds solutions that cost what it says."""

import math
from collections.abc import Sequence
from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from placement.optimizer.messages import Edge, MessagePassing, Pairwise, Relaxed

Vector = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def random_pairwise(draw: Random, pairs: Sequence[tuple[int, int]], nodes: int, *, forbid: float = 0.0) -> Pairwise:
    """Whole costs, so that optima are exact; a share `forbid` of labels and pairs is closed."""
    sizes = [draw.randint(1, 4) for _ in range(nodes)]
    unary = [np.array([float(draw.randint(0, 50)) for _ in range(size)]) for size in sizes]
    tables = [
        np.array([[float(draw.randint(0, 50)) for _ in range(sizes[j])] for _ in range(sizes[i])]) for i, j in pairs
    ]
    closed = 10 * (1 + sum(float(cost.max()) for cost in (*unary, *tables)))
    for cost in (*unary, *tables):
        cost[np.array([draw.random() < forbid for _ in range(cost.size)]).reshape(cost.shape)] = closed
    edges = [Edge(i, j, table) for (i, j), table in zip(pairs, tables, strict=True)]
    return Pairwise(unary, edges, closed)


def random_graph(draw: Random, nodes: int) -> list[tuple[int, int]]:
    return [pair for pair in combinations(range(nodes), 2) if draw.random() < 0.6]


def random_tree(draw: Random, nodes: int) -> list[tuple[int, int]]:
    return [(draw.randrange(child), child) for child in range(1, nodes)]


def passing(problem: Pairwise, passes: int = 30, gap: float = 0.0) -> Relaxed:
    return MessagePassing(problem.edges, [len(u) for u in problem.unary]).solve(problem, passes=passes, gap=gap)


def every_solution(problem: Pairwise) -> dict[tuple[int, ...], float]:
    """All labellings with their costs."""
    return {
        labels: sum(float(u[x]) for u, x in zip(problem.unary, labels, strict=True))
        + sum(float(edge.cost[labels[edge.i], labels[edge.j]]) for edge in problem.edges)
        for labels in product(*(range(len(u)) for u in problem.unary))
    }


def best_by_label(problem: Pairwise) -> list[Vector]:
    """By node and label: the least cost of any solution with that label."""
    best = [np.full(len(u), np.inf) for u in problem.unary]
    for labels, cost in every_solution(problem).items():
        for node, label in enumerate(labels):
            best[node][label] = min(best[node][label], cost)
    return best


@given(seeds, st.integers(1, 6), st.integers(1, 30), st.sampled_from([0.0, 0.2]))
def test_no_solution_costs_less_than_the_bound(seed: int, nodes: int, passes: int, forbid: float) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, random_graph(draw, nodes), nodes, forbid=forbid)
    found = passing(problem, passes)
    optimum = min(every_solution(problem).values())
    assert found.bound <= optimum + 1e-6
    event("exact" if math.isclose(found.bound, optimum, abs_tol=1e-6) else "below")


@given(seeds, st.integers(1, 6), st.integers(1, 30), st.sampled_from([0.0, 0.2]))
def test_no_solution_with_a_label_costs_less_than_the_bound_and_its_rest(
    seed: int, nodes: int, passes: int, forbid: float
) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, random_graph(draw, nodes), nodes, forbid=forbid)
    found = passing(problem, passes)
    for rest, best in zip(found.rest, best_by_label(problem), strict=True):
        assert (rest >= 0).all()
        assert (found.bound + rest <= best + 1e-6).all()


@given(seeds, st.integers(1, 6))
def test_the_solution_costs_what_is_said_of_it(seed: int, nodes: int) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, random_graph(draw, nodes), nodes, forbid=0.1)
    found = passing(problem)
    assert found.value == pytest.approx(every_solution(problem)[tuple(found.labels.tolist())])
    assert found.bound <= found.value


@given(seeds, st.integers(1, 7))
def test_on_a_tree_the_bound_is_the_optimum_and_the_solution_reaches_it(seed: int, nodes: int) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, random_tree(draw, nodes), nodes, forbid=0.1)
    found = passing(problem)
    optimum = min(every_solution(problem).values())
    assert found.bound == pytest.approx(optimum)
    if optimum < problem.closed:
        assert found.value == pytest.approx(optimum)


@given(seeds, st.integers(2, 6))
def test_one_pass_over_a_chain_is_exact(seed: int, nodes: int) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, [(node, node + 1) for node in range(nodes - 1)], nodes)
    assert passing(problem, passes=1).bound == pytest.approx(min(every_solution(problem).values()))


@given(seeds, st.integers(2, 5))
def test_messages_kept_from_other_costs_still_prove_bounds(seed: int, nodes: int) -> None:
    draw = Random(seed)
    pairs = random_graph(draw, nodes)
    first = random_pairwise(draw, pairs, nodes)
    sizes = [len(u) for u in first.unary]
    kept = MessagePassing(first.edges, sizes)
    kept.solve(first, passes=5, gap=0.0)
    other = Pairwise(
        [np.array([float(draw.randint(0, 50)) for _ in u]) for u in first.unary],
        [Edge(e.i, e.j, np.floor(e.cost * draw.random())) for e in first.edges],
        first.closed,
    )
    found = kept.solve(other, passes=3, gap=0.0)
    optimum = min(every_solution(other).values())
    assert found.bound <= optimum + 1e-6
    for rest, best in zip(found.rest, best_by_label(other), strict=True):
        assert (found.bound + rest <= best + 1e-6).all()


@given(seeds, st.integers(2, 5))
def test_a_start_is_never_made_worse(seed: int, nodes: int) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, random_graph(draw, nodes), nodes)
    costs = every_solution(problem)
    start = draw.choice(list(costs))
    solver = MessagePassing(problem.edges, [len(u) for u in problem.unary])
    given_start = np.array(start, np.intp)
    assert solver.solve(problem, passes=1, gap=0.0, start=given_start).value <= costs[start]
    assert given_start.tolist() == list(start)


@settings(max_examples=50)
@given(seeds)
def test_a_problem_without_a_solution_is_seen_by_its_bound_on_a_tree(seed: int) -> None:
    draw = Random(seed)
    problem = random_pairwise(draw, random_tree(draw, 4), 4)
    problem.edges[0].cost[:] = problem.closed
    assert passing(problem).bound >= problem.closed


def test_when_the_time_is_up_the_bound_so_far_is_given() -> None:
    draw = Random(0)
    problem = random_pairwise(draw, random_graph(draw, 6), 6)
    solver = MessagePassing(problem.edges, [len(u) for u in problem.unary])
    found = solver.solve(problem, passes=10_000, gap=-1.0, until=0.0)
    assert found.bound <= min(every_solution(problem).values()) + 1e-6
    assert found.value == pytest.approx(every_solution(problem)[tuple(found.labels.tolist())])


def test_the_bound_closes_most_small_problems() -> None:
    """Loose bounds would hold as well: on a fixed draw of cyclic problems, most must be tight."""
    tight = 0
    for seed in range(100):
        draw = Random(seed)
        problem = random_pairwise(draw, random_graph(draw, 5), 5)
        found = passing(problem, passes=100)
        optimum = min(every_solution(problem).values())
        tight += found.bound >= optimum - 1e-3
        assert found.bound >= 0.7 * optimum
        assert found.value <= 1.1 * optimum + 1
    assert tight >= 60
