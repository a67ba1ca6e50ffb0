"""The pairwise part of a problem in which scattered workloads lie in places: each has its regions all at once.

Where nothing else ties nodes together, that leaves nothing out but the tiers of tariffs. Places are numbers beyond
those of regions in the domains; they stay, since what rules out a place need not rule out what lies between it and
others.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from placement.optimizer.edges import Edges
from placement.optimizer.menus import Place
from placement.optimizer.neighbours import Neighbours
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.open_places import OpenPlaces
from placement.optimizer.pairwise.costs import Parts
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.places import placed
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Pairs, Ready, Relaxation, Relaxed
from placement.optimizer.tiers import Line


@dataclass(eq=False)
class AmongPlaces(Relaxation):
    """Like the relaxation that it is made of."""

    most_usd: float = np.inf
    """What costs more is forbidden."""
    open: Mapping[int, OpenPlaces] = field(default_factory=dict)
    begin: Mapping[int, int] = field(default_factory=dict)
    """By node: the number of its first place."""
    near: Neighbours = field(init=False)

    @classmethod
    def of(cls, alone: Relaxation, lines: Sequence[Line]) -> "AmongPlaces":
        """With nothing said of where workloads lie that scatter."""
        near, rates = Neighbours.of(alone, lines, placed(alone.nodes)), _rates(alone, lines)
        region_usd, (_, asked_usd) = _region_usd(alone, rates, placed(alone.nodes)), near.left(rates)
        found = {}
        for index in placed(alone.nodes):
            node = alone.nodes[index]
            assert isinstance(node, WorkloadNode)
            usd = region_usd[index] + asked_usd[index]
            found[index] = OpenPlaces.of(alone.problem, node, alone.domains[index], usd)
        return cls._listing(alone, alone.closed, near, found)

    @classmethod
    def _listing(
        cls, like: Relaxation, most_usd: float, near: Neighbours, open_: Mapping[int, OpenPlaces]
    ) -> "AmongPlaces":
        count = len(like.problem.catalog.regions)
        begin, shares, begun, domains = {}, [], count, list(like.domains)
        for node, places in open_.items():
            shares.append(places.shares(count))
            begin[node], begun = begun, begun + len(shares[-1])
            domains[node] = np.arange(begin[node], begun)
        wide = cls(like.problem, like.nodes, like.traffic, domains, most_usd=most_usd, open=open_, begin=begin)
        wide.near = near
        wide.until, wide.threads, wide.seed = like.until, like.threads, like.seed
        wide.parts = Parts.of(count, np.concatenate(shares))
        return wide

    def opened(self, found: Relaxed, room_usd: float) -> "AmongPlaces | None":
        """With open places opened that may cost no more than the bound and that much; None if there are none."""
        opened = {}
        for node, places in self.open.items():
            labels, open_ = self.domains[node] - self.begin[node], ~places.complete
            wanted = labels[(found.rest[node] <= room_usd) & open_[labels]]
            if len(wanted):
                opened[node] = places.opened(wanted.tolist())
        return self._listing(self, self.most_usd, self.near, {**self.open, **opened}) if opened else None

    def pairs(self, lines: Sequence[Line]) -> Pairs:
        """With all that places cost by themselves."""
        pairs = super().pairs(lines)
        rates = _rates(self, lines)
        region_usd, (elsewhere, asked_usd) = _region_usd(self, rates, self.open), self.near.left(rates)
        first, never = pairs.oracle.graph.first, self.closed / self.parts.share.min()
        for node, places in self.open.items():
            usd = np.where(np.isfinite(region_usd[node]), region_usd[node], never)
            by_label = places.usd(usd, asked_usd[node])
            pairs.usd[first[node] : first[node + 1]] = by_label[self.domains[node] - self.begin[node]]
        return replace(pairs, costs=pairs.costs._replace(elsewhere=elsewhere))

    def _units(self, index: int) -> float:
        return np.inf if index in self.open else super()._units(index)

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


def _region_usd(relaxation: Relaxation, rates: Rates, nodes: Collection[int]) -> dict[int, Floats]:
    """By node, shape (R,): what it costs with all replicas in a region, but for what flows along edges."""
    given = relaxation.edges.anchored.on_regions(nodes, rates)
    return {node: relaxation.nodes[node].region_usd + given[node] for node in nodes}
