"""Labels that another label of their node beats wherever the neighbours lie: most of a node with little traffic.

Moving a node from region r to t costs at most own(t) - own(r), and for each GB that it sends or receives the most that
the rates of t exceed those of r by. Where that is no more than nothing, r is not needed: any solution with r is as good
with t. What it costs more at least is kept, for those who ask what solutions with r cost.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.compiled import entry, fingerprint, inner
from placement.optimizer.pairwise.costs import NEVER, Costs
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Whole


@dataclass(frozen=True, eq=False)
class Dominance:
    """By label."""

    by: Whole
    """The label of the same node that stands for it; itself, if none beats it."""
    usd: Floats
    """A solution with the label costs at least so much more than with the one that stands for it."""

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Labels that none beats."""
        return np.asarray(self.by == np.arange(len(self.by)))

    @classmethod
    def of(cls, graph: Graph, usd: Floats, costs: Costs) -> "Dominance":
        """Nodes with an edge that closes pairs of regions keep all their labels."""
        by, more = np.arange(len(usd)), np.zeros(len(usd))
        dominate(graph, usd, costs, by, more)
        return cls(by, more)


@inner
def _excess(rates: Floats, within: Floats, excess: Floats) -> None:
    """excess[h, g] = the most that a GB to wherever it goes costs more from a region of group h than from one of g.

    Within a region it costs something between nothing and `within`, by group.
    """
    count = len(rates)
    for h in range(count):
        for g in range(count):
            most = rates[h, g]
            for d in range(count):
                if d not in (g, h) and rates[h, d] - rates[g, d] > most:
                    most = rates[h, d] - rates[g, d]
            if g != h:
                most = max(most, within[h] - rates[g, h])
                if rates[h, h] < NEVER:
                    most = max(most, rates[h, h] - rates[g, h])
            excess[h, g] = most


def _dominator(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def dominate(graph: Graph, usd: Floats, costs: Costs, by: Whole, more: Floats) -> int:
        """Fill in which label stands for each, and what it costs more at least. `by` names each itself at first."""
        count = len(costs.groups.out)
        out, back, within = np.empty((count, count)), np.empty((count, count)), np.zeros(count)
        for r in range(len(costs.within)):
            within[costs.group[r]] = max(within[costs.group[r]], costs.within[r])
        _excess(costs.groups.out, within, out)
        _excess(costs.groups.back, within, back)
        cheapest = np.empty(count, np.int64)
        for node in range(len(graph.first) - 1):
            sent, received, closed = 0.0, 0.0, False
            for at in range(graph.start[node], graph.start[node + 1]):
                edge = graph.incident[at]
                forth = graph.tail[edge] == node
                sent += graph.out_gb[edge] if forth else graph.back_gb[edge]
                received += graph.back_gb[edge] if forth else graph.out_gb[edge]
                closed = closed or graph.table[edge] != NO_TABLE
            if closed:
                continue
            a, b = graph.first[node], graph.first[node + 1]
            for g in range(count):
                cheapest[g] = -1
            for p in range(a, b):
                g = costs.group[graph.region[p]]
                if cheapest[g] < 0 or usd[p] < usd[cheapest[g]]:
                    cheapest[g] = p
            for p in range(a, b):
                g = costs.group[graph.region[p]]
                for h in range(count):
                    t = cheapest[h]
                    if t < 0 or t == p:
                        continue
                    spare = usd[p] - usd[t] - sent * out[h, g] - received * back[h, g]
                    if (spare > 0.0 or (spare == 0.0 and t < p)) and (by[p] == p or spare > more[p]):
                        by[p], more[p] = t, spare
        # Who stands for a label may have one that stands for it in turn; each is cheaper than the one before.
        for p in range(len(by)):
            while by[by[p]] != by[p]:
                more[p] += more[by[p]]
                by[p] = by[by[p]]
        return sources

    return dominate


dominate = _dominator(fingerprint())
