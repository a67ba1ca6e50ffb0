"""What flows and rules tie: edges between nodes that may move, and costs of labels where the other end cannot.

All flows between two nodes are one edge, whatever their number. Nothing here depends on the regions that are left for a
node, nor on rates.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.anchored import Anchor, Anchored
from placement.optimizer.copied import Copied
from placement.optimizer.nodes import DatasetNode, Node
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Whole, graph_of
from placement.optimizer.problem import Problem
from placement.optimizer.traffic import Arc, Closed, Traffic, closed_to

_Volumes = dict[Anchor | None, dict[int, float]]
Tie = tuple[str, object]
"""Why pairs of regions are closed to an edge: ("out" or "back", latency cap), ("together" or "apart", by what)."""


@dataclass(frozen=True, eq=False)
class Edges:
    """M edges, from tail to head, tail < head; K sets of closed pairs, the tail's region in the row."""

    count: int
    """Of nodes."""
    tail: Whole
    head: Whole
    gb: Floats
    """Shape (M, 3): from tail to head, from head to tail, and within one region."""
    table: Whole
    closed: Closed
    """Shape (K, R, R)."""
    anchored: Anchored
    """Flows of nodes whose other end cannot move."""
    fixed: Anchored
    """Flows between datasets that cannot move: they cost the same whatever is decided."""
    copied: Copied
    """Flows of nodes whose other end is several copies that may move."""

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node], traffic: Traffic) -> "Edges":
        """The edges of the traffic and of affinity and anti-affinity."""
        gb: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        ties: dict[tuple[int, int], set[Tie]] = defaultdict(set)
        anchored: _Volumes = defaultdict(lambda: defaultdict(float))
        fixed: _Volumes = defaultdict(lambda: defaultdict(float))
        copied: list[tuple[int, Arc]] = []
        for arc in traffic.arcs:
            src = nodes[arc.src]
            if arc.dst is None:
                if not absent(src) or _fixed(src):
                    anchored[None][arc.src] += arc.gb
                continue
            dst = nodes[arc.dst]
            if absent(src) or absent(dst):
                stays = src if absent(src) else dst
                if absent(src) and absent(dst):
                    if _fixed(src) and _fixed(dst):
                        fixed[_anchor(stays, stays is src, arc)][arc.dst] += arc.gb
                elif _fixed(stays):
                    anchored[_anchor(stays, stays is src, arc)][arc.dst if stays is src else arc.src] += arc.gb
                else:
                    copied.append((arc.src if stays is src else arc.dst, arc))
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
        one, none = Anchored.of(problem, anchored, 2 * len(pairs)), Anchored.of(problem, fixed, 0)
        several = Copied.of(problem, nodes, copied, int(one.row[-1]))
        return cls(len(nodes), pairs[:, 0], pairs[:, 1], volumes, table, closed, one, none, several)

    def graph(self, domains: Sequence[NDArray[np.intp]]) -> Graph:
        """The edges between nodes that may lie in these regions."""
        first = np.concatenate([[0], np.cumsum([len(domain) for domain in domains])])
        region = np.concatenate(domains) if domains else np.empty(0, np.intp)
        return graph_of(first, region, self.tail, self.head, self.gb, self.table)


def absent(node: Node) -> bool:
    """Datasets that no decision of a region places: fixed ones, and those with several movable copies."""
    return isinstance(node, DatasetNode) and (node.fixed or node.copies > 1)


def _fixed(node: Node) -> bool:
    return isinstance(node, DatasetNode) and node.fixed


def _anchor(node: Node, read: bool, arc: Arc) -> Anchor:
    assert isinstance(node, DatasetNode)
    copies = tuple(np.flatnonzero(np.isfinite(node.region_usd)).tolist())
    return Anchor(copies, read, arc.max_rtt_ms, arc.crossing)


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
        closed = closed_to(problem, of)  # type: ignore[arg-type]
        return closed if kind == "out" else closed.T
    regions = problem.catalog.regions
    places = [region.id if of == "region" else region.provider for region in regions]
    place = np.unique(places, return_inverse=True)[1]
    same = place[:, None] == place
    return np.asarray(~same if kind == "together" else same)
