"""Labels that another label of their node beats wherever the neighbours lie: most of a node with little traffic.

Moving a node from region r to t costs at most own(t) - own(r), and for each GB that it sends or receives the most that
the rates of t exceed those of r by. Where that is no more than nothing, r is not needed: any solution with r is as good
with t. What it costs more at least is kept, for those who ask what solutions with r cost.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.compiled import entry, fingerprint, inner
from placement.optimizer.pairwise.costs import NEVER, Costs
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Whole
from placement.optimizer.pairwise.parts import is_place


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
        """Nodes that lie in places, or with an edge that closes pairs of regions, keep all their labels; and so do all,
        where flows are charged apart."""
        by, more = np.arange(len(usd)), np.zeros(len(usd))
        if not len(costs.charges.usd):
            dominate(graph, usd, costs, _moves(costs), by, more)
        return cls(by, more)


class _Moves(NamedTuple):
    """What a move from the cheapest region h of a node to another costs, by group g; filled where it is asked for."""

    to: Floats
    """Shape (groups, groups): rates from the row's group, with nothing on the diagonal."""
    off: Floats
    """To the row's group."""
    within: Floats
    """Shape (groups,): the most that a GB costs within the regions of the group."""
    out: Floats
    """[h, g]: the most that a GB sent from h costs more than from g, wherever it goes."""
    back: Floats
    """[h, g]: the same of a GB received."""
    known: NDArray[np.bool_]
    """Shape (groups,): whether h has its rows in `out` and `back`."""
    cheapest: Whole
    """Shape (groups,): room for the cheapest label in each group of the node at hand."""


def _moves(costs: Costs) -> _Moves:
    """With nothing filled in."""
    count = len(costs.groups.out)
    among = costs.groups.out.diagonal()
    within = np.where(among < NEVER, among, 0.0)
    np.maximum.at(within, costs.group, costs.within)
    to, off = costs.groups.out.copy(), costs.groups.back.copy()
    np.fill_diagonal(to, 0.0)
    np.fill_diagonal(off, 0.0)
    room = np.empty((2, count, count))
    return _Moves(to, off, within, room[0], room[1], np.zeros(count, np.bool_), np.empty(count, np.int64))


@inner
def _excess(rates: Floats, h: int, within_usd: float, excess: Floats) -> None:
    """excess[g] = the most that a GB to wherever it goes costs more from a region of group h than from one of g.

    Within the regions of group h it costs `within_usd` at most; `rates` have nothing on their diagonal, for the least
    that it costs within those of group g.
    """
    for g in range(len(rates)):
        most = within_usd - rates[g, h]
        for d in range(len(rates)):
            more = rates[h, d] - rates[g, d]
            most = more if more > most else most
        excess[g] = most


@inner
def _gb_of(node: int, graph: Graph) -> tuple[float, float, bool]:
    """(GB that the node sends, GB that it receives, whether one of its edges has a table)."""
    sent, received, tabled = 0.0, 0.0, False
    for at in range(graph.start[node], graph.start[node + 1]):
        edge = graph.incident[at]
        forth = graph.tail[edge] == node
        sent += graph.out_gb[edge] if forth else graph.back_gb[edge]
        received += graph.back_gb[edge] if forth else graph.out_gb[edge]
        tabled = tabled or graph.table[edge] != NO_TABLE
    return sent, received, tabled


@inner
def _compare(p: int, t: int, limit: float, usd: Floats, by: Whole, more: Floats) -> None:
    """Let label t stand for p if it costs no more even where flows cost `limit` more."""
    spare = usd[p] - usd[t] - limit
    if t != p and (spare > 0.0 or (spare == 0.0 and t < p)) and (by[p] == p or spare > more[p]):
        by[p], more[p] = t, spare


def _dominator(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def dominate(graph: Graph, usd: Floats, costs: Costs, moves: _Moves, by: Whole, more: Floats) -> int:
        """Fill in which label stands for each, and what it costs more at least. `by` names each itself at first.

        Each label is compared with the cheapest of its node and of its group, which find nearly all that all would.
        """
        out, back, cheapest = moves.out, moves.back, moves.cheapest
        for node in range(len(graph.first) - 1):
            sent, received, tabled = _gb_of(node, graph)
            a, b = graph.first[node], graph.first[node + 1]
            if tabled or is_place(costs, graph.region[a]):
                continue
            for g in range(len(cheapest)):
                cheapest[g] = -1
            least = a
            for p in range(a, b):
                g = costs.group[graph.region[p]]
                if cheapest[g] < 0 or usd[p] < usd[cheapest[g]]:
                    cheapest[g] = p
                least = p if usd[p] < usd[least] else least
            h = costs.group[graph.region[least]]
            if not moves.known[h]:
                moves.known[h] = True
                _excess(moves.to, h, moves.within[h], out[h])
                _excess(moves.off, h, moves.within[h], back[h])
            for p in range(a, b):
                g = costs.group[graph.region[p]]
                _compare(p, least, sent * out[h, g] + received * back[h, g], usd, by, more)
                among = costs.groups.out[g, g]
                if among < NEVER:
                    _compare(p, cheapest[g], (sent + received) * among, usd, by, more)
        # Who stands for a label may have one that stands for it in turn; each is cheaper than the one before.
        for p in range(len(by)):
            while by[by[p]] != by[p]:
                more[p] += more[by[p]]
                by[p] = by[by[p]]
        return sources

    return dominate


dominate = _dominator(fingerprint())
