"""The pairwise core proves bounds that hold, exactly on trees, and finds solutions that cost what it says."""

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from placement.optimizer.pairwise import oracle as running
from placement.optimizer.pairwise.costs import Charges, Parts, costs_of
from placement.optimizer.pairwise.dominance import Dominance
from placement.optimizer.pairwise.graph import NO_TABLE, graph_of
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.pairwise.solving import Solved, solved
from tests.optimizer.random_pairs import PLACES, REGIONS, Asked, random_costs, random_graph, random_problem, random_tree

seeds = st.integers(0, 2**32 - 1)


def answer(asked: Asked, passes: int = 60, gap: float = 0.0) -> Solved:
    return solved(Oracle(asked.graph), asked.usd, asked.costs, passes=passes, gap=gap, rest=True)


@given(seeds, st.integers(1, 6), st.integers(1, 30), st.sampled_from([0.0, 0.2]))
def test_no_solution_costs_less_than_the_bound(seed: int, nodes: int, passes: int, forbid: float) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes, forbid=forbid)
    found = answer(asked, passes)
    optimum = min(asked.every_solution().values())
    assert found.bound <= optimum + 1e-6
    event("exact" if math.isclose(found.bound, optimum, abs_tol=1e-6) else "below")


@given(seeds, st.integers(1, 6), st.integers(1, 30), st.sampled_from([0.0, 0.2]))
def test_no_solution_with_a_label_costs_less_than_the_bound_and_its_rest(
    seed: int, nodes: int, passes: int, forbid: float
) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes, forbid=forbid)
    found = answer(asked, passes)
    assert found.rest is not None
    assert (found.rest >= -1e-9).all()
    assert (found.bound + found.rest <= asked.best_by_label() + 1e-6).all()


@given(seeds, st.integers(1, 6))
def test_what_stands_for_a_label_costs_less_wherever_the_others_lie(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes)
    asked = replace(asked, graph=asked.graph._replace(table=np.full_like(asked.graph.table, NO_TABLE)))
    beaten = Dominance.of(asked.graph, asked.usd, asked.costs)
    for labels, cost in asked.every_solution().items():
        for node, (a, x) in enumerate(zip(asked.first, labels, strict=False)):
            instead = (*labels[:node], int(beaten.by[a + x] - a), *labels[node + 1 :])
            assert asked.cost(instead) + beaten.usd[a + x] <= cost + 1e-9
    event(f"beaten: {(~beaten.kept).sum() * 10 // len(beaten.by)} tenths")


@given(seeds, st.integers(1, 6))
def test_the_solution_costs_what_is_said_of_it(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes, forbid=0.1)
    found = answer(asked)
    assert found.value == pytest.approx(asked.cost(tuple(found.labels.tolist())))
    assert found.bound <= found.value


@given(seeds, st.integers(1, 7))
def test_on_a_tree_bound_and_rests_are_exact_and_the_solution_is_the_best(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_tree(draw, nodes), nodes, forbid=0.1)
    found = answer(asked, passes=0)
    best = asked.best_by_label()
    assert found.bound == pytest.approx(best.min())
    assert found.value == pytest.approx(best.min())
    assert found.rest is not None
    kept = Dominance.of(asked.graph, asked.usd, asked.costs).kept
    assert (found.bound + found.rest)[kept] == pytest.approx(best[kept])
    assert (found.bound + found.rest <= best + 1e-6).all()


@given(seeds, st.integers(2, 5))
def test_messages_kept_from_other_costs_still_prove_bounds(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes)
    kept = Oracle(asked.graph)
    solved(kept, asked.usd, asked.costs, passes=5, gap=0.0)
    usd = np.array([float(draw.randint(0, 50)) for _ in asked.usd])
    gb = np.stack([asked.graph.out_gb, asked.graph.back_gb, asked.graph.within_gb], axis=1)
    other = Asked(asked.graph, usd, random_costs(draw, gb, 3, asked.closed, 0.0), asked.closed)
    found = solved(kept, other.usd, other.costs, passes=3, gap=0.0, rest=True)
    assert found.bound <= min(other.every_solution().values()) + 1e-6
    assert found.rest is not None
    assert (found.bound + found.rest <= other.best_by_label() + 1e-6).all()


@given(seeds, st.integers(2, 6))
def test_on_fewer_labels_messages_stay_and_bounds_hold(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes)
    before = Oracle(asked.graph)
    solved(before, asked.usd, asked.costs, passes=10, gap=0.0)
    keep = np.array([draw.random() < 0.6 for _ in asked.usd])
    keep[asked.graph.first[:-1]] = True
    smaller = before.shrunk(keep)
    left = Asked(smaller.graph, asked.usd[keep], asked.costs, asked.closed)
    assert left.graph.region.tolist() == asked.graph.region[keep].tolist()
    bounds = [solved(oracle, left.usd, left.costs, passes=1, gap=0.0).bound for oracle in (smaller, Oracle(left.graph))]
    optimum = min(left.every_solution().values())
    assert max(bounds) <= optimum + 1e-6
    event("better for what was kept" if bounds[0] > bounds[1] + 1e-9 else "no better")


def test_messages_that_stay_are_those_of_the_labels_that_stay() -> None:
    """What was proven before is proven at once on fewer labels; messages in disorder would prove less."""
    gains = 0
    for seed in range(40):
        draw = Random(seed)
        asked = random_problem(draw, random_graph(draw, 6), 6)
        before = Oracle(asked.graph)
        bound = ran(before, asked, passes=200)
        keep = np.array([draw.random() < 0.8 for _ in asked.usd])
        keep[asked.graph.first[:-1]] = True
        smaller = before.shrunk(keep)
        after = ran(smaller, Asked(smaller.graph, asked.usd[keep], asked.costs, asked.closed), passes=1)
        assert after >= bound - 1e-3
        gains += after > bound + 1e-3
    assert gains >= 5


def ran(oracle: Oracle, asked: Asked, passes: int) -> float:
    """The bound of one run, without dropping labels."""
    live = np.ones(len(oracle.components), np.bool_)
    found = oracle.run(
        asked.usd,
        asked.costs,
        live,
        passes=passes,
        forests=0,
        gap=0.0,
        seed=0,
        start=None,
        rest=False,
        until=math.inf,
        threads=1,
    )
    return float(found.bound.sum())


@pytest.mark.parametrize("passes", [2, 3, 5, 60])
def test_dropping_labels_loses_no_solution_and_proves_nothing_false(
    passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = 0
    for seed in range(200):
        draw = Random(seed)
        asked = random_problem(draw, random_graph(draw, 6), 6, forbid=0.1)
        with monkeypatch.context() as patch:
            seen: list[int] = []

            def shrunk(oracle: Oracle, keep: NDArray[np.bool_], seen: list[int] = seen) -> Oracle:
                seen.append(int((~keep).sum()))
                return SHRUNK(oracle, keep)

            patch.setattr(Oracle, "shrunk", shrunk)
            found = solved(Oracle(asked.graph), asked.usd, asked.costs, passes=passes, every=1, gap=0.02, rest=True)
        dropped += sum(seen)
        best = asked.best_by_label()
        assert found.bound <= best.min() + 1e-6
        assert found.value == pytest.approx(asked.cost(tuple(found.labels.tolist())))
        assert found.rest is not None
        assert (found.bound + found.rest <= best + 1e-6).all()
    assert dropped > 50


SHRUNK = Oracle.shrunk


@given(seeds, st.integers(2, 5))
def test_a_start_is_never_made_worse(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_graph(draw, nodes), nodes)
    costs = asked.every_solution()
    start = draw.choice(list(costs))
    given_start = np.array(start, np.intp)
    found = solved(Oracle(asked.graph), asked.usd, asked.costs, passes=1, gap=0.0, start=given_start)
    assert found.value <= costs[start] + 1e-9
    assert given_start.tolist() == list(start)


@settings(max_examples=50)
@given(seeds)
def test_a_problem_without_a_solution_is_seen_by_its_bound_on_a_tree(seed: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, random_tree(draw, 4), 4)
    asked.graph.table[0] = 0
    for table in (asked.costs.tables, asked.costs.tables_back):
        table[0] = 36 * asked.closed
    assert answer(asked).bound >= asked.closed


@given(seeds, st.integers(2, 12))
def test_any_number_of_threads_gives_the_same_answer(seed: int, nodes: int) -> None:
    draw = Random(seed)
    pairs = [(i, j) for i, j in random_graph(draw, nodes) if i // 4 == j // 4]
    asked = random_problem(draw, pairs, nodes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_WORTH_THREADS", 0)
        one, two = (
            solved(
                Oracle(asked.graph), asked.usd, asked.costs, passes=9, gap=0.0, seed=seed, rest=True, threads=threads
            )
            for threads in (1, 2)
        )
    assert (one.bound, one.value, one.labels.tolist()) == (two.bound, two.value, two.labels.tolist())
    assert one.rest is not None
    assert two.rest is not None
    assert one.rest.tolist() == two.rest.tolist()


@given(seeds, st.integers(2, 8))
def test_components_are_solved_as_if_alone(seed: int, nodes: int) -> None:
    draw = Random(seed)
    asked = random_problem(draw, [(i, j) for i, j in random_graph(draw, nodes) if (i < 3) == (j < 3)], nodes)
    found = answer(asked)
    alone = [answer(part(asked, range(*span))) for span in ((0, min(3, nodes)), (min(3, nodes), nodes))]
    assert found.bound == pytest.approx(sum(each.bound for each in alone))


def part(asked: Asked, nodes: range) -> Asked:
    """Some nodes in a row, which share no edge with others."""
    graph = asked.graph
    a, b = graph.first[nodes.start], graph.first[nodes.stop]
    inside = (graph.tail >= nodes.start) & (graph.head < nodes.stop)
    ends = [(end - nodes.start)[inside] for end in (graph.tail, graph.head)]
    gb = np.stack([graph.out_gb, graph.back_gb, graph.within_gb], axis=1)[inside]
    first = graph.first[nodes.start : nodes.stop + 1] - a
    smaller = graph_of(first, graph.region[a:b], ends[0], ends[1], gb, graph.table[inside])
    ways, charges = np.repeat(inside, 2), asked.costs.charges
    if len(charges.usd):
        charges = charges._replace(usd=charges.usd[ways])
    costs = asked.costs._replace(elsewhere=asked.costs.elsewhere[ways], charges=charges)
    return Asked(smaller, asked.usd[a:b], costs, asked.closed)


@given(seeds)
def test_where_a_node_may_lie_in_few_of_many_regions_sums_are_the_same(seed: int) -> None:
    """Messages to few labels are added up one by one, those to many in whole rows."""
    draw = Random(seed)
    few = random_problem(draw, random_graph(draw, 4), 4, forbid=0.1)
    wide, many = few.costs, 60
    between, within = np.full((many, many), 7.0), np.full(many, 3.0)
    tables = np.full((len(wide.tables), many, many), 1.0)
    between[:REGIONS, :REGIONS], within[:REGIONS] = wide.regions.out, wide.within
    tables[:, :REGIONS, :REGIONS] = wide.tables
    region = few.graph.region + np.where(few.graph.region < REGIONS, 0, many - REGIONS).astype(np.uint32)
    graph = few.graph._replace(region=region)
    shares = np.zeros((PLACES, many + 1))
    for place in range(PLACES):
        for r, share in few.shares(REGIONS + place):
            shares[place, many if r == REGIONS else r] = share
    apart = np.full((len(wide.elsewhere), many), 5.0)
    apart[:, :REGIONS] = wide.elsewhere
    tariff = np.zeros((many, many), np.int64)
    charges = wide.charges
    if len(charges.usd):
        tariff[:REGIONS, :REGIONS] = charges.tariff
        charges = Charges.of(tariff, charges.usd)
    costs = costs_of(between, within, tables, Parts.of(many, shares), apart, charges)
    asked = Asked(graph, few.usd, costs, few.closed)
    found, same = answer(asked), answer(few)
    assert (found.bound, found.value) == pytest.approx((same.bound, same.value))
    assert found.rest == pytest.approx(same.rest)


def test_when_the_time_is_up_the_bound_so_far_is_given() -> None:
    draw = Random(0)
    asked = random_problem(draw, random_graph(draw, 6), 6)
    found = solved(Oracle(asked.graph), asked.usd, asked.costs, passes=10_000, gap=-1.0, until=0.0)
    assert found.bound <= min(asked.every_solution().values()) + 1e-6
    assert found.value == pytest.approx(asked.cost(tuple(found.labels.tolist())))


def test_the_bound_closes_most_small_problems() -> None:
    """Loose bounds would hold as well: on a fixed draw of cyclic problems, most must be tight."""
    tight = 0
    for seed in range(100):
        draw = Random(seed)
        asked = random_problem(draw, random_graph(draw, 5), 5)
        found = answer(asked, passes=100)
        optimum = min(asked.every_solution().values())
        tight += found.bound >= optimum - 1e-3
        assert found.bound >= 0.7 * optimum
        assert found.value <= 1.1 * optimum + 1
    assert tight >= 60


def test_a_graph_without_nodes_costs_nothing() -> None:
    none: NDArray[np.int64] = np.empty(0, np.int64)
    graph = graph_of(np.zeros(1, np.int64), none, none, none, np.empty((0, 3)), none)
    found = solved(
        Oracle(graph), np.empty(0), random_costs(Random(0), np.empty((0, 3)), 0, 1.0, 0.0), passes=3, gap=0.0, rest=True
    )
    assert (found.bound, found.value, len(found.labels)) == (0.0, 0.0, 0)
