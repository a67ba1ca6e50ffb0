"""Flows as the optimizer sees them: arcs between nodes, priced by pools that the whole fleet shares.

An arc from region r to region s adds its volume to the pool (tariff row) of the pair; within one region only the part
that changes its zone is counted. A pair without a tariff, or over the round-trip limit, is closed to the arc.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import INTERNET
from placement.domain.tariff import EgressTariff
from placement.market.egress import FREE, NO_TARIFF
from placement.optimizer.nodes import DatasetNode, Node
from placement.optimizer.pairwise.gathering import gather
from placement.optimizer.problem import Problem

Closed = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Arc:
    """One flow between two nodes, or from a node to the internet (dst None)."""

    flow: int
    src: int
    dst: int | None
    gb: float
    max_rtt_ms: float | None
    crossing: float
    """Share of the volume that changes its zone when both ends lie in one region."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """All arcs and what prices them."""

    problem: Problem
    arcs: Sequence[Arc]

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node]) -> "Traffic":
        """The arcs of the fleet's flows; what comes from the internet is free and makes none."""
        position = {node.name: index for index, node in enumerate(nodes)}
        return cls(
            problem,
            [
                Arc(
                    flow=index,
                    src=position[flow.src],
                    dst=None if flow.dst == INTERNET else position[flow.dst],
                    gb=flow.gb_per_month,
                    max_rtt_ms=flow.max_rtt_ms,
                    crossing=float(problem.cross_zone_share(flow.src, flow.dst)),
                )
                for index, flow in enumerate(problem.fleet.flows)
                if flow.src != INTERNET
            ],
        )

    def open_pairs(self, arc: Arc) -> NDArray[np.bool_]:
        """Shape (R, R): pairs that the arc may use; (R,) for one to the internet."""
        if arc.dst is None:
            return np.asarray(self.problem.egress.to_internet != NO_TARIFF)
        return ~closed_to(self.problem, arc.max_rtt_ms)

    def pools(self, arc: Arc) -> NDArray[np.int32]:
        """The pool of each pair, shape (R, R) or (R,); FREE or NO_TARIFF where there is none."""
        egress = self.problem.egress
        if arc.dst is None:
            return egress.to_internet
        pools = egress.between
        if arc.crossing:
            pools = pools.copy()
            zones = egress.cross_zone
            np.fill_diagonal(pools, np.where(zones == NO_TARIFF, FREE, zones))
        return pools

    def volumes(self, arc: Arc) -> NDArray[np.float64]:
        """GB that a whole arc adds to the pool of each pair, shape (R, R) or (R,)."""
        count = len(self.problem.catalog.regions)
        if arc.dst is None:
            return np.full(count, arc.gb)
        volumes = np.full((count, count), arc.gb)
        np.fill_diagonal(volumes, arc.gb * arc.crossing)
        return volumes

    def largest_volumes(self, nodes: Sequence[Node], domains: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
        """GB that could at most gather in each pool, shape (tariffs,), with the nodes in these regions."""
        egress = self.problem.egress
        most = np.zeros(len(egress.tariffs))
        pairs = [arc for arc in self.arcs if arc.dst is not None]
        for arc in self.arcs:
            if arc.dst is None:
                pools = np.unique(egress.to_internet[domains[arc.src]])
                most[pools[pools >= 0]] += arc.gb
        times = [node.copies if isinstance(node, DatasetNode) else 1 for node in nodes]
        gb = np.array([arc.gb * times[arc.dst or 0] for arc in pairs])
        gather(
            np.cumsum([0, *(len(domain) for domain in domains)]).astype(np.int64),
            np.concatenate(domains).astype(np.int64) if domains else np.empty(0, np.int64),
            np.array([arc.src for arc in pairs], np.int64),
            np.array([arc.dst for arc in pairs], np.int64),
            gb,
            gb * np.array([arc.crossing for arc in pairs]),
            egress.between.astype(np.int64),
            egress.cross_zone.astype(np.int64),
            most,
        )
        return most


def closed_to(problem: Problem, max_rtt_ms: float | None) -> Closed:
    """Shape (R, R): pairs of regions, from row to column, without a tariff or too far apart."""
    closed = problem.egress.between == NO_TARIFF
    if max_rtt_ms is not None:
        closed = closed | (problem.rtt_ms > max_rtt_ms)
    return np.asarray(closed)


def tiered(tariffs: Sequence[EgressTariff], largest_gb: NDArray[np.float64]) -> list[int]:
    """The pools whose volume could pass their first tier: the only ones whose rate depends on the placement."""
    return [
        index
        for index, tariff in enumerate(tariffs)
        if len(tariff.tiers) > 1 and largest_gb[index] > tariff.tiers[1].from_gb
    ]
