"""The pairwise part of a problem: every coupling left out, every tariff replaced by a straight line under it.

A workload that may scatter is taken to lie in one region. That only lowers the cost: with straight tariffs the cost is
linear in the shares of each workload, so some corner (all replicas in one region) is no dearer than any mix. A
dataset with
several movable copies keeps only the cost of its cheapest copies. Hence the bound holds for the whole problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Together
from placement.optimizer.messages import Edge, MessagePassing, Pairwise, Relaxed
from placement.optimizer.nodes import DatasetNode, Node
from placement.optimizer.problem import Problem
from placement.optimizer.tiers import Line
from placement.optimizer.traffic import Arc, Traffic

Domain = NDArray[np.intp]
"""Regions that a node may still take."""


@dataclass(eq=False)
class Relaxation:
    """Nodes, arcs and the regions that are left for each node; the domains shrink as bounds rule regions out."""

    problem: Problem
    nodes: Sequence[Node]
    traffic: Traffic
    domains: list[Domain]
    closed: float = field(default=np.inf, init=False)
    """What a forbidden pair costs in the problem solved last, in USD."""
    until: float = np.inf
    """When the time is up, by `time.monotonic`."""
    priced: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    """By node, shape (R,): the cost of regions under prices on the couplings, instead of the node's own."""
    offset_usd: float = 0.0
    """Added to the bound: what the prices give back."""
    _passing: MessagePassing | None = field(default=None, init=False)
    _flows: tuple[Sequence[Line], Pairwise] | None = field(default=None, init=False)

    def solve(self, lines: Sequence[Line], *, passes: int, gap: float, start: NDArray[np.intp] | None) -> Relaxed:
        """Bound the problem under these lines, in USD; labels are positions in `domains`."""
        problem = self._under(lines)
        if self._passing is None:
            self._passing = MessagePassing(problem.edges, [len(domain) for domain in self.domains])
        fixed = sum(line.fixed for line in lines) / 1e9 + self.offset_usd
        found = self._passing.solve(problem, passes=passes, gap=gap, start=start, until=self.until)
        return Relaxed(found.bound + fixed, found.rest, found.labels, found.value + fixed)

    def shrink(self, keep: Sequence[NDArray[np.bool_]]) -> None:
        """Leave only the marked regions of each node; messages start anew."""
        self.domains = [domain[kept] for domain, kept in zip(self.domains, keep, strict=True)]
        self._passing = self._flows = None

    def _under(self, lines: Sequence[Line]) -> Pairwise:
        """Flows cost the same from call to call unless the lines or domains change; the nodes' own costs do not."""
        if self._flows is None or self._flows[0] is not lines:
            self._flows = (lines, self._pairwise(lines))
        flows = self._flows[1]
        unary = []
        for index, (node, domain, flow) in enumerate(zip(self.nodes, self.domains, flows.unary, strict=True)):
            own = self.priced[index][domain] if index in self.priced else self._own(node, domain)
            unary.append(np.where(np.isfinite(own), own, flows.closed) + flow)
        return Pairwise(unary, flows.edges, flows.closed)

    def _pairwise(self, lines: Sequence[Line]) -> Pairwise:
        rates = np.array([line.rate for line in lines])
        own = [self._own(node, domain) for node, domain in zip(self.nodes, self.domains, strict=True)]
        unary = [np.zeros(len(domain)) for domain in self.domains]
        pairs: dict[tuple[int, int], NDArray[np.float64]] = {}
        for arc in self.traffic.arcs:
            self._place(arc, rates, unary, pairs)
        self._join(pairs)
        closed = 10 * (
            1.0
            + sum(float(_finite(u).max(initial=0.0)) for u in (*own, *unary))
            + sum(float(_finite(p).max(initial=0.0)) for p in pairs.values())
        )
        self.closed = closed
        return Pairwise(
            [np.where(np.isfinite(u), u, closed) for u in unary],
            [Edge(i, j, np.where(np.isfinite(p), p, closed)) for (i, j), p in pairs.items()],
            closed,
        )

    def _own(self, node: Node, domain: Domain) -> NDArray[np.float64]:
        if isinstance(node, DatasetNode) and _absent(node):
            kept = np.sort(node.region_usd[np.isfinite(node.region_usd)])
            least = kept.sum() if node.fixed else kept[: node.copies].sum()
            return np.full(len(domain), least)
        return node.region_usd[domain]

    def _place(
        self,
        arc: Arc,
        rates: NDArray[np.float64],
        unary: list[NDArray[np.float64]],
        pairs: dict[tuple[int, int], NDArray[np.float64]],
    ) -> None:
        """Add an arc's cost to a node where its other end is fixed, else to the pair."""
        src = self.nodes[arc.src]
        src_absent, src_fixed = _absent(src), _fixed(src)
        if arc.dst is None:
            own = self.traffic.cost(arc, rates, self.domains[arc.src])
            if not src_absent:
                unary[arc.src] = unary[arc.src] + own
            elif src_fixed:
                unary[arc.src] = unary[arc.src] + own.min()
            return
        dst = self.nodes[arc.dst]
        dst_absent, dst_fixed = _absent(dst), _fixed(dst)
        table = self.traffic.cost(arc, rates, np.ix_(self.domains[arc.src], self.domains[arc.dst]))
        if src_absent and dst_absent:
            if src_fixed and dst_fixed:
                unary[arc.dst] = unary[arc.dst] + table.min(axis=0).sum()
        elif src_absent:
            if src_fixed:
                unary[arc.dst] = unary[arc.dst] + table.min(axis=0)
        elif dst_absent:
            if dst_fixed:
                unary[arc.src] = unary[arc.src] + table.sum(axis=1)
        elif arc.src < arc.dst:
            _add(pairs, (arc.src, arc.dst), table)
        else:
            _add(pairs, (arc.dst, arc.src), table.T)

    def _join(self, pairs: dict[tuple[int, int], NDArray[np.float64]]) -> None:
        """Affinity and anti-affinity between two workloads close pairs of regions."""
        position = {node.name: index for index, node in enumerate(self.nodes)}
        regions = self.problem.catalog.regions
        provider = np.unique([region.provider for region in regions], return_inverse=True)[1]
        place = {"region": np.arange(len(regions)), "provider": provider}
        fleet = self.problem.fleet
        for together, same in [(t, True) for t in fleet.affinity] + [(t, False) for t in fleet.anti_affinity]:
            for a, b in _pairs(together, same):
                i, j = sorted((position[a], position[b]))
                if same and (self.nodes[i].units > 1 or self.nodes[j].units > 1):
                    continue
                equal = place[together.by][self.domains[i]][:, None] == place[together.by][self.domains[j]]
                _add(pairs, (i, j), np.where(equal == same, 0.0, np.inf))


def whole(problem: Problem, nodes: Sequence[Node]) -> Relaxation:
    """The relaxation before anything is ruled out."""
    domains = [np.flatnonzero(np.isfinite(node.region_usd)) for node in nodes]
    return Relaxation(problem, nodes, Traffic.of(problem, nodes), domains)


def _absent(node: Node) -> bool:
    """Datasets that make no node of their own: fixed ones, and those with several movable copies."""
    return isinstance(node, DatasetNode) and (node.fixed or node.copies > 1)


def _fixed(node: Node) -> bool:
    return isinstance(node, DatasetNode) and node.fixed


def _pairs(together: Together, chained: bool) -> list[tuple[str, str]]:
    names = together.workloads
    if chained:
        return list(pairwise(names))
    return [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]


def _add(pairs: dict[tuple[int, int], NDArray[np.float64]], key: tuple[int, int], table: NDArray[np.float64]) -> None:
    pairs[key] = pairs[key] + table if key in pairs else table.copy()


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]
