"""Flows of which one end is given, the internet or copies that stay: what they cost where the other end may lie."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates
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

    @classmethod
    def of(cls, problem: Problem, gb: Mapping[Anchor | None, Mapping[int, float]]) -> "Anchored":
        """From GB a month by anchor and node."""
        closed = [np.zeros((0, 0), np.bool_) if anchor is None else anchor.closed(problem) for anchor in gb]
        flows = [(node, k, volume) for k, by_node in enumerate(gb.values()) for node, volume in by_node.items()]
        node, anchor, volume = np.array(flows, np.float64).reshape(-1, 3).T
        return cls(list(gb), closed, node.astype(np.int64), anchor.astype(np.int64), volume.copy())

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
        usd = self._usd_per_gb(rates)[self.anchor[places.flow], places.region]
        closed = np.isinf(usd)
        usd[closed] = 0.0
        added = np.bincount(places.label, weights=usd * self.gb[places.flow], minlength=count)
        found = np.asarray(added, np.float64)
        # Even to a flow of nothing.
        found[places.label[closed]] = np.inf
        return found

    def on_regions(self, nodes: Iterable[int], rates: Rates) -> dict[int, Floats]:
        """The same by node and region, shape (R,), of some nodes."""
        usd = {node: np.zeros(len(rates.within)) for node in nodes}
        per_gb = self._usd_per_gb(rates)
        for node, anchor, gb in zip(self.node.tolist(), self.anchor.tolist(), self.gb.tolist(), strict=True):
            if node in usd:
                of = per_gb[anchor]
                usd[node] += np.where(np.isinf(of), np.inf, gb * np.where(np.isinf(of), 0.0, of))
        return usd

    def _usd_per_gb(self, rates: Rates) -> Floats:
        """Shape (anchors, R): at the other end's region; the best copy is read, all are written. Infinite where
        closed."""
        found = np.empty((len(self.anchors), len(rates.within)))
        back = rates.between.T
        for k, (anchor, closed) in enumerate(zip(self.anchors, self.closed, strict=True)):
            if anchor is None:
                found[k] = rates.to_internet
                continue
            copies = list(anchor.copies)
            usd = (rates.between if anchor.read else back)[copies]
            usd[closed] = np.inf
            usd[np.arange(len(copies)), copies] = anchor.crossing * rates.within[copies]
            found[k] = usd.min(axis=0) if anchor.read else usd.sum(axis=0)
        return found
