"""The pairwise part of a problem in which scattered workloads lie in places: each has its regions all at once.

Where nothing else ties nodes together, that leaves nothing out but the tiers of tariffs. Places are numbers beyond
those of regions in the domains; they stay, since what rules out a place need not rule out what lies between it and
others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.edges import Edges
from placement.optimizer.menus import Place
from placement.optimizer.neighbours import Neighbours
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.open_places import OpenPlaces
from placement.optimizer.pairwise.costs import NEVER, Costs, Parts
from placement.optimizer.pairwise.graph import NO_TABLE, Floats
from placement.optimizer.places import placed
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Pairs, Ready, Relaxation, Relaxed
from placement.optimizer.tiers import Line


@dataclass(eq=False)
class AmongPlaces(Relaxation):
    """Like the relaxation that it is made of."""

    most_usd: float = np.inf
    """What costs more is forbidden."""
    alone_usd: Mapping[int, Floats] = field(default_factory=dict)
    """By node in places, shape (R,): all replicas in a region, without flows."""
    open: Mapping[int, OpenPlaces] = field(default_factory=dict)
    begin: Mapping[int, int] = field(default_factory=dict)
    """By node: the number of its first place."""
    near: Neighbours = field(init=False)
    shares: Floats = field(init=False)
    """Shape (numbers, R + 1): what they stand for; last, without a region."""

    @classmethod
    def of(cls, alone: Relaxation, lines: Sequence[Line]) -> "AmongPlaces":
        """With nothing said of where workloads lie that scatter."""
        near, rates = Neighbours.of(alone, lines, placed(alone.nodes)), _rates(alone, lines)
        alone_usd = {index: alone.priced.get(index, alone.nodes[index].region_usd) for index in placed(alone.nodes)}
        region_usd, (_, asked_usd) = _with_flows(alone, rates, alone_usd), near.left(rates)
        found = {}
        for index, usd in region_usd.items():
            node = alone.nodes[index]
            assert isinstance(node, WorkloadNode)
            found[index] = OpenPlaces.of(alone.problem, node, alone.domains[index], usd + asked_usd[index])
        return cls._listing(alone, alone.closed, alone_usd, near, found)

    @classmethod
    def _listing(
        cls,
        like: Relaxation,
        most_usd: float,
        alone_usd: Mapping[int, Floats],
        near: Neighbours,
        open_: Mapping[int, OpenPlaces],
    ) -> "AmongPlaces":
        count = len(like.problem.catalog.regions)
        begin, shares, begun, domains = {}, [], count, list(like.domains)
        for node, places in open_.items():
            shares.append(places.shares(count))
            begin[node], begun = begun, begun + len(shares[-1])
            domains[node] = np.arange(begin[node], begun)
        wide = cls(like.problem, like.nodes, like.traffic, domains)
        wide.most_usd, wide.alone_usd, wide.near, wide.open, wide.begin = most_usd, alone_usd, near, open_, begin
        wide.priced = {node: usd for node, usd in like.priced.items() if node not in open_}
        wide.offset_usd = like.offset_usd
        wide.until, wide.threads, wide.seed = like.until, like.threads, like.seed
        wide.shares = np.concatenate([np.eye(count, count + 1), *shares])
        wide.parts = Parts.of(count, wide.shares[count:])
        return wide

    def opened(self, found: Relaxed, room_usd: float) -> "AmongPlaces | None":
        """With open places opened that may cost no more than the bound and that much; None if there are none."""
        opened = {}
        for node, places in self.open.items():
            labels, open_ = self.domains[node] - self.begin[node], ~places.complete
            wanted = labels[(found.rest[node] <= room_usd) & open_[labels]]
            if len(wanted):
                opened[node] = places.opened(wanted.tolist())
        return (
            self._listing(self, self.most_usd, self.alone_usd, self.near, {**self.open, **opened}) if opened else None
        )

    def pairs(self, lines: Sequence[Line]) -> Pairs:
        """With all that places cost by themselves."""
        pairs = super().pairs(lines)
        rates = _rates(self, lines)
        region_usd, (elsewhere, asked_usd) = _with_flows(self, rates, self.alone_usd), self.near.left(rates)
        first, never = pairs.oracle.graph.first, self.closed / self.parts.share.min()
        for node, places in self.open.items():
            usd = np.where(np.isfinite(region_usd[node]), region_usd[node], never)
            by_label = places.usd(usd, asked_usd[node])
            pairs.usd[first[node] : first[node + 1]] = by_label[self.domains[node] - self.begin[node]]
        return replace(pairs, costs=pairs.costs._replace(elsewhere=elsewhere))

    def _units(self, index: int) -> float:
        return np.inf if index in self.open else super()._units(index)

    def left_of(self, domains: Sequence[NDArray[np.intp]]) -> list[NDArray[np.bool_]]:
        """By node, which of these regions are left; all, where it lies in places."""
        return [
            np.ones(len(domain), np.bool_) if node in self.open else np.isin(domain, mine)
            for node, (domain, mine) in enumerate(zip(domains, self.domains, strict=True))
        ]

    def completed(self, labels: NDArray[np.intp], pairs: Pairs) -> tuple[NDArray[np.intp], float]:
        """The solution with the best complete place of each workload that lies in an open one, the others where they
        are, one after the other; and how much more it costs."""
        found, more, first = labels.copy(), 0.0, pairs.oracle.graph.first
        for node, places in self.open.items():
            complete = places.complete[self.domains[node] - self.begin[node]]
            if complete[labels[node]] or not complete.any():
                continue
            usd = pairs.usd[first[node] : first[node + 1]] + self._flows_usd(node, found, pairs.costs)
            found[node] = np.flatnonzero(complete)[np.argmin(usd[complete])]
            more += float(usd[found[node]] - usd[labels[node]])
        return found, more

    def _flows_usd(self, node: int, labels: NDArray[np.intp], costs: Costs) -> Floats:
        """By label of a node in places: what its edges cost with the others where they are."""
        edges, shares = self.edges, self.shares
        mine = shares[self.domains[node]]
        usd = np.zeros(len(mine))
        between = np.where(costs.regions.out < NEVER, costs.regions.out, 0.0)
        for edge in np.flatnonzero((edges.tail == node) | (edges.head == node)).tolist():
            at_tail = edges.tail[edge] == node
            other = int(edges.head[edge] if at_tail else edges.tail[edge])
            there = shares[self.domains[other][labels[other]]]
            out, back, within = edges.gb[edge].tolist()
            out, back = (out, back) if at_tail else (back, out)
            regions = there[:-1]
            row = np.append(out * (between @ regions) + back * (regions @ between), 0.0)
            row[:-1] += within * costs.within * regions
            if (table := edges.table[edge]) != NO_TABLE:
                closed = costs.tables[table] if at_tail else costs.tables[table].T
                row[:-1] += closed @ regions
            row[-1] = costs.elsewhere[2 * edge + 1 - at_tail] @ regions
            usd += mine @ row
        return usd

    def place(self, index: int, number: int) -> Place | None:
        """An open place stands for a listed one."""
        places = self.open.get(index)
        return super().place(index, number) if places is None else places.place(number - self.begin[index])

    def _own_usd_of(self, index: int) -> Floats:
        return np.zeros(len(self.domains[index])) if index in self.open else super()._own_usd_of(index)

    def _more_than_any(self, edges: Edges, ready: Ready) -> float:
        return self.most_usd


def _rates(relaxation: Relaxation, lines: Sequence[Line]) -> Rates:
    return Rates.of(relaxation.problem, np.array([line.rate for line in lines]))


def _with_flows(relaxation: Relaxation, rates: Rates, usd: Mapping[int, Floats]) -> dict[int, Floats]:
    """The same with what flows to and from what stays where it is."""
    given = relaxation.edges.anchored.on_regions(usd, rates)
    return {node: usd[node] + given[node] for node in usd}
