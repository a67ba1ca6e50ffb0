"""What flows and rules tie: edges between nodes that may move, and costs of labels where the other end cannot.

All flows between two nodes are one edge, whatever their number. Nothing here depends on the regions that are left for a
node, nor on rates.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from placement.market.egress import NO_TARIFF
from placement.optimizer.nodes import DatasetNode, Node
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Whole, graph_of
from placement.optimizer.problem import Problem
from placement.optimizer.traffic import Traffic

Closed = NDArray[np.bool_]
Tie = tuple[str, object]
"""Why pairs of regions are closed to an edge: ("out" or "back", latency cap), ("together" or "apart", by what)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per GB at straight tariffs: shapes (R, R), (R,) and (R,). Infinite to an internet that no tariff reaches."""

    between: Floats
    within: Floats
    to_internet: Floats

    @classmethod
    def of(cls, problem: Problem, nano_usd_per_gb: Floats) -> "Rates":
        """By pair of regions, from those by tariff."""
        egress, usd = problem.egress, nano_usd_per_gb / 1e9

        def priced(pools: NDArray[np.int32]) -> Floats:
            return np.where(pools >= 0, usd[np.maximum(pools, 0)] if len(usd) else 0.0, 0.0)

        to_internet = np.where(egress.to_internet == NO_TARIFF, np.inf, priced(egress.to_internet))
        return cls(priced(egress.between), priced(egress.cross_zone), to_internet)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Copies that stay where they are, and how they are read or written from elsewhere."""

    copies: tuple[int, ...]
    read: bool
    max_rtt_ms: float | None
    crossing: float
    """Share of the volume that changes its zone within a region."""

    def usd_per_gb(self, rates: Rates, problem: Problem) -> Floats:
        """Shape (R,): at the other end's region; the best copy is read, all are written. Infinite where closed."""
        copies = list(self.copies)
        usd = (rates.between if self.read else rates.between.T)[copies]
        usd[self._closed(problem)] = np.inf
        usd[np.arange(len(copies)), copies] = self.crossing * rates.within[copies]
        return np.asarray(usd.min(axis=0) if self.read else usd.sum(axis=0))

    def _closed(self, problem: Problem) -> Closed:
        """Shape (copies, R): which other ends they cannot have."""
        closed = _closed_to(problem, self.max_rtt_ms)
        return (closed if self.read else closed.T)[list(self.copies)]


@dataclass(frozen=True, eq=False)
class Edges:
    """M edges, from tail to head, tail < head; K sets of closed pairs, the tail's region in the row."""

    problem: Problem
    count: int
    """Of nodes."""
    tail: Whole
    head: Whole
    gb: Floats
    """Shape (M, 3): from tail to head, from head to tail, and within one region."""
    table: Whole
    closed: Closed
    """Shape (K, R, R)."""
    internet_gb: Mapping[int, float]
    """By node."""
    anchored_gb: Mapping[Anchor, Mapping[int, float]]
    """By node whose other end cannot move."""
    fixed: Sequence[tuple[int, Anchor, float]]
    """(node, where it reads, GB) between datasets that cannot move: it costs the same whatever is decided."""

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node], traffic: Traffic) -> "Edges":
        """The edges of the traffic and of affinity and anti-affinity."""
        gb: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        ties: dict[tuple[int, int], set[Tie]] = defaultdict(set)
        internet: dict[int, float] = defaultdict(float)
        anchored: dict[Anchor, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        fixed: list[tuple[int, Anchor, float]] = []
        for arc in traffic.arcs:
            src = nodes[arc.src]
            if arc.dst is None:
                if not absent(src) or _fixed(src):
                    internet[arc.src] += arc.gb
                continue
            dst = nodes[arc.dst]
            if absent(src) or absent(dst):
                if (absent(src) and not _fixed(src)) or (absent(dst) and not _fixed(dst)):
                    continue
                stays = src if absent(src) else dst
                anchor = Anchor(_copies(stays), stays is src, arc.max_rtt_ms, arc.crossing)
                if absent(src) and absent(dst):
                    fixed.append((arc.dst, anchor, arc.gb))
                else:
                    anchored[anchor][arc.dst if stays is src else arc.src] += arc.gb
                continue
            forth = arc.src < arc.dst
            ends = (arc.src, arc.dst) if forth else (arc.dst, arc.src)
            gb[ends][0 if forth else 1] += arc.gb
            gb[ends][2] += arc.gb * arc.crossing
            ties[ends].add(("out" if forth else "back", arc.max_rtt_ms))
        for ends, tie in _joined(problem, nodes):
            gb[ends]
            ties[ends].add(tie)
        table, closed = _tables(problem, [frozenset(ties[ends]) for ends in gb])
        pairs = np.array(list(gb), np.int64).reshape(-1, 2)
        volumes = np.array(list(gb.values())).reshape(-1, 3)
        return cls(problem, len(nodes), pairs[:, 0], pairs[:, 1], volumes, table, closed, internet, anchored, fixed)

    def graph(self, domains: Sequence[NDArray[np.intp]]) -> Graph:
        """The edges between nodes that may lie in these regions."""
        first = np.concatenate([[0], np.cumsum([len(domain) for domain in domains])])
        region = np.concatenate(domains) if domains else np.empty(0, np.intp)
        return graph_of(first, region, self.tail, self.head, self.gb, self.table)

    def on_labels(self, graph: Graph, rates: Rates) -> Floats:
        """Shape (L,): what flows to where they must go cost at each label, in USD a month; infinite where closed."""
        usd = np.zeros(len(graph.region))
        for node, gb, per_gb in self._bound(rates):
            a, b = graph.first[node], graph.first[node + 1]
            usd[a:b] += _times(gb, per_gb[graph.region[a:b]])
        return usd

    def on_regions(self, nodes: Iterable[int], rates: Rates) -> dict[int, Floats]:
        """The same by node and region, shape (R,), of some nodes."""
        usd = {node: np.zeros(len(rates.within)) for node in nodes}
        for node, gb, per_gb in self._bound(rates):
            if node in usd:
                usd[node] += _times(gb, per_gb)
        return usd

    def _bound(self, rates: Rates) -> Iterator[tuple[int, float, Floats]]:
        """(node, GB, USD per GB by region) of the flows whose other end is given."""
        volumes = (self.internet_gb, *self.anchored_gb.values())
        priced = (rates.to_internet, *(anchor.usd_per_gb(rates, self.problem) for anchor in self.anchored_gb))
        for per_gb, by_node in zip(priced, volumes, strict=True):
            for node, gb in by_node.items():
                yield node, gb, per_gb

    def fixed_usd(self, domains: Sequence[NDArray[np.intp]], rates: Rates) -> float:
        """What flows cost that no decision changes; infinite where one has no tariff."""
        total = 0.0
        for node, anchor, gb in self.fixed:
            total += float(_times(gb, anchor.usd_per_gb(rates, self.problem)[domains[node]]).sum())
        return total


def absent(node: Node) -> bool:
    """Datasets that no decision of a region places: fixed ones, and those with several movable copies."""
    return isinstance(node, DatasetNode) and (node.fixed or node.copies > 1)


def _fixed(node: Node) -> bool:
    return isinstance(node, DatasetNode) and node.fixed


def _copies(node: Node) -> tuple[int, ...]:
    return tuple(np.flatnonzero(np.isfinite(node.region_usd)).tolist())


def _times(gb: float, usd_per_gb: Floats) -> Floats:
    """gb x rate, where nothing x infinite is infinite: a pair without a tariff is closed to any flow."""
    if gb > 0:
        return gb * usd_per_gb
    open_ = np.isfinite(usd_per_gb)
    return np.where(open_, gb * np.where(open_, usd_per_gb, 0.0), np.inf)


def _joined(problem: Problem, nodes: Sequence[Node]) -> Iterator[tuple[tuple[int, int], Tie]]:
    """Affinity ties each workload to the next, anti-affinity all pairs."""
    position = {node.name: index for index, node in enumerate(nodes)}

    def ends(a: str, b: str) -> tuple[int, int]:
        i, j = sorted((position[a], position[b]))
        return i, j

    for together in problem.fleet.affinity:
        for pair in pairwise(together.workloads):
            i, j = ends(*pair)
            if nodes[i].units == nodes[j].units == 1:
                yield (i, j), ("together", together.by)
    for together in problem.fleet.anti_affinity:
        for pair in combinations(together.workloads, 2):
            yield ends(*pair), ("apart", together.by)


def _tables(problem: Problem, ties: Sequence[frozenset[Tie]]) -> tuple[Whole, Closed]:
    """Which pairs of regions each edge's ties close together: positions in the distinct tables, and these."""
    count = len(problem.catalog.regions)
    number: dict[frozenset[Tie], int] = {}
    tables: list[Closed] = []
    for tie in dict.fromkeys(ties):
        closed = np.zeros((count, count), np.bool_)
        for each in tie:
            closed |= _closed_by(problem, each)
        number[tie] = len(tables) if closed.any() else NO_TABLE
        tables += [closed] if closed.any() else []
    table = np.array([number[tie] for tie in ties], np.int64)
    return table, np.array(tables, np.bool_).reshape(-1, count, count)


def _closed_by(problem: Problem, tie: Tie) -> Closed:
    kind, of = tie
    if kind in ("out", "back"):
        closed = _closed_to(problem, of)  # type: ignore[arg-type]
        return closed if kind == "out" else closed.T
    regions = problem.catalog.regions
    places = [region.id if of == "region" else region.provider for region in regions]
    place = np.unique(places, return_inverse=True)[1]
    same = place[:, None] == place
    return np.asarray(~same if kind == "together" else same)


def _closed_to(problem: Problem, max_rtt_ms: float | None) -> Closed:
    """Pairs of regions, from row to column, without a tariff or too far apart."""
    closed = problem.egress.between == NO_TARIFF
    if max_rtt_ms is not None:
        closed = closed | (problem.rtt_ms > max_rtt_ms)
    return np.asarray(closed)
