"""How many GB each tariff carries when every node lies in one region: what a placement's own arithmetic would say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.market.egress import NO_TARIFF
from placement.optimizer.nodes import DatasetNode, Node
from placement.optimizer.pairwise.costs import Parts
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem
from placement.optimizer.traffic import Traffic

_INTERNET = -1


@dataclass(frozen=True, eq=False)
class Loads:
    """Arcs as arrays, from place to place: a place is a node, or a copy of a dataset that stays in several regions."""

    problem: Problem
    src: NDArray[np.intp]
    dst: NDArray[np.intp]
    gb: Floats
    crossing: Floats
    copies: NDArray[np.intp]
    """Regions of the places beyond the nodes."""
    reads: Sequence[tuple[NDArray[np.intp], int]]
    """Arcs, by position, that read the best of the copies at these places."""

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node], traffic: Traffic) -> "Loads":
        """Of nodes that each lie in one region or place, but for datasets that stay."""
        copies: list[int] = []
        places: dict[int, list[int]] = {}
        for index, node in enumerate(nodes):
            if isinstance(node, DatasetNode) and node.fixed and node.copies > 1:
                lies = np.flatnonzero(np.isfinite(node.region_usd)).tolist()
                places[index] = [len(nodes) + len(copies) + k for k in range(len(lies))]
                copies += lies
        arcs: list[tuple[int, int, float, float]] = []
        reads = []
        for arc in traffic.arcs:
            sources = places.get(arc.src, [arc.src])
            for target in [_INTERNET] if arc.dst is None else places.get(arc.dst, [arc.dst]):
                if len(sources) > 1:
                    reads.append((np.array(sources), len(arcs)))
                arcs.append((sources[0], target, arc.gb, arc.crossing))
        columns = np.array(arcs, np.float64).reshape(-1, 4).T
        ends = columns[:2].astype(np.intp)
        return cls(problem, ends[0], ends[1], columns[2], columns[3], np.array(copies, np.intp), reads)

    def gb_by_tariff(self, lies: NDArray[np.intp], nano_usd_per_gb: Floats, parts: Parts) -> Floats:
        """Shape (tariffs,), node i at lies[i]; of several copies the one at the least of these rates is read."""
        number = np.concatenate([lies, self.copies])
        src, region = self.src.copy(), self._first_regions(number, parts)
        for sources, at in self.reads:
            tariff = self._tariff(region[sources], region[self.dst[at]], self.dst[at] == _INTERNET)
            usd = np.where(tariff >= 0, nano_usd_per_gb[tariff], np.where(tariff == NO_TARIFF, np.inf, 0.0))
            src[at] = sources[np.argmin(usd)]
        # The internet is anywhere, all at once.
        other = np.where(self.dst == _INTERNET, 0, number[self.dst])
        arc, here, there, share = parts.pairs(number[src], other, self._regions)
        people = self.dst[arc] == _INTERNET
        within = (here == there) & ~people
        tariff = np.where(within, self.problem.egress.cross_zone[here], self._tariff(here, there, people))
        gb = share * np.where(within, (self.gb * self.crossing)[arc], self.gb[arc])
        counted = tariff >= 0
        count = len(self.problem.egress.tariffs)
        return np.asarray(np.bincount(tariff[counted], weights=gb[counted], minlength=count), np.float64)

    def _first_regions(self, number: NDArray[np.intp], parts: Parts) -> NDArray[np.intp]:
        """A region of each number; any, where it has none."""
        return np.minimum(parts.region[parts.first[number]].astype(np.intp), self._regions - 1)

    @property
    def _regions(self) -> int:
        return len(self.problem.catalog.regions)

    def _tariff(self, here: NDArray[np.intp], there: NDArray[np.intp], people: NDArray[np.bool_]) -> NDArray[np.int32]:
        egress = self.problem.egress
        return np.asarray(np.where(people, egress.to_internet[here], egress.between[here, there]))
