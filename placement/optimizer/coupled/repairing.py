"""A solution that breaks rows becomes one that keeps them, by single moves, and then cheaper by single moves.

For each broken row the node whose best move costs least for each unit that it takes off the row moves first; a move
must never add to a row beyond its limit. What a move costs is looked up anew before it is made, since others moved.
"""

from typing import NamedTuple

import numpy as np

from placement.optimizer.coupled.choices import ROOM, Choices
from placement.optimizer.coupled.compiled import fingerprint
from placement.optimizer.coupled.waiting import Waiting, put, take_first
from placement.optimizer.pairwise.chance import shuffle
from placement.optimizer.pairwise.compiled import entry, inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.sending import add_fixed, other_end

_HUGE = 1e300
_LEAST_USD = 1e-7
"""A move that gains less is none."""


class Standing(NamedTuple):
    """The solution at hand, changed in place."""

    labels: Whole
    picked: Whole
    total: Floats
    """Shape (K,): what the rows add up to."""
    change: Floats
    """Shape (K,): room for the rows of one move; zero between moves."""
    touched: Whole
    """Room for the rows of one move: as many as two choices have uses."""
    around: Floats
    """Shape (R,): room for what a node's labels cost with its neighbours where they are."""
    order: Whole
    """Shape (N,): room for an order of the nodes."""
    waiting: Waiting
    """Room for all nodes."""


@inner
def _shift(choices: Choices, old: int, new: int, at: Standing) -> int:
    """Fill at.change with what the rows gain from choice `old` to `new`; returns how many of at.touched are."""
    count = 0
    for turn in range(2):
        c = new if turn == 0 else old
        sign = 1.0 if turn == 0 else -1.0
        for u in range(choices.start[c], choices.start[c + 1]):
            k = choices.row[u]
            if at.change[k] == 0.0:
                at.touched[count] = k
                count += 1
            at.change[k] += sign * choices.amount[u]
    return count


@inner
def _uses(choices: Choices, choice: int, row: int) -> bool:
    uses = False
    for u in range(choices.start[choice], choices.start[choice + 1]):
        uses = uses or choices.row[u] == row
    return uses


@inner
def _fits(limit: Floats, at: Standing, count: int) -> bool:
    """Whether the shift adds to no row beyond its limit."""
    for n in range(count):
        k = at.touched[n]
        if at.change[k] > ROOM and at.total[k] + at.change[k] > limit[k] + ROOM:
            return False
    return True


@inner
def _forget(at: Standing, count: int) -> None:
    for n in range(count):
        at.change[at.touched[n]] = 0.0


@inner
def _look_around(graph: Graph, costs: Costs, fixed: Floats, node: int, at: Standing) -> None:
    a, b = graph.first[node], graph.first[node + 1]
    h = at.around[: b - a]
    for p in range(b - a):
        h[p] = fixed[a + p]
    for n in range(graph.start[node], graph.start[node + 1]):
        edge = graph.incident[n]
        other = other_end(graph, edge, node)
        add_fixed(graph, costs, edge, node, graph.region[graph.first[other] + at.labels[other]], h)


@inner
def _best_move(
    graph: Graph, costs: Costs, choices: Choices, limit: Floats, fixed: Floats, node: int, row: int, at: Standing
) -> tuple[float, int, int]:
    """(cost, label, choice) of the node's best move that fits; for a row, cost by unit that it takes off the row.

    A row beyond the last is none.
    """
    _look_around(graph, costs, fixed, node, at)
    a, b = graph.first[node], graph.first[node + 1]
    h, old = at.around, at.picked[node]
    now, asked = h[at.labels[node]] + choices.usd[old], row < len(limit)
    best, label, choice = _HUGE if asked else -_LEAST_USD, -1, -1
    over = at.total[row] - limit[row] if asked else 1.0
    for p in range(b - a):
        for c in range(choices.first[a + p], choices.first[a + p + 1]):
            if c == old:
                continue
            cost = h[p] + choices.usd[c] - now
            if not asked and cost >= best:
                continue
            count = _shift(choices, old, c, at)
            good = _fits(limit, at, count)
            if good and asked:
                gain = -at.change[row]
                good = gain > ROOM
                if good:
                    cost /= min(gain, over) if cost > 0.0 else 1.0 / min(gain, over)
            _forget(at, count)
            if good and cost < best:
                best, label, choice = cost, p, c
    return best, label, choice


@inner
def _move(choices: Choices, node: int, label: int, choice: int, at: Standing) -> None:
    count = _shift(choices, at.picked[node], choice, at)
    for n in range(count):
        k = at.touched[n]
        at.total[k] += at.change[k]
        at.change[k] = 0.0
    at.labels[node], at.picked[node] = label, choice


def _repairer(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def repair(
        graph: Graph,
        costs: Costs,
        choices: Choices,
        limit: Floats,
        fixed: Floats,
        at: Standing,
        rounds: int,
        seed: int,
        stop: Whole,
    ) -> float:
        """Mend the solution, then move single nodes for up to `rounds`. Returns by how much rows are still broken."""
        np.random.seed(seed + 0 * sources)
        for row in range(len(limit)):
            if at.total[row] - limit[row] <= ROOM or stop[0] != 0:
                continue
            at.waiting.size[0] = 0
            for node in range(len(at.labels)):
                if not _uses(choices, at.picked[node], row):
                    continue
                cost, label, choice = _best_move(graph, costs, choices, limit, fixed, node, row, at)
                if label >= 0:
                    put(at.waiting, cost, node)
            while at.waiting.size[0] > 0 and at.total[row] - limit[row] > ROOM:
                node = take_first(at.waiting)
                cost, label, choice = _best_move(graph, costs, choices, limit, fixed, node, row, at)
                if label < 0:
                    continue
                if at.waiting.size[0] == 0 or cost <= at.waiting.usd[0] + _LEAST_USD:
                    _move(choices, node, label, choice, at)
                else:
                    put(at.waiting, cost, node)
        for node in range(len(at.order)):
            at.order[node] = node
        for _ in range(rounds):
            moved = False
            shuffle(at.order)
            for node in at.order:
                if stop[0] != 0:
                    break
                cost, label, choice = _best_move(graph, costs, choices, limit, fixed, node, len(limit), at)
                if label >= 0:
                    _move(choices, node, label, choice, at)
                    moved = True
            if not moved:
                break
        left = 0.0
        for row in range(len(limit)):
            left += max(0.0, at.total[row] - limit[row])
        return left

    return repair


repair = _repairer(fingerprint())
