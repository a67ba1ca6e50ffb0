"""Rows around the pairwise core: bounds hold, solutions keep the rows, and all steps agree with trying everything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from time import monotonic

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from placement.optimizer.coupled.choices import Choices, taken, without_hopeless
from placement.optimizer.coupled.folding import uses_of
from placement.optimizer.coupled.portion import Portion
from placement.optimizer.coupled.pricing import Coupled, Pricing, Until
from placement.optimizer.coupled.solving import close_couplings
from placement.optimizer.pairwise import oracle as running
from placement.optimizer.pairwise.costs import costs_of
from placement.optimizer.pairwise.graph import NO_TABLE, graph_of
from placement.optimizer.pairwise.oracle import Oracle

seeds = st.integers(0, 2**32 - 1)
REGIONS, ROWS = 4, 3
CLOSED = 1e5


def nothing(step: str) -> None:
    """For those who need no log."""


@dataclass(frozen=True)
class Small:
    """A problem whose solutions can all be tried."""

    coupled: Coupled

    def solutions(self) -> Iterator[tuple[float, list[int], list[int]]]:
        """(cost, labels, choices) of all that keep the rows."""
        c, graph = self.coupled, self.coupled.oracle.graph
        nodes = range(len(graph.first) - 1)
        options = [
            [(p - graph.first[i], k) for p in range(graph.first[i], graph.first[i + 1]) for k in self._choices(p)]
            for i in nodes
        ]
        for chosen in product(*options):
            labels, picked = [int(label) for label, _ in chosen], [k for _, k in chosen]
            used = np.zeros(len(c.limit))
            for k in picked:
                for u in range(c.choices.start[k], c.choices.start[k + 1]):
                    used[c.choices.row[u]] += c.choices.amount[u]
            limit = c.limit
            if c.portion is not None:
                limit = c.portion.limits(limit, -float(used[c.portion.whole]))
            if (used <= limit + 1e-9).all():
                yield self._usd(labels, picked), labels, picked

    def _choices(self, label: int) -> range:
        return range(self.coupled.choices.first[label], self.coupled.choices.first[label + 1])

    def _usd(self, labels: list[int], picked: list[int]) -> float:
        c, graph = self.coupled, self.coupled.oracle.graph
        at = [int(graph.first[i]) + x for i, x in enumerate(labels)]
        usd = sum(float(c.choices.usd[k] + c.fixed[p]) for p, k in zip(at, picked, strict=True))
        for e in range(len(graph.tail)):
            r, s = int(graph.region[at[graph.tail[e]]]), int(graph.region[at[graph.head[e]]])
            if r == s:
                usd += float(graph.within_gb[e] * c.costs.within[r])
            else:
                usd += float(graph.out_gb[e] * c.costs.regions.out[r, s] + graph.back_gb[e] * c.costs.regions.out[s, r])
        return usd


def small(draw: Random, nodes: int = 4, portion: Portion | None = None) -> Small:
    """Each label with one to three choices, which use up to two of the rows; limits that mostly bind. Half of the
    choices are of a part of the portion, few stand for others."""
    pairs = [pair for pair in combinations(range(nodes), 2) if draw.random() < 0.5]
    domains = [sorted(draw.sample(range(REGIONS), draw.randint(2, 3))) for _ in range(nodes)]
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    gb = np.array([[draw.randint(0, 5), draw.randint(0, 5), 0] for _ in pairs], np.float64).reshape(-1, 3)
    first = np.cumsum([0, *map(len, domains)])
    graph = graph_of(first, np.concatenate(domains), ends[:, 0], ends[:, 1], gb, np.full(len(pairs), NO_TABLE))
    between = np.array([[draw.randint(0, 9) for _ in range(REGIONS)] for _ in range(REGIONS)], np.float64)
    starts, usd, uses_at, rows, amounts = [0], [], [0], [], []
    for _ in range(first[-1]):
        for _ in range(draw.randint(1, 3)):
            usd.append(float(draw.randint(0, 40)))
            for row in draw.sample(range(ROWS), draw.randint(0, 2)):
                rows.append(row)
                amounts.append(float(draw.randint(1, 4)))
            if portion is not None and draw.random() < 0.5:
                amount, stands = float(draw.randint(1, 4)), draw.random() < 0.15
                rows += [portion.stand_ins if stands else int(draw.choice(portion.parts)), portion.whole]
                amounts += [1.0 if stands else amount, -amount]
            uses_at.append(len(rows))
        starts.append(len(usd))
    choices = Choices(
        np.array(starts), np.array(usd), np.array(uses_at), np.array(rows, np.int32), np.array(amounts, np.float64)
    )
    limit = np.array([float(draw.randint(1, 7)) for _ in range(ROWS)])
    costs = costs_of(between, np.zeros(REGIONS), np.zeros((0, REGIONS, REGIONS)))
    fixed = np.array([float(draw.randint(0, 5)) for _ in range(first[-1])])
    if portion is not None:
        limit = np.concatenate([2 * limit, np.zeros(len(portion.parts) + 2)])
    return Small(Coupled(Oracle(graph), costs, fixed, choices, limit, CLOSED, portion))


def portioned(draw: Random) -> Small:
    """With three parts that may take half of the whole each, or less than that."""
    parts = np.arange(ROWS, ROWS + 3)
    return small(draw, portion=Portion(parts, ROWS + 3, draw.choice([0.34, 0.4, 0.5]), ROWS + 4))


def worked_on(problem: Small, *, columns: bool, cases: bool, threads: int = 1) -> Pricing:
    pricing = Pricing(problem.coupled, Until(1e-9, monotonic() + 5), threads=threads)
    close_couplings(pricing, nothing, columns=columns, cases=cases)
    return pricing


def check(problem: Small, *, columns: bool, cases: bool) -> None:
    pricing = worked_on(problem, columns=columns, cases=cases)
    best = min((usd for usd, _, _ in problem.solutions()), default=np.inf)
    event("solvable" if best < np.inf else "no solution")
    assert pricing.bound <= best + 1e-6 or best == np.inf
    if pricing.labels is None or pricing.picked is None:
        return
    assert pricing.value >= best - 1e-6
    assert (pricing.labels.tolist(), pricing.picked.tolist()) in [found[1:] for found in problem.solutions()]
    assert pricing.cost_by_component(pricing.labels, pricing.picked).sum() == pytest.approx(pricing.value)
    event("optimum found" if pricing.value < best + 1e-6 else "optimum missed")


@pytest.mark.parametrize(("columns", "cases"), [(False, False), (True, False), (False, True), (True, True)])
@settings(max_examples=60)
@given(seed=seeds)
def test_bounds_lie_under_every_solution_that_keeps_the_rows(columns: bool, cases: bool, seed: int) -> None:
    check(small(Random(seed)), columns=columns, cases=cases)


@pytest.mark.parametrize(("columns", "cases"), [(False, False), (True, False), (False, True), (True, True)])
@settings(max_examples=60)
@given(seed=seeds)
def test_bounds_lie_under_every_solution_whose_parts_keep_their_fraction(columns: bool, cases: bool, seed: int) -> None:
    check(portioned(Random(seed)), columns=columns, cases=cases)


@pytest.mark.long
@pytest.mark.parametrize("kind", [small, portioned])
@pytest.mark.parametrize(("columns", "cases"), [(False, False), (True, False), (False, True), (True, True)])
@settings(max_examples=1000)
@given(seed=seeds)
def test_bounds_lie_under_every_solution_of_a_thousand(
    columns: bool, cases: bool, kind: Callable[[Random], Small], seed: int
) -> None:
    check(kind(Random(seed)), columns=columns, cases=cases)


@pytest.mark.parametrize(("kind", "most"), [(small, 0.85), (portioned, 0.6)])
def test_most_optima_are_found(kind: Callable[[Random], Small], most: float) -> None:
    found = solvable = 0
    for seed in range(60):
        problem = kind(Random(seed))
        best = min((usd for usd, _, _ in problem.solutions()), default=np.inf)
        solvable += best < np.inf
        found += worked_on(problem, columns=True, cases=True).value < best + 1e-6
    assert solvable >= 20
    assert found >= most * solvable


def test_one_thread_and_two_give_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_WORTH_THREADS", 0)
    for seed in range(10):
        one = worked_on(small(Random(seed), nodes=6), columns=True, cases=False)
        two = worked_on(small(Random(seed), nodes=6), columns=True, cases=False, threads=2)
        assert (one.bound, one.value) == (two.bound, two.value)
        assert [each.picked is None for each in (one, two)] in ([True, True], [False, False])
        if one.picked is not None and two.picked is not None:
            assert one.picked.tolist() == two.picked.tolist()


@settings(max_examples=50)
@given(seeds)
def test_a_choice_is_dropped_only_if_no_solution_has_it(seed: int) -> None:
    problem = small(Random(seed))
    c = problem.coupled
    keep = without_hopeless(c.choices, c.limit, np.ones(len(c.choices.usd), np.bool_))
    used = {k for _, _, picked in problem.solutions() for k in picked}
    assert all(keep[k] for k in used)
    fewer = Small(Coupled(c.oracle, c.costs, c.fixed, taken(c.choices, keep), c.limit, c.closed))
    costs = sorted(usd for usd, _, _ in problem.solutions())
    assert sorted(usd for usd, _, _ in fewer.solutions()) == costs


def test_a_choice_stays_where_the_true_one_may_lie_between() -> None:
    c = small(Random(1)).coupled
    assert without_hopeless(c.choices, np.zeros(ROWS), np.zeros(len(c.choices.usd), np.bool_)).all()


def test_uses_are_those_of_the_choices_picked() -> None:
    choices = Choices(
        np.array([0, 2, 3]),
        np.zeros(3),
        np.array([0, 2, 2, 3]),
        np.array([0, 1, 2], np.int32),
        np.array([1.0, 2.0, 3.0]),
    )
    nodes, rows, amounts = uses_of(choices, np.array([0, 2]))
    assert (nodes.tolist(), rows.tolist(), amounts.tolist()) == ([0, 0, 1], [0, 1, 2], [1.0, 2.0, 3.0])
