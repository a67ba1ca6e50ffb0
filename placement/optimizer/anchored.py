"""Flows of which one end is given, the internet or copies that stay: what they cost where the other end may lie."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.graph import Floats, Graph, Regions, Whole
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates, flow_usd
from placement.optimizer.traffic import Closed, closed_to


@dataclass(frozen=True, slots=True)
class Anchor:
    """Copies that stay where they are, and how they are read or written from elsewhere."""

    copies: tuple[int, ...]
    read: bool
    max_rtt_ms: float | None
    crossing: float
    """Share of the volume that changes its zone within a region."""

    def closed(self, problem: Problem) -> Closed:
        """Shape (copies, R): which other ends they cannot have."""
        closed = closed_to(problem, self.max_rtt_ms)
        return (closed if self.read else closed.T)[list(self.copies)]


class Places(NamedTuple):
    """The labels of a graph at which flows cost something, one entry for each of both."""

    flow: Whole
    label: Whole
    region: NDArray[np.intp]


class Charged(NamedTuple):
    """Flows of one anchor, F of them, to C copies or from the best one."""

    flows: NDArray[np.intp]
    usd: Floats
    """Shape (F, R): at the other end's region; infinite where closed."""
    row: Whole
    """Shape (F, C): whose charges they pay."""
    column: Regions
    """Shape (F, C, R)."""


@dataclass(frozen=True, eq=False)
class Anchored:
    """Flows to or from nodes that may move, by anchor; None stands for the internet."""

    anchors: Sequence[Anchor | None]
    closed: Sequence[Closed]
    """By anchor, shape (copies, R); none for the internet."""
    node: Whole
    """By flow."""
    anchor: Whole
    """By flow, which of the anchors."""
    gb: Floats
    row: Whole
    """Shape (flows + 1,): which streams' charges each flow pays, from so many on: one for each copy that it goes to."""

    @classmethod
    def of(cls, problem: Problem, gb: Mapping[Anchor | None, Mapping[int, float]], first: int) -> "Anchored":
        """From GB a month by anchor and node, and the number of its first stream."""
        closed = [np.zeros((0, 0), np.bool_) if anchor is None else anchor.closed(problem) for anchor in gb]
        flows = [(node, k, volume) for k, by_node in enumerate(gb.values()) for node, volume in by_node.items()]
        node, anchor, volume = np.array(flows, np.float64).reshape(-1, 3).T
        count = np.array([1 if each is None or each.read else len(each.copies) for each in gb], np.int64)
        which = anchor.astype(np.int64)
        row = first + np.concatenate([[0], np.cumsum(count[which])])
        return cls(list(gb), closed, node.astype(np.int64), which, volume.copy(), row)

    def places(self, graph: Graph, regions: int) -> Places:
        """Where the flows of a graph's nodes may end, but for nodes whose labels are no single `regions`."""
        size = np.diff(graph.first)[self.node]
        flow = np.repeat(np.arange(len(self.node)), size)
        rank = np.arange(len(flow)) - np.repeat(np.cumsum(size) - size, size)
        label = graph.first[self.node][flow] + rank
        single = graph.region[label] < regions
        return Places(flow[single], label[single], graph.region[label[single]].astype(np.intp))

    def on_labels(self, places: Places, count: int, rates: Rates) -> Floats:
        """Shape (count,): what all flows cost at each label of a graph, in USD a month; infinite where closed."""
        if rates.charges is None:
            usd, times = self._usd_per_gb(rates)[self.anchor[places.flow], places.region], self.gb[places.flow]
        else:
            usd, times = self._charged_usd(rates)[places.flow, places.region], np.ones(len(places.flow))
        closed = np.isinf(usd)
        usd[closed] = 0.0
        added = np.bincount(places.label, weights=usd * times, minlength=count)
        found = np.asarray(added, np.float64)
        # Even to a flow of nothing.
        found[places.label[closed]] = np.inf
        return found

    def on_regions(self, nodes: Iterable[int], rates: Rates) -> dict[int, Floats]:
        """The same by node and region, shape (R,), of some nodes."""
        usd = {node: np.zeros(len(rates.within)) for node in nodes}
        if rates.charges is not None:
            charged = self._charged_usd(rates)
            for flow, node in enumerate(self.node.tolist()):
                if node in usd:
                    usd[node] += charged[flow]
            return usd
        per_gb = self._usd_per_gb(rates)
        for node, anchor, gb in zip(self.node.tolist(), self.anchor.tolist(), self.gb.tolist(), strict=True):
            if node in usd:
                usd[node] += flow_usd(gb, per_gb[anchor])
        return usd

    def charged(self, rates: Rates) -> Iterator["Charged"]:
        """What all flows pay under charges, by anchor."""
        charges = rates.charges
        assert charges is not None
        for k, anchor in enumerate(self.anchors):
            flows, usd = np.flatnonzero(self.anchor == k), self._by_copy(k, rates)
            if anchor is None:
                column = charges.columns.to_internet[None]
            else:
                columns = charges.columns.between
                column = (columns if anchor.read else columns.T)[list(anchor.copies)]
            row = self.row[flows][:, None] + np.arange(1 if anchor is None or anchor.read else len(anchor.copies))
            never = np.isinf(usd)
            paid = self.gb[flows, None, None] * np.where(never, 0.0, usd) + charges.usd[row[:, :, None], column]
            paid[:, never] = np.inf
            if anchor is not None and anchor.read:
                best = paid.argmin(axis=1)
                paid, column = paid.min(axis=1), column[best, np.arange(len(rates.within))][:, None]
            else:
                paid, column = paid.sum(axis=1), np.broadcast_to(column, (len(flows), *column.shape))
            yield Charged(flows, paid, row, column)

    def _charged_usd(self, rates: Rates) -> Floats:
        """Shape (flows, R)."""
        usd = np.zeros((len(self.node), len(rates.within)))
        for part in self.charged(rates):
            usd[part.flows] = part.usd
        return usd

    def _usd_per_gb(self, rates: Rates) -> Floats:
        """Shape (anchors, R): at the other end's region; the best copy is read, all are written. Infinite where
        closed."""
        found = np.empty((len(self.anchors), len(rates.within)))
        for k, anchor in enumerate(self.anchors):
            usd = self._by_copy(k, rates)
            found[k] = usd.min(axis=0) if anchor is None or anchor.read else usd.sum(axis=0)
        return found

    def _by_copy(self, k: int, rates: Rates) -> Floats:
        """Shape (copies of the anchor, R), or (1, R) to the internet: USD per GB at the other end's region."""
        anchor = self.anchors[k]
        if anchor is None:
            return rates.to_internet[None]
        return rates.of_copies(np.array(anchor.copies, np.intp), self.closed[k], anchor.crossing, read=anchor.read)
