"""Where the copies of datasets lie best once all else has its place: one after the other where it saves most, then each
moved as long as that is cheaper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Assignment
from placement.optimizer.nodes import DatasetNode, Node, WorkloadNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates, flow_usd
from placement.optimizer.relaxation import Domain
from placement.optimizer.traffic import Arc, Traffic, closed_to

_NEVER_USD = 1e12
"""For what is forbidden: others say so where nothing else is left."""


def with_copies(
    problem: Problem,
    nodes: Sequence[Node],
    domains: Sequence[Domain],
    assigned: Mapping[str, Sequence[Assignment]],
    datasets: Mapping[str, Sequence[str]],
    rates: Sequence[float],
) -> dict[str, tuple[str, ...]]:
    """The regions of all datasets, of which some have theirs already; `rates` are nano-USD a GB by tariff."""
    found = {name: tuple(regions) for name, regions in datasets.items()}
    missing = [index for index, node in enumerate(nodes) if isinstance(node, DatasetNode) and node.name not in found]
    if missing:
        arcs: dict[int, list[Arc]] = {index: [] for index in missing}
        for arc in Traffic.of(problem, nodes).arcs:
            for index in arcs.keys() & {arc.src, arc.dst}:
                arcs[index].append(arc)
        around = _Around(problem, nodes, arcs, assigned, found, Rates.of(problem, np.array(rates)))
        for index in missing:
            lies = around.copies(index, domains[index])
            found[nodes[index].name] = tuple(problem.catalog.regions[r].id for r in lies)
    return {node.name: found[node.name] for node in nodes if isinstance(node, DatasetNode)}


@dataclass(frozen=True, eq=False)
class _Around:
    """What has its place."""

    problem: Problem
    nodes: Sequence[Node]
    arcs: Mapping[int, Sequence[Arc]]
    """By dataset that has no place yet."""
    assigned: Mapping[str, Sequence[Assignment]]
    datasets: Mapping[str, Sequence[str]]
    """Grows."""
    rates: Rates
    per_gb: dict[tuple[float | None, float], Floats] = field(default_factory=dict)

    def copies(self, index: int, domain: Domain) -> list[int]:
        """Of one dataset, which may lie in these regions."""
        node = self.nodes[index]
        assert isinstance(node, DatasetNode)
        copy_usd, read_usd = self._usd(index, domain)
        residency = self.problem.residency
        wanted = [rule.mask[domain] for rule in residency.copies(node.name)] if residency is not None else []
        chosen: list[int] = []
        for left in range(min(node.copies, len(domain)), 0, -1):
            chosen.append(_best(copy_usd, read_usd, chosen, wanted, left))
        moved = True
        while moved:
            moved = False
            for at, had in enumerate(chosen):
                others = chosen[:at] + chosen[at + 1 :]
                other = _best(copy_usd, read_usd, others, wanted, 1)
                if _total(copy_usd, read_usd, [*others, other]) < _total(copy_usd, read_usd, chosen) - 1e-9:
                    chosen[at], moved = other, other != had
        return sorted(int(domain[k]) for k in chosen)

    def _usd(self, index: int, domain: Domain) -> tuple[Floats, Floats]:
        """Shapes (D,) and (D, readers): what a copy costs in each region with what is written, and what each reader
        pays that reads it there."""
        copy_usd, reads = self.nodes[index].region_usd[domain].copy(), []
        for arc in self.arcs[index]:
            if arc.dst == index and arc.src != index:
                for region, share in self._parts(arc.src):
                    copy_usd += _paid(arc.gb * share, self._per_gb(arc)[region, domain])
            if arc.src == index and arc.dst is None:
                reads.append(_paid(arc.gb, self.rates.to_internet[domain]))
            elif arc.src == index and arc.dst is not None and arc.dst != index:
                reads += [
                    _paid(arc.gb * share, self._per_gb(arc)[domain, region]) for region, share in self._parts(arc.dst)
                ]
        read_usd = np.array(reads).reshape(len(reads), len(domain)).T
        return copy_usd, read_usd

    def _per_gb(self, arc: Arc) -> Floats:
        """Shape (R, R): USD, infinite where closed."""
        key = arc.max_rtt_ms, arc.crossing
        if key not in self.per_gb:
            closed = closed_to(self.problem, arc.max_rtt_ms)
            self.per_gb[key] = self.rates.of_copies(np.arange(len(closed)), closed, arc.crossing, read=True)
        return self.per_gb[key]

    def _parts(self, index: int) -> list[tuple[int, float]]:
        """(region, part of the flow's volume) of the other end, as far as it has its place."""
        node, number = self.nodes[index], self.problem.region
        if isinstance(node, WorkloadNode):
            replicas = node.workload.replicas
            return [(number(part.offering.region.id), part.replicas / replicas) for part in self.assigned[node.name]]
        return [(number(region), 1.0) for region in self.datasets.get(node.name, ())]


def _paid(gb: float, usd_per_gb: Floats) -> Floats:
    return np.minimum(flow_usd(gb, usd_per_gb), _NEVER_USD)


def _best(
    copy_usd: Floats, read_usd: Floats, chosen: Sequence[int], wanted: Sequence[NDArray[np.bool_]], left: int
) -> int:
    """The region of another copy, after which `left` - 1 are left for places where policies want one."""
    usd = copy_usd + np.minimum(read_usd, _read_now(read_usd, chosen)).sum(axis=1)
    lacking = [mask for mask in wanted if not mask[list(chosen)].any()]
    if len(lacking) >= left:
        usd = usd - _NEVER_USD * np.sum(lacking, axis=0)
    usd[list(chosen)] = np.inf
    return int(usd.argmin())


def _total(copy_usd: Floats, read_usd: Floats, chosen: Sequence[int]) -> float:
    return float(copy_usd[list(chosen)].sum() + _read_now(read_usd, chosen).sum())


def _read_now(read_usd: Floats, chosen: Sequence[int]) -> Floats:
    """By reader, from the best of the copies."""
    return np.asarray(read_usd[list(chosen)].min(axis=0, initial=_NEVER_USD))
