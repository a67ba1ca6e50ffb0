"""Prices on rows folded into the costs of labels, and what a solution consumes and costs."""

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.coupled.choices import Choices
from placement.optimizer.coupled.compiled import fingerprint
from placement.optimizer.pairwise.compiled import entry
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.parts import pair_usd

NONE = -1
"""A label without any choice."""


def uses_of(choices: Choices, picked: Whole) -> tuple[Whole, NDArray[np.int32], Floats]:
    """(node, row, amount) of all uses of the choices picked by the nodes."""
    picked = np.where(picked == NONE, 0, picked)
    sizes = choices.start[picked + 1] - choices.start[picked]
    nodes = np.repeat(np.arange(len(picked)), sizes)
    at = np.arange(len(nodes)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(choices.start[picked], sizes)
    return nodes, choices.row[at], choices.amount[at]


def _folder(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def fold(choices: Choices, fixed: Floats, pi: Floats, closed: float, usd: Floats, pick: Whole) -> int:
        """usd[p] = fixed[p] + the cheapest choice of label p at these prices, `closed` without one; pick[p] is it."""
        for p in range(len(usd)):
            least, at = closed, NONE
            for c in range(choices.first[p], choices.first[p + 1]):
                cost = choices.usd[c]
                for u in range(choices.start[c], choices.start[c + 1]):
                    cost += choices.amount[u] * pi[choices.row[u]]
                if cost < least or at == NONE:
                    least, at = cost, c
            usd[p] = min(least + fixed[p], closed)
            pick[p] = at
        return sources

    return fold


def _weigher(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def weigh(
        graph: Graph,
        costs: Costs,
        choices: Choices,
        fixed: Floats,
        component: Whole,
        labels: Whole,
        picked: Whole,
        usd: Floats,
    ) -> int:
        """usd[k] += what the part of a solution in component k costs, without prices."""
        for i in range(len(labels)):
            p = graph.first[i] + labels[i]
            usd[component[i]] += choices.usd[picked[i]] + fixed[p]
        for e in range(len(graph.tail)):
            i, j = graph.tail[e], graph.head[e]
            r, s = graph.region[graph.first[i] + labels[i]], graph.region[graph.first[j] + labels[j]]
            usd[component[i]] += pair_usd(graph, costs, e, r, s)
        return sources

    return weigh


fold = _folder(fingerprint())
weigh = _weigher(fingerprint())
