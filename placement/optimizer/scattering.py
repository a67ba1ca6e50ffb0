"""A pairwise problem in which places stand beside regions: what flows from or to a place costs the mean of its regions,
by replicas, and a place is closed to a pair where one of its regions is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.copied import on_regions
from placement.optimizer.menus import Place
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.pairwise.costs import Parts, costs_of
from placement.optimizer.pairwise.graph import Floats, graph_of
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.places import cheapest_places
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Pairs, Relaxation
from placement.optimizer.tiers import Line


@dataclass(frozen=True, eq=False)
class Ground:
    """What flows cost between regions under some lines, and at regions where their other end is given."""

    relaxation: Relaxation
    between: Floats
    """Shape (R, R): USD per GB, nothing within a region."""
    within: Floats
    regions: Mapping[int, Floats]
    """By node, shape (R,): USD a month; infinite where closed."""
    closed: float
    fixed_usd: float

    @classmethod
    def of(cls, relaxation: Relaxation, lines: Sequence[Line]) -> "Ground":
        """Of a relaxation's problem."""
        plain = relaxation.pairs(lines)
        rates = Rates.of(relaxation.problem, np.array([line.rate for line in lines]))
        between = rates.between.copy()
        np.fill_diagonal(between, 0.0)
        regions = relaxation.edges.anchored.on_regions(range(len(relaxation.nodes)), rates)
        copied = relaxation.edges.copied.usd(rates, relaxation.copy_prices)
        return cls(relaxation, between, rates.within, on_regions(copied, regions), relaxation.closed, plain.fixed_usd)


@dataclass(frozen=True, eq=False)
class Wide:
    """Domains in which numbers from R on are places."""

    ground: Ground
    domains: Sequence[NDArray[np.intp]]
    shares: Floats
    """Shape (R + places, R): the part of the replicas in each region."""
    places: Mapping[int, Sequence[Place]]
    """By node that has some: those of its labels."""

    @classmethod
    def of(cls, ground: Ground, domains: Sequence[NDArray[np.intp]], places: Mapping[int, Sequence[Place]]) -> "Wide":
        """These domains, but for the nodes with places."""
        regions = len(ground.within)
        number: dict[Place, int] = {}
        wide, ordered = list(domains), {}
        for node, mine in places.items():
            here = sorted((number.setdefault(place, regions + len(number)), place) for place in mine)
            wide[node] = np.array([k for k, _ in here], np.intp)
            ordered[node] = [place for _, place in here]
        shares = np.zeros((regions + len(number), regions))
        np.fill_diagonal(shares, 1.0)
        for place, k in number.items():
            for region, replicas in place:
                shares[k, region] = replicas / sum(n for _, n in place)
        return cls(ground, wide, shares, ordered)

    @property
    def parts(self) -> Parts:
        """The places as the core takes them."""
        return Parts.of(len(self.ground.within), self.shares[len(self.ground.within) :])

    def pairs(self) -> Pairs:
        """The pairwise problem, but for what nodes cost by themselves."""
        edges, closed, regions = self.ground.relaxation.edges, self.ground.closed, self.ground.regions
        first = np.concatenate([[0], np.cumsum([len(domain) for domain in self.domains])])
        graph = graph_of(first, np.concatenate(self.domains), edges.tail, edges.head, edges.gb, edges.table)
        least = self.shares[self.shares > 0].min()
        tables = np.asarray(edges.closed * (closed / least**2), np.float64)
        costs = costs_of(self.ground.between, self.ground.within, tables, self.parts)
        usd = np.zeros(len(graph.region))
        for node, domain in enumerate(self.domains):
            if node in self.places:
                at = np.where(np.isfinite(regions[node]), regions[node], closed)
                own = np.minimum(self.shares[domain] @ at, closed)
            else:
                own = regions[node][domain]
            usd[first[node] : first[node + 1]] = own
        return Pairs(Oracle(graph), costs, usd, self.ground.fixed_usd)


def around(
    wide: Wide, labels: NDArray[np.integer], patterns: Mapping[int, tuple[int, ...]], count: int
) -> dict[int, Sequence[Place]]:
    """By node: its cheapest places with all others where a solution has them, without prices."""
    relaxation, between = wide.ground.relaxation, wide.ground.between
    edges, usd = relaxation.edges, {node: wide.ground.regions[node] for node in patterns}
    lies = wide.shares[[int(domain[label]) for domain, label in zip(wide.domains, labels, strict=True)]]
    for tail, head, (out, back, _) in zip(edges.tail.tolist(), edges.head.tolist(), edges.gb, strict=True):
        if tail in usd:
            usd[tail] = usd[tail] + out * (between @ lies[head]) + back * (lies[head] @ between)
        if head in usd:
            usd[head] = usd[head] + out * (lies[tail] @ between) + back * (between @ lies[tail])
    found: dict[int, Sequence[Place]] = {}
    for node, pattern in patterns.items():
        of, domain = relaxation.nodes[node], relaxation.domains[node]
        assert isinstance(of, WorkloadNode)
        cost = of.region_usd[domain] + usd[node][domain]
        found[node] = cheapest_places(relaxation.problem, of.workload, pattern, domain, cost, count)
    return found
