"""What flows together, whatever lies where: along an edge one way, or between a node and copies.

Stream 2e goes from the tail of edge e to its head, 2e + 1 back; then come those of anchored flows, one for each copy
that is written, and one for all copies of which the best is read. Last come flows to copies that may move, one each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.tariff import EgressTariff
from placement.optimizer.anchored import Anchored
from placement.optimizer.charges import Charges, Columns, Falling, in_order
from placement.optimizer.edges import Edges
from placement.optimizer.pairwise.costs import Parts
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates


@dataclass(frozen=True, eq=False)
class Streams:
    """All of a problem that decisions move."""

    edges: Edges
    tariffs: Sequence[EgressTariff]
    """Of the catalog."""
    columns: Columns
    gb: Floats
    """By stream, a month."""
    given: Floats
    """By column: GB that flow whatever is decided, as far as that is known."""

    @classmethod
    def of(
        cls, problem: Problem, edges: Edges, domains: Sequence[NDArray[np.intp]], tariffs: Sequence[int]
    ) -> "Streams":
        """Charged apart under these tariffs."""
        columns, anchored = Columns.of(problem.egress, tariffs), edges.anchored
        gb = np.concatenate([edges.gb[:, :2].ravel(), np.repeat(anchored.gb, np.diff(anchored.row)), edges.copied.gb])
        return cls(edges, problem.egress.tariffs, columns, gb, _given(edges.fixed, domains, columns))

    def through(
        self, numbers: NDArray[np.intp], parts: Parts, rates: Rates, copy_prices: Sequence[Floats] = ()
    ) -> Floats:
        """Shape (streams, T): the part of each that goes through each tariff, node i at numbers[i]; of several copies
        those are used that cost least at these rates and prices."""
        edges, regions, width = self.edges, len(rates.within), len(self.columns.tariffs) + 1
        found = np.zeros((len(self.gb), width))
        both = parts.pairs(numbers[edges.tail], numbers[edges.head], regions)
        apart = both.here != both.there
        edge, here, there, share = (each[apart] for each in both)
        for way, column in enumerate((self.columns.between[here, there], self.columns.between[there, here])):
            np.add.at(found, (2 * edge + way, column), share)
        alone = parts.shares(numbers, regions)[:, :regions]
        for charged in edges.anchored.charged(rates):
            share = alone[edges.anchored.node[charged.flows]]
            for copy in range(charged.row.shape[1]):
                row = np.broadcast_to(charged.row[:, copy, None], share.shape)
                np.add.at(found, (row, charged.column[:, copy]), share)
        self._add_copied(found, alone, rates, copy_prices)
        return found[:, :-1]

    def _add_copied(self, found: Floats, alone: Floats, rates: Rates, copy_prices: Sequence[Floats]) -> None:
        """To what goes through each tariff, what is read and written of copies that may move."""
        copied, charges = self.edges.copied, rates.charges
        assert charges is not None
        for number, of in enumerate(copied.sets):
            for flow, paid in copied.paid(of, rates):
                share = alone[of.flows[flow].node]
                here = np.flatnonzero(share)
                usd = paid[:, here]
                if copy_prices:
                    usd = usd + copy_prices[number][flow, :, None]
                column = copied.columns(of, flow, charges)[of.used(flow, usd), here]
                np.add.at(found[of.first + flow], column, share[here] / of.times(flow))

    def falling(self, through: Floats, high: Floats) -> list[Falling]:
        """By column: a cost under the tariff's, where no more gathers than so many GB, shape (tariffs,), and good where
        about so much of each stream goes through."""
        numbers, gb = self.columns.tariffs.tolist(), (self.gb @ through).tolist()
        return [
            Falling.under(self.tariffs[number], given, max(0.0, float(high[number]) - given), near)
            for number, given, near in zip(numbers, self.given.tolist(), gb, strict=True)
        ]

    def charges(self, falling: Sequence[Falling], through: Floats) -> Charges:
        """Those that solutions ask for of which so much of each stream went through each tariff."""
        count = len(falling)
        rate, least, fixed = np.zeros((len(self.gb), count + 1)), np.zeros(count), np.zeros(count)
        for column, (below, number, given) in enumerate(
            zip(falling, self.columns.tariffs.tolist(), self.given.tolist(), strict=True)
        ):
            rate[:, column] = in_order(below, self.gb, through[:, column])
            least[column] = below.lowest
            fixed[column] = self.tariffs[number].cost(given) - below.lowest * given + below.nano_usd[0]
        return Charges(self.columns, self.gb, rate, least, fixed)

    def beyond_usd(self, charges: Charges, through: Floats) -> float:
        """How much more than is charged it costs to send so much of each stream through each tariff."""
        paid = self.gb @ (charges.rate[:, :-1] * through) + charges.least * self.given + charges.fixed
        gb = self.volumes(through).tolist()
        cost = sum(self.tariffs[number].cost(gb[number]) for number in self.columns.tariffs.tolist())
        return float(cost - paid.sum()) / 1e9

    def volumes(self, through: Floats) -> Floats:
        """Shape (tariffs,): GB that gather in those that are charged apart, nothing in others."""
        gb = np.zeros(len(self.tariffs))
        gb[self.columns.tariffs] = self.gb @ through + self.given
        return gb


def _given(fixed: Anchored, domains: Sequence[NDArray[np.intp]], columns: Columns) -> Floats:
    """Of flows between copies that stay, but for those that are read from the best of several."""
    gb = np.zeros(len(columns.tariffs) + 1)
    for node, k, volume in zip(fixed.node.tolist(), fixed.anchor.tolist(), fixed.gb.tolist(), strict=True):
        anchor = fixed.anchors[k]
        if anchor is not None and len(anchor.copies) == 1:
            others = domains[node][domains[node] != anchor.copies[0]]
            np.add.at(gb, columns.between[anchor.copies[0], others], volume)
    return gb[:-1]
