"""Random pairwise problems, few enough solutions each to try them all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random

import numpy as np

from placement.optimizer.pairwise.costs import Charges, Costs, Parts, costs_of
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, graph_of

REGIONS = 5
PLACES = 4
Labels = tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """A problem with whole costs, so that optima are exact, and what stands for "forbidden" in it."""

    graph: Graph
    usd: Floats
    costs: Costs
    closed: float

    @property
    def first(self) -> list[int]:
        return [int(a) for a in self.graph.first]

    def cost(self, labels: Labels) -> float:
        """By the definition, edge by edge."""
        graph, costs = self.graph, self.costs
        total = sum(float(self.usd[a + x]) for a, x in zip(self.first, labels, strict=False))
        at = [int(graph.region[a + x]) for a, x in zip(self.first, labels, strict=False)]
        for e in range(len(graph.tail)):
            for r, share in self.shares(at[graph.tail[e]]):
                for s, part in self.shares(at[graph.head[e]]):
                    if REGIONS in (r, s):
                        elsewhere = costs.elsewhere[2 * e : 2 * e + 2]
                        usd = 0.0 if r == s else elsewhere[0, s] if r == REGIONS else elsewhere[1, r]
                    elif r == s:
                        usd = graph.within_gb[e] * costs.within[r]
                    else:
                        usd = graph.out_gb[e] * costs.regions.out[r, s] + graph.back_gb[e] * costs.regions.out[s, r]
                        if len(costs.charges.usd):
                            out, back = costs.charges.usd[2 * e], costs.charges.usd[2 * e + 1]
                            usd += out[costs.charges.tariff[r, s]] + back[costs.charges.tariff[s, r]]
                    if graph.table[e] != NO_TABLE and REGIONS not in (r, s):
                        usd += costs.tables[graph.table[e], r, s]
                    total += share * part * float(usd)
        return total

    def shares(self, number: int) -> list[tuple[int, float]]:
        """A region, or the parts of a place."""
        parts = self.costs.parts
        here = slice(int(parts.first[number]), int(parts.first[number + 1]))
        return list(zip(parts.region[here].tolist(), parts.share[here].tolist(), strict=True))

    def every_solution(self) -> dict[Labels, float]:
        sizes = np.diff(self.graph.first).tolist()
        return {labels: self.cost(labels) for labels in product(*(range(size) for size in sizes))}

    def best_by_label(self) -> Floats:
        """Shape (L,): the least cost of any solution with that label."""
        best = np.full(len(self.usd), np.inf)
        for labels, cost in self.every_solution().items():
            for a, x in zip(self.first, labels, strict=False):
                best[a + x] = min(best[a + x], cost)
        return best


def random_graph(draw: Random, nodes: int) -> list[tuple[int, int]]:
    return [pair for pair in combinations(range(nodes), 2) if draw.random() < 0.6]


def random_tree(draw: Random, nodes: int) -> list[tuple[int, int]]:
    return [(draw.randrange(child), child) for child in range(1, nodes)]


def random_costs(draw: Random, gb: Floats, tables: int, closed: float, forbid: float) -> Costs:
    """Rates from any region to any, by direction, half of the time the same for all regions of a group; tables that
    close some pairs, of places with sixths of shares as well, and charge others; some places."""

    def whole(*shape: int) -> Floats:
        return np.array([float(draw.randint(0, 9)) for _ in range(math.prod(shape))]).reshape(shape)

    table = whole(tables, REGIONS, REGIONS)
    table[np.array([draw.random() < forbid for _ in range(table.size)], np.bool_).reshape(table.shape)] = 36 * closed
    rates, within = whole(REGIONS, REGIONS), whole(REGIONS) * draw.choice([0.1, 1.0])
    if draw.random() < 0.5:
        group = [draw.randrange(3) for _ in range(REGIONS)]
        rates = rates[np.ix_(group, group)]
    charges = random_charges(draw, len(gb)) if draw.random() < 0.5 else None
    places = Parts.of(REGIONS, random_places(draw))
    return costs_of(rates, within, table, places, elsewhere(gb, rates, within), charges)


def random_charges(draw: Random, edges: int) -> Charges:
    """Each way of an edge charged apart under three tariffs; pairs of regions have one of them or none."""
    tariff = np.array([[draw.randint(0, 3) for _ in range(REGIONS)] for _ in range(REGIONS)])
    usd = np.array([[*(float(draw.randint(0, 20)) for _ in range(3)), 0.0] for _ in range(2 * edges)])
    return Charges.of(tariff, usd.reshape(-1, 4))


def elsewhere(gb: Floats, rates: Floats, within: Floats) -> Floats:
    """What edges cost at least from wherever their tails lie, and their heads."""
    found = []
    for out, back, inside in gb.tolist():
        usd = out * rates + back * rates.T
        np.fill_diagonal(usd, inside * within)
        found += [usd.min(axis=0), usd.min(axis=1)]
    return np.array(found).reshape(-1, len(rates))


def random_places(draw: Random) -> Floats:
    """The shares of places in up to three regions; of some it is not said where."""
    shares = np.zeros((PLACES, REGIONS + 1))
    for place in shares:
        chosen = draw.sample(range(REGIONS), draw.randint(1, 3)) + draw.choice([[], [], [REGIONS]])
        place[chosen] = 1 / len(chosen)
    return shares


def random_problem(draw: Random, pairs: Sequence[tuple[int, int]], nodes: int, *, forbid: float = 0.0) -> Asked:
    """Each node may lie in some regions, or in half of the problems some in places; edges carry volumes both ways or
    one, with a table or without."""
    numbers = [range(REGIONS), draw.choice([range(REGIONS), range(REGIONS, REGIONS + PLACES)])]
    domains = [sorted(draw.sample(draw.choice(numbers), draw.randint(1, REGIONS - 1))) for _ in range(nodes)]
    first = np.cumsum([0, *map(len, domains)])
    region = np.array([r for domain in domains for r in domain], np.int64)
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    gb = np.array([[draw.choice([0.0, 1.0, 5.0]) for _ in range(3)] for _ in pairs]).reshape(-1, 3)
    gb[:, 2] = np.minimum(gb[:, 2], gb[:, :2].sum(axis=1))
    table = np.array([draw.randrange(-1, 3) for _ in pairs], np.int64)
    graph = graph_of(first, region, ends[:, 0], ends[:, 1], gb, table)
    usd = np.array([float(draw.randint(0, 50)) for _ in region])
    closed = 10.0 * (1 + usd.sum() + 200 * len(pairs))
    usd[np.array([draw.random() < forbid for _ in region], np.bool_)] = closed
    return Asked(graph, usd, random_costs(draw, gb, 3, closed, forbid), closed)
