"""Flows between nodes and datasets of which several copies may move: what they cost at least where the other end lies.

The best copy is read and all are written, of which so many lie in regions that differ. A price on reading or writing a
region's copy makes readers agree on where the copies are: what it adds there, the dataset is given for each region with
a copy. Written copies agree at prices of either sign, read ones at prices that are none or more, since a copy may lie
where nobody reads it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.charges import Charges
from placement.optimizer.nodes import DatasetNode, Node
from placement.optimizer.pairwise.graph import Floats, Graph, Regions
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates, flow_usd
from placement.optimizer.traffic import Arc, closed_to


class Copying(NamedTuple):
    """A flow between a node and all copies."""

    node: int
    gb: float
    read: bool
    max_rtt_ms: float | None
    crossing: float
    """Share of the volume that changes its zone within a region."""


@dataclass(frozen=True, eq=False)
class CopySet:
    """A dataset's C regions of which `kept` hold a copy."""

    name: str
    regions: NDArray[np.intp]
    usd: Floats
    """Shape (C,): a copy there."""
    kept: int
    flows: Sequence[Copying]
    first: int
    """The stream of the first flow, whose charges it pays; those of others follow."""

    def used(self, flow: int, usd: Floats) -> NDArray[np.intp]:
        """Shape (1 or `kept`, N): the copies that a flow uses, by what each costs, shape (C, N)."""
        if self.flows[flow].read:
            return np.asarray(usd.argmin(axis=0)[None])
        return np.argpartition(usd, self.kept - 1, axis=0)[: self.kept]

    def times(self, flow: int) -> int:
        """How often the flow's volume is sent."""
        return 1 if self.flows[flow].read else self.kept

    def given_usd(self, prices: Floats) -> float:
        """How much less the dataset costs at least for what it is given."""
        left = np.sort(self.usd - prices.sum(axis=0))[: self.kept].sum()
        return float(np.sort(self.usd)[: self.kept].sum() - left)


@dataclass(frozen=True, eq=False)
class Copied:
    """All such datasets of a problem that have flows."""

    problem: Problem
    sets: Sequence[CopySet]

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node], arcs: Sequence[tuple[int, Arc]], first: int) -> "Copied":
        """From arcs, with the dataset's position, and the number of the first stream."""
        flows: dict[int, list[Copying]] = defaultdict(list)
        for index, arc in arcs:
            read = arc.src == index
            other = arc.dst if read else arc.src
            assert other is not None
            flows[index].append(Copying(other, arc.gb, read, arc.max_rtt_ms, arc.crossing))
        sets = []
        for index, mine in flows.items():
            node = nodes[index]
            assert isinstance(node, DatasetNode)
            regions = np.flatnonzero(np.isfinite(node.region_usd))
            sets.append(
                CopySet(node.name, regions, node.region_usd[regions], min(node.copies, len(regions)), mine, first)
            )
            first += len(mine)
        return cls(problem, sets)

    def usd(self, rates: Rates, prices: Sequence[Floats]) -> dict[int, Floats]:
        """By node, shape (R,): infinite where closed. Without `prices` there are none."""
        usd: dict[int, Floats] = {}
        for number, of in enumerate(self.sets):
            for flow, paid in self.paid(of, rates):
                if prices:
                    paid = paid + prices[number][flow, :, None]
                least = np.take_along_axis(paid, of.used(flow, paid), axis=0).sum(axis=0)
                node = of.flows[flow].node
                usd[node] = usd[node] + least if node in usd else least
        return usd

    def on_labels(self, graph: Graph, rates: Rates, prices: Sequence[Floats]) -> Floats:
        """The same at each label of a graph; nothing for nodes whose labels are no single regions."""
        found = np.zeros(len(graph.region))
        for node, usd in self.usd(rates, prices).items():
            region = graph.region[graph.first[node] : graph.first[node + 1]]
            single = np.flatnonzero(region < len(usd))
            found[graph.first[node] + single] = usd[region[single]]
        return found

    def paid(self, of: CopySet, rates: Rates) -> Iterator[tuple[int, Floats]]:
        """(flow, shape (C, R)): USD for each copy at the other end's region, infinite where closed."""
        known: dict[tuple[bool, float | None, float], Floats] = {}
        for number, flow in enumerate(of.flows):
            key = flow.read, flow.max_rtt_ms, flow.crossing
            if key not in known:
                closed = closed_to(self.problem, flow.max_rtt_ms)
                closed = (closed if flow.read else closed.T)[of.regions]
                known[key] = rates.of_copies(of.regions, closed, flow.crossing, read=flow.read)
            usd = flow_usd(flow.gb, known[key])
            if rates.charges is not None:
                usd += rates.charges.usd[of.first + number][self.columns(of, number, rates.charges)] / of.times(number)
            yield number, usd

    def columns(self, of: CopySet, flow: int, charges: Charges) -> Regions:
        """Shape (C, R): which of the charges is paid for each copy, by the other end's region."""
        columns = charges.columns.between
        return (columns if of.flows[flow].read else columns.T)[of.regions]

    @property
    def gb(self) -> Floats:
        """By stream, a month, to all copies together."""
        return np.array([flow.gb * of.times(k) for of in self.sets for k, flow in enumerate(of.flows)])

    def given_usd(self, prices: Sequence[Floats]) -> float:
        """What all datasets are given."""
        return sum(of.given_usd(mine) for of, mine in zip(self.sets, prices, strict=True))

    def only(self, regions: Mapping[str, Sequence[str]]) -> list[Floats]:
        """Prices at which only the copies in these regions, by dataset, are read or written."""
        found = []
        for of in self.sets:
            number = [self.problem.region(region) for region in regions[of.name]]
            here = np.where(np.isin(of.regions, number), 0.0, np.inf)
            found.append(np.tile(here, (len(of.flows), 1)))
        return found

    def no_prices(self) -> list[Floats]:
        """To begin with."""
        return [np.zeros((len(of.flows), len(of.regions))) for of in self.sets]


def on_regions(usd: Mapping[int, Floats], nodes: Mapping[int, Floats]) -> dict[int, Floats]:
    """What some nodes cost by region, with what their flows cost there."""
    return {node: mine + usd[node] if node in usd else mine for node, mine in nodes.items()}
