"""A first answer without any search: each node where the bound leaves it, or next best, with room for what is counted.

The largest workloads choose first. Rules that tie nodes together in other ways than by adding up are kept only as far
as the core keeps them: whoever takes the answer asks them all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from placement.domain.decision import Assignment, Placement
from placement.optimizer.copies import with_copies
from placement.optimizer.coupled_fleet import Consumption
from placement.optimizer.cpsat import assignments
from placement.optimizer.menus import Consumed, Mix, Place, mixes_in
from placement.optimizer.nodes import DatasetNode, Node, WorkloadNode
from placement.optimizer.options import mix, spread_over
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem, whole_part
from placement.optimizer.reads import reads_of
from placement.optimizer.relaxation import Domain, Relaxed

_MIXES = 12
"""In each region, the cheapest that are tried."""
_ROUNDING = 1e-9


def greedy(
    problem: Problem, nodes: Sequence[Node], domains: Sequence[Domain], found: Relaxed, *, spot: bool
) -> Placement | None:
    """A placement on these domains, of which `found` speaks, with nothing on spot unless `spot`; None where some node
    found no room."""
    regions, room = problem.catalog.regions, _Room(Consumption.of(problem, nodes))
    assigned: dict[str, tuple[Assignment, ...]] = {}
    datasets: dict[str, tuple[str, ...]] = {}
    for index in _largest_first(nodes):
        node, order = nodes[index], _order(domains[index], found, index)
        if isinstance(node, DatasetNode):
            if node.fixed or node.copies == 1:
                here = domains[index] if node.fixed else order[:1]
                datasets[node.name] = tuple(regions[r].id for r in here)
            continue
        usable = np.flatnonzero(np.ones(len(node.options), np.bool_) if spot else ~node.options.spot)
        bare = replace(node, options=node.options.take(usable))
        mixes = _scattered(problem, bare, order) if node.scattered else _whole(problem, bare, order)
        for chosen in mixes:
            counts = {int(usable[option]): count for option, count in chosen}
            if room.take(index, counts):
                assigned[node.name] = assignments(node, problem, counts)
                break
        else:
            return None
    names = [workload.name for workload in problem.fleet.workloads]
    placed = {name: assigned[name] for name in names}
    first = [float(tariff.tiers[0].usd_per_gb) for tariff in problem.egress.tariffs]
    lies = with_copies(problem, nodes, domains, placed, datasets, first)
    return Placement(placed, lies, reads_of(problem, placed, lies, first))


class _Room:
    """What is left of each row."""

    def __init__(self, consumption: Consumption) -> None:
        self._by_node: Mapping[int, Consumed] = consumption.by_node
        self._left: Floats = consumption.limit.copy()
        if consumption.portion is not None:
            # Fractions of what all add up to are not known before all is placed.
            self._left[consumption.portion.parts[0] :] = np.inf

    def take(self, index: int, counts: Mapping[int, int]) -> bool:
        """Whether there was room for the node with these replicas by option; then it is taken."""
        consumed = self._by_node.get(index, {})
        taken: dict[int, float] = {}
        for option, count in counts.items():
            for row, each in consumed.get(option, {}).items():
                taken[row] = taken.get(row, 0.0) + count * each
        if any(amount > self._left[row] + _ROUNDING for row, amount in taken.items()):
            return False
        for row, amount in taken.items():
            self._left[row] -= amount
        return True


def _largest_first(nodes: Sequence[Node]) -> list[int]:
    """Datasets, then workloads by their vCPUs."""

    def size(index: int) -> float:
        node = nodes[index]
        if isinstance(node, DatasetNode):
            return np.inf
        return node.workload.replicas * float(node.options.vcpus.min(initial=np.inf))

    return sorted(range(len(nodes)), key=lambda index: -size(index))


def _order(domain: Domain, found: Relaxed, index: int) -> Domain:
    """The regions of a node, the best first: where the core has it, then by what is left above the bound."""
    left = found.rest[index].copy()
    left[found.labels[index]] = -1.0
    return np.asarray(domain[np.argsort(left, kind="stable")])


def _whole(problem: Problem, node: WorkloadNode, order: Domain) -> Iterator[Mix]:
    """All replicas in one region."""
    for region in order.tolist():
        arriving = node.arriving(problem.catalog.regions[region].id)
        cheapest = mix(node.options, region, node.workload, arriving=arriving)
        if cheapest:
            yield tuple(cheapest)
            yield from islice(mixes_in(problem, node, region), _MIXES)


def _scattered(problem: Problem, node: WorkloadNode, order: Domain) -> Iterator[Mix]:
    """Over as few regions as may be, the best ones, then without the best of them, and so on."""
    here = set(node.options.region.tolist())
    regions = [region for region in order.tolist() if region in here]
    for skipped in range(len(regions)):
        place = _place(problem, node, regions[skipped:])
        if place:
            counts = spread_over(node.options, place, node.workload)
            if sum(counts.values()) == node.workload.replicas:
                yield tuple(counts.items())


def _place(problem: Problem, node: WorkloadNode, regions: Sequence[int]) -> Place:
    """Providers and regions as the spread asks for, then as many replicas in each as it allows; empty if too few."""
    spread, replicas = node.workload.spread, node.workload.replicas
    if spread is None:
        return ()
    most = whole_part(spread.max_fraction_per_region, replicas)
    if most < 1:
        return ()
    number = max(spread.min_regions, spread.min_providers, -(-replicas // most))
    provider = {region: problem.catalog.regions[region].provider for region in regions}
    first = list({provider[region]: region for region in reversed(regions)}.values())
    chosen = sorted(first, key=regions.index)[: spread.min_providers]
    chosen += [region for region in regions if region not in chosen][: number - len(chosen)]
    if len(chosen) < number or number > replicas or len({provider[r] for r in chosen}) < spread.min_providers:
        return ()
    counts, left = dict.fromkeys(chosen, 1), replicas - number
    for region in sorted(chosen, key=regions.index):
        more = min(left, most - 1)
        counts[region], left = 1 + more, left - more
    return tuple(counts.items())
