"""What the neighbours of some nodes ask for each region that these may take, wherever the neighbours themselves lie.

Along an edge from a node at b to its neighbour at r, which costs c(b, r), any m(b) leaves at least

    left(r) = min over b of  c(b, r) - m(b)

to be asked for where the neighbour lies: c(b, r) >= m(b) + left(r). Messages of the core make good m. What they leave
is found anew under other lines, so that messages found under some serve under all.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.edges import Edges
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Whole
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.tiers import Line

_PASSES = 40


@dataclass(frozen=True, eq=False)
class Neighbours:
    """One entry for each edge from one of the nodes to a node that is none of them."""

    edges: Edges
    closed_usd: float
    nodes: frozenset[int]
    node: Whole
    edge: Whole
    at_tail: Whole
    """Whether the node is the edge's tail."""
    here: Sequence[NDArray[np.intp]]
    """Regions that the node may take."""
    other: Whole
    """The neighbour."""
    asks: list[Floats]
    """m, in USD by region of the node."""

    @classmethod
    def of(cls, relaxation: Relaxation, lines: Sequence[Line], nodes: Collection[int]) -> "Neighbours":
        """As the messages of a run on all labels say."""
        edges, pairs = relaxation.edges, relaxation.pairs(lines)
        found = [
            (end, number, at_tail, other)
            for at_tail, ends, others in ((1, edges.tail, edges.head), (0, edges.head, edges.tail))
            for number, (end, other) in enumerate(zip(ends.tolist(), others.tolist(), strict=True))
            if end in nodes and other not in nodes
        ]
        node, edge, at_tail, other = np.array(found, np.int64).reshape(-1, 4).T
        oracle = Oracle(pairs.oracle.graph)
        graph, message = oracle.graph, oracle.state.message
        ran = oracle.run(
            relaxation.usd(pairs),
            pairs.costs,
            np.ones(len(oracle.components), np.bool_),
            passes=_PASSES,
            forests=0,
            gap=0.0,
            seed=relaxation.seed,
            start=None,
            rest=True,
            until=relaxation.until,
            threads=relaxation.threads,
        )
        rates = relaxation.rates(lines)
        labels = [(_labels(graph.first, here), _labels(graph.first, there)) for here, _, _, there in found]
        here, there = ([graph.region[ends[side]].astype(np.intp) for ends in labels] for side in range(2))
        near = cls(edges, relaxation.closed, frozenset(nodes), node, edge, at_tail, here, other, [])
        for k, (_, e, tail, _) in enumerate(found):
            mine, its = labels[k]
            to, back = graph.slot[2 * e + tail], graph.slot[2 * e + 1 - tail]
            said = message[to : to + len(mine)].copy()
            if not said.any():
                # The node was peeled from its neighbour, which hence has sent nothing.
                usd = near._pairs_usd(e, bool(tail), rates)[np.ix_(here[k], there[k])]
                said = (usd + ran.rest[its] - message[back : back + len(its)]).min(axis=1)
            near.asks.append(said)
        return near

    @cached_property
    def gb(self) -> dict[int, tuple[float, float]]:
        """By node: what flows from it, and to it, along these edges."""
        flows = {node: (0.0, 0.0) for node in self.nodes}
        for node, edge, tail in zip(self.node.tolist(), self.edge.tolist(), self.at_tail.tolist(), strict=True):
            out, back = self.edges.gb[edge, :2].tolist()
            before = flows[node]
            flows[node] = (before[0] + (out if tail else back), before[1] + (back if tail else out))
        return flows

    def left(self, rates: Rates, domains: Sequence[NDArray[np.intp]]) -> tuple[Floats, dict[int, Floats]]:
        """Under some lines, with neighbours in these regions: `Costs.elsewhere`, nothing of which is negative, and by
        node, shape (R,), what all of its neighbours ask for its regions."""
        elsewhere = np.zeros((2 * len(self.edges.tail), len(rates.within)))
        asked = {node: np.zeros(len(rates.within)) for node in self.nodes}
        for k, (node, edge, tail) in enumerate(
            zip(self.node.tolist(), self.edge.tolist(), self.at_tail.tolist(), strict=True)
        ):
            here, there = self.here[k], domains[int(self.other[k])]
            left = (self._pairs_usd(edge, bool(tail), rates)[here] - self.asks[k][:, None]).min(axis=0)[there]
            least = left.min()
            elsewhere[2 * edge + 1 - tail, there] = left - least
            asked[node][here] += self.asks[k] + least
        return elsewhere, asked

    def _pairs_usd(self, edge: int, at_tail: bool, rates: Rates) -> Floats:
        """Shape (R, R): what an edge costs with one end in the row's region, its tail or its head, and the other in the
        column's."""
        out, back, within = self.edges.gb[edge].tolist()
        if not at_tail:
            out, back = back, out
        usd = out * rates.between
        if back:
            usd += back * rates.between.T
        if rates.charges is not None:
            way, column, paid = 2 * edge + 1 - at_tail, rates.charges.columns.between, rates.charges.usd
            usd += paid[way][column] + paid[way ^ 1][column.T]
        np.fill_diagonal(usd, within * rates.within)
        if (table := self.edges.table[edge]) != NO_TABLE:
            closed = self.edges.closed[table]
            usd += self.closed_usd * (closed if at_tail else closed.T)
        return np.asarray(usd)


def _labels(first: Whole, node: int) -> Whole:
    return np.arange(first[node], first[node + 1])
