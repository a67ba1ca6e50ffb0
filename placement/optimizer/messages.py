"""A lower bound on pairwise problems by dual message passing, certified at every step.

    minimise  sum_i u_i(x_i) + sum_e p_e(x_i, x_j)      x_i a label of node i

Messages m_ij(x_j) shift cost between the nodes and edges without changing any sum. A pass sends from each node, in one
order, its own cost in equal parts along the edges that lead on (sequential tree-reweighted message passing, V.
Kolmogorov,
IEEE PAMI 28, 2006). What cannot be avoided on the way adds up to the bound; on a tree one pass is exact. The
cost left above that bound at label r of node i shows that every solution with x_i = r costs at least bound + rest_i(r).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_STALL = 1e-6
"""A pass that lifts the bound by less than this fraction has stalled."""


@dataclass(frozen=True, eq=False)
class Edge:
    """A cost p(x_i, x_j) between two nodes, i < j; rows are labels of i. Closed pairs cost `Pairwise.closed`."""

    i: int
    j: int
    cost: Matrix


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Costs of labels and of pairs of labels."""

    unary: Sequence[Vector]
    edges: Sequence[Edge]
    closed: float
    """Stands for "forbidden": more than any solution costs, yet finite, since infinite minus infinite is no cost."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What message passing proves and finds."""

    bound: float
    rest: Sequence[Vector]
    """By node: every solution with label r costs at least bound + rest[i][r]."""
    labels: NDArray[np.intp]
    """The best solution seen."""
    value: float
    """Its cost; at least `closed` if it uses a forbidden pair."""


class MessagePassing:
    """Messages for one graph, kept from call to call: new costs on the same graph start from the old messages."""

    def __init__(self, edges: Sequence[Edge], sizes: Sequence[int]) -> None:
        self.sizes = sizes
        self.incident: list[list[int]] = [[] for _ in sizes]
        for index, edge in enumerate(edges):
            self.incident[edge.i].append(index)
            self.incident[edge.j].append(index)
        self.ends = [(edge.i, edge.j) for edge in edges]
        self.to_j = [np.zeros(sizes[edge.j]) for edge in edges]
        self.to_i = [np.zeros(sizes[edge.i]) for edge in edges]

    def solve(
        self,
        problem: Pairwise,
        *,
        passes: int,
        gap: float,
        start: NDArray[np.intp] | None = None,
        until: float = np.inf,
    ) -> Relaxed:
        """Raise the bound and lower the value until they meet within `gap`, progress stalls, `passes` are spent, or
        the clock (`time.monotonic`) reaches `until`."""
        bound, value, stalled = -np.inf, np.inf, 0
        labels = np.zeros(len(self.sizes), np.intp)
        if start is not None:
            labels = self._improve(problem, start.copy())
            value = self.value(problem, labels)
        for step in range(passes):
            before = bound
            for forward in (True, False):
                bound = max(bound, self._pass(problem, forward, None))
            stalled = stalled + 1 if bound - before <= _STALL * abs(bound) else 0
            if step < 3 or step % 4 == 0 or stalled:
                tried = self._improve(problem, self._round(problem))
                if (cost := self.value(problem, tried)) < value:
                    labels, value = tried, cost
            if value - bound <= gap * abs(value) or stalled >= 4 or time.monotonic() > until:
                break
        given: list[Vector] = [np.full(size, -np.inf) for size in self.sizes]
        for forward in (True, False):
            rest: list[Vector] = [np.zeros(size) for size in self.sizes]
            found = self._pass(problem, forward, rest)
            bound = max(bound, found)
            given = [np.maximum(best, found + left) for best, left in zip(given, rest, strict=True)]
        return Relaxed(min(bound, value), [np.maximum(g - bound, 0.0) for g in given], labels, value)

    def value(self, problem: Pairwise, labels: NDArray[np.intp]) -> float:
        """The cost of one solution."""
        own = sum(float(u[x]) for u, x in zip(problem.unary, labels, strict=True))
        return own + sum(float(e.cost[labels[e.i], labels[e.j]]) for e in problem.edges)

    def _pass(self, problem: Pairwise, forward: bool, rest: list[Vector] | None) -> float:
        """Send along one order. Returns the bound; adds to `rest`, by node, the cost left above it."""
        bound = 0.0
        order = range(len(self.sizes)) if forward else range(len(self.sizes) - 1, -1, -1)
        for node in order:
            own = problem.unary[node].copy()
            onward: list[int] = []
            for index in self.incident[node]:
                first, second = self.ends[index]
                own += self.to_j[index] if node == second else self.to_i[index]
                if (node == first) == forward:
                    onward.append(index)
            part = 1.0 / max(len(onward), len(self.incident[node]) - len(onward), 1)
            kept = max(0.0, 1.0 - part * len(onward))
            least = float(own.min())
            bound += kept * least
            if rest is not None:
                rest[node] += kept * (own - least)
            for index in onward:
                bound += self._send(problem.edges[index], index, node, part * own, rest)
        return bound

    def _send(self, edge: Edge, index: int, node: int, share: Vector, rest: list[Vector] | None) -> float:
        """Send one message from `node`; returns what it adds to the bound."""
        if node == edge.i:
            cost, back = edge.cost, self.to_i[index]
        else:
            cost, back = edge.cost.T, self.to_j[index]
        share = share - back
        message = (share[:, None] + cost).min(axis=0)
        if rest is not None:
            rest[node] += share + (cost - message[None, :]).min(axis=1)
        least = float(message.min())
        message -= least
        if node == edge.i:
            self.to_j[index] = message
        else:
            self.to_i[index] = message
        return least

    def _round(self, problem: Pairwise) -> NDArray[np.intp]:
        """Fix nodes in order, each given the fixed ones before it and the messages of those after."""
        labels = np.zeros(len(self.sizes), np.intp)
        for node in range(len(self.sizes)):
            own = problem.unary[node].copy()
            for index in self.incident[node]:
                first, second = self.ends[index]
                if second == node:
                    own += problem.edges[index].cost[labels[first]]
                else:
                    own += self.to_i[index]
            labels[node] = int(own.argmin())
        return labels

    def _improve(self, problem: Pairwise, labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Move one node at a time while that lowers the cost."""
        for _ in range(20):
            moved = False
            for node in range(len(self.sizes)):
                own = problem.unary[node].copy()
                for index in self.incident[node]:
                    first, second = self.ends[index]
                    cost = problem.edges[index].cost
                    own += cost[labels[first]] if second == node else cost[:, labels[second]]
                best = int(own.argmin())
                if own[best] < own[labels[node]] - 1e-9:
                    labels[node], moved = best, True
            if not moved:
                break
        return labels
