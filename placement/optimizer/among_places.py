"""The pairwise part of a problem in which scattered workloads lie in places: each has its regions all at once.

Where nothing else ties nodes together, that leaves nothing out but the tiers of tariffs. Places are numbers beyond
those of regions in the domains; they stay, since what rules out a place need not rule out what lies between it and
others.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.copied import on_regions
from placement.optimizer.detours import Detours
from placement.optimizer.edges import Edges
from placement.optimizer.menus import Place
from placement.optimizer.neighbours import Neighbours
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.open_places import OpenPlaces
from placement.optimizer.pairwise.costs import NEVER, Costs
from placement.optimizer.pairwise.graph import NO_TABLE, Floats
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.places import placed
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Pairs, Ready, Relaxation, scattered
from placement.optimizer.tiers import Line


@dataclass(eq=False)
class AmongPlaces(Relaxation):
    """Like the relaxation that it is made of."""

    most_usd: float = np.inf
    """What costs more is forbidden."""
    alone_usd: Mapping[int, Floats] = field(default_factory=dict)
    """By node in places, shape (R,): all replicas in a region, without flows."""
    open: Mapping[int, OpenPlaces] = field(default_factory=dict)
    """By node: its labels, whose numbers are its domain: they keep these, and new ones have higher numbers."""
    near: Neighbours = field(init=False)

    @classmethod
    def of(cls, alone: Relaxation, lines: Sequence[Line]) -> "AmongPlaces":
        """With nothing said of where workloads lie that scatter."""
        near, rates = Neighbours.of(alone, lines, placed(alone.nodes)), alone.rates(lines)
        alone_usd = {index: alone.priced.get(index, alone.nodes[index].region_usd) for index in placed(alone.nodes)}
        region_usd, (_, asked_usd) = _with_flows(alone, rates, alone_usd), near.left(rates, alone.domains)
        found = {}
        for index, usd in region_usd.items():
            node = alone.nodes[index]
            assert isinstance(node, WorkloadNode)
            found[index] = OpenPlaces.of(alone.problem, node, alone.domains[index], usd + asked_usd[index])
        wide = cls(**{each.name: getattr(alone, each.name) for each in fields(Relaxation) if each.init})
        wide.priced = {node: usd for node, usd in alone.priced.items() if node not in found}
        wide.most_usd, wide.alone_usd, wide.near = alone.closed, alone_usd, near
        wide.domains = [np.empty(0, np.intp) if node in found else mine for node, mine in enumerate(alone.domains)]
        wide._list(found)
        return wide

    def _list(self, opened: Mapping[int, OpenPlaces]) -> None:
        """Take over the places of some nodes, of which the first labels are those that they had."""
        begun, count = len(self.parts.first) - 1, len(self.problem.catalog.regions)
        for node, places in opened.items():
            had = self.domains[node]
            added = np.zeros((len(places.ranks) - len(had), count + 1))
            added[:, [*places.regions, count]] = places.shares[len(had) :]
            self.parts = self.parts.more(added)
            numbers = np.concatenate([had, np.arange(begun, begun + len(added))])
            self.domains[node] = numbers[places.alive]
            begun += len(added)
        self.open = {**self.open, **{node: places.only(places.alive) for node, places in opened.items()}}

    def shrink(self, keep: NDArray[np.bool_]) -> None:
        """Leave only the marked labels."""
        ends = np.cumsum([len(domain) for domain in self.domains])
        first = ends - [len(domain) for domain in self.domains]
        self.open = {node: places.only(keep[first[node] : ends[node]]) for node, places in self.open.items()}
        super().shrink(keep)

    def largest_gb(self) -> Floats:
        """By all regions that parts of a workload may lie in."""
        domains = [self.open[node].regions if node in self.open else mine for node, mine in enumerate(self.domains)]
        return self.traffic.largest_volumes(self.nodes, domains)

    def cheap_and_open(self, rest: Sequence[Floats], room_usd: float) -> dict[int, NDArray[np.intp]]:
        """By node: open labels that may cost no more than the bound and that much, by what is left above it, by node
        and position in its domain."""
        cheap = {}
        for node, places in self.open.items():
            wanted = np.flatnonzero((rest[node] <= room_usd) & places.open)
            if len(wanted):
                cheap[node] = wanted
        return cheap

    def open_in(self, lies: NDArray[np.intp]) -> dict[int, NDArray[np.intp]]:
        """By node: the open label that a solution has, where it has one."""
        found = {}
        for node, places in self.open.items():
            label = np.searchsorted(self.domains[node], lies[node : node + 1])
            if places.open[label[0]]:
                found[node] = label
        return found

    def only_complete(self) -> "Relaxation | None":
        """Another without open places; None where a node would have nowhere to be."""
        keep = np.ones(sum(len(domain) for domain in self.domains), np.bool_)
        ends = np.cumsum([len(domain) for domain in self.domains])
        for node, places in self.open.items():
            if not places.complete.any():
                return None
            keep[ends[node] - len(places.complete) : ends[node]] = places.complete
        return self.narrowed(keep)

    def opened(self, labels: Mapping[int, NDArray[np.intp]]) -> "AmongPlaces":
        """Another with these opened further, which knows what the messages of this one say."""
        other = copy(self)
        other.domains, other.priced, other._own_usd = list(self.domains), dict(self.priced), None
        other._list({node: self.open[node].opened(which.tolist()) for node, which in labels.items()})
        edges, ready = self._prepared()
        oracle = Oracle(edges.graph(other.domains), ready.oracle.components)
        stay, known = _among(self.domains, other.domains), _among(other.domains, self.domains)
        oracle.learn(ready.oracle.shrunk(stay), known)
        other._ready = other._readied(edges, oracle)
        return other

    def pairs(self, lines: Sequence[Line]) -> Pairs:
        """With all that places cost by themselves."""
        pairs = super().pairs(lines)
        rates = self.rates(lines)
        region_usd = _with_flows(self, rates, self.alone_usd)
        elsewhere, asked_usd = self.near.left(rates, self.domains)
        first, never, detours = pairs.oracle.graph.first, self._forbidden_usd, Detours.of(pairs.costs)
        for node, places in self.open.items():
            usd = np.where(np.isfinite(region_usd[node]), region_usd[node], never)
            by_label = places.usd(usd, asked_usd[node], detours.usd(*self.near.gb[node]))
            pairs.usd[first[node] : first[node + 1]] = by_label
        return replace(pairs, costs=pairs.costs._replace(elsewhere=elsewhere))

    def _units(self, index: int) -> float:
        return np.inf if index in self.open else super()._units(index)

    def left_of(self, domains: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
        """By label of these domains, those of all nodes in a row, which are left; all, where a node lies in places."""
        mine = [domains[node] if node in self.open else left for node, left in enumerate(self.domains)]
        return _among(domains, mine)

    def completed(self, labels: NDArray[np.intp], pairs: Pairs) -> tuple[NDArray[np.intp], float]:
        """The solution with the best complete place of each workload that lies in an open one, the others where they
        are, one after the other; and how much more it costs."""
        found, more, first = labels.copy(), 0.0, pairs.oracle.graph.first
        for node, places in self.open.items():
            complete = places.complete
            if complete[labels[node]] or not complete.any():
                continue
            usd = pairs.usd[first[node] : first[node + 1]] + self._flows_usd(node, found, pairs.costs)
            found[node] = np.flatnonzero(complete)[np.argmin(usd[complete])]
            more += float(usd[found[node]] - usd[labels[node]])
        return found, more

    def _flows_usd(self, node: int, labels: NDArray[np.intp], costs: Costs) -> Floats:
        """By label of a node in places: what its edges cost with the others where they are."""
        edges, count = self.edges, len(costs.within)
        mine = self.parts.shares(self.domains[node], count)
        usd = np.zeros(len(mine))
        between = np.where(costs.regions.out < NEVER, costs.regions.out, 0.0)
        for edge in np.flatnonzero((edges.tail == node) | (edges.head == node)).tolist():
            at_tail = edges.tail[edge] == node
            other = int(edges.head[edge] if at_tail else edges.tail[edge])
            there = self.parts.shares(self.domains[other][labels[other]][None], count)[0]
            out, back, within = edges.gb[edge].tolist()
            out, back = (out, back) if at_tail else (back, out)
            regions = there[:-1]
            row = np.append(out * (between @ regions) + back * (regions @ between), 0.0)
            if len(costs.charges.usd):
                way = 2 * edge + 1 - at_tail
                charged = costs.charges.usd[way][costs.charges.tariff] + costs.charges.usd[way ^ 1][costs.charges.back]
                np.fill_diagonal(charged, 0.0)
                row[:-1] += charged @ regions
            row[:-1] += within * costs.within * regions
            if (table := edges.table[edge]) != NO_TABLE:
                closed = costs.tables[table] if at_tail else costs.tables[table].T
                row[:-1] += closed @ regions
            row[-1] = costs.elsewhere[2 * edge + 1 - at_tail] @ regions
            usd += mine @ row
        return usd

    @property
    def says_all(self) -> bool:
        """Open places stand for listed ones."""
        return all(node in self.open or not scattered(of) for node, of in enumerate(self.nodes))

    def place(self, index: int, number: int) -> Place | None:
        """An open place stands for a listed one."""
        if index not in self.open:
            return super().place(index, number)
        return self.open[index].place(int(np.searchsorted(self.domains[index], number)))

    def flat(self, regions: NDArray[np.intp]) -> NDArray[np.intp]:
        """Any place for one that is no longer there."""
        return super().flat(self.still(regions))

    def _own_usd_of(self, index: int) -> Floats:
        return np.zeros(len(self.domains[index])) if index in self.open else super()._own_usd_of(index)

    @property
    def _forbidden_usd(self) -> float:
        """So much that the least shares of both ends of a pair cost more than any solution."""
        return self.closed * max(sum(places.pattern) for places in self.open.values()) ** 2

    def _more_than_any(self, edges: Edges, ready: Ready) -> float:
        return self.most_usd


def _among(domains: Sequence[NDArray[np.intp]], others: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
    """By label, those of all nodes in a row: whether it is one of the others of its node."""
    return np.concatenate(
        [
            np.ones(len(mine), np.bool_) if mine is its else np.isin(mine, its)
            for mine, its in zip(domains, others, strict=True)
        ]
    )


def _with_flows(relaxation: Relaxation, rates: Rates, usd: Mapping[int, Floats]) -> dict[int, Floats]:
    """The same with what flows to and from what stays where it is."""
    given = relaxation.edges.anchored.on_regions(usd, rates)
    copied = relaxation.edges.copied.usd(rates, relaxation.copy_prices)
    return on_regions(copied, {node: usd[node] + given[node] for node in usd})
