"""Seeded pairwise problems, structured like a real market: three providers on six continents, rates by where traffic
goes, prices that follow the continent, applications of very different sizes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.costs import Costs, costs_of
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Whole, graph_of

_PROVIDERS = (0.33, 0.40, 0.27)
_CONTINENTS = (0.32, 0.30, 0.20, 0.06, 0.06, 0.06)
_PRICE_LEVEL = (1.0, 1.08, 1.12, 1.2, 1.45, 1.2)
_NEAR = (0.02, 0.02, 0.08, 0.08, 0.138, 0.08)
"""USD per GB to the same provider's regions of the continent, then to its others, then to the internet."""
_FAR = (0.03, 0.03, 0.09, 0.098, 0.16, 0.11)
_INTERNET = (0.087, 0.087, 0.12, 0.12, 0.17, 0.12)
_FAMILIES = 8


@dataclass(frozen=True, eq=False)
class Asked:
    """A pairwise problem, and the classes of regions that its rates are made of, which only plain models need."""

    graph: Graph
    usd: Floats
    costs: Costs
    group: Whole
    """Shape (R,): provider and continent of each region, as one number."""
    usd_per_gb: Floats
    """Shape (groups, groups): between two regions of these."""
    vcpus: Floats
    """By workload."""
    on_demand_usd: Floats
    """By label, for those who ask what spot saves: `usd` is that of spot where the workload may use it."""
    may_use_spot: NDArray[np.bool_]
    """By workload."""


def asked(
    workloads: int, *, regions: int = 100, seed: int = 0, flows_each: int = 3, scale: float = 1.0, one: bool = False
) -> Asked:
    """Workloads with flows to others of their application; `one`: all are one application."""
    draw, chance = Random(seed), np.random.default_rng(seed)
    provider = chance.choice(3, regions, p=_PROVIDERS)
    continent = chance.choice(6, regions, p=_CONTINENTS)
    _, first_of, group = np.unique(provider * 6 + continent, return_index=True, return_inverse=True)
    usd_per_gb = _rates(provider[first_of], continent[first_of], chance)
    between = usd_per_gb[np.ix_(group, group)]
    np.fill_diagonal(between, 0.0)
    usd, on_demand, open_, vcpus, spot = _labels(workloads, provider, continent, between, chance, scale)
    gb: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for members in _applications(draw, workloads, one=one):
        for i in members:
            for _ in range(min(flows_each, len(members) - 1)):
                j = draw.choice(members)
                if j != i:
                    gb[min(i, j), max(i, j)][i > j] += min(draw.lognormvariate(5.0, 1.8), 5e4) * scale
    pairs = np.array(list(gb), np.int64).reshape(-1, 2)
    graph = graph_of(
        np.cumsum([0, *open_.sum(axis=1)]),
        np.nonzero(open_)[1],
        pairs[:, 0],
        pairs[:, 1],
        np.array(list(gb.values())).reshape(-1, 3),
        np.full(len(pairs), NO_TABLE),
    )
    costs = costs_of(between, np.zeros(regions), np.zeros((0, regions, regions)))
    return Asked(graph, usd[open_], costs, group, usd_per_gb, vcpus, on_demand[open_], spot)


def _rates(provider: Whole, continent: Whole, chance: np.random.Generator) -> Floats:
    """By group: asymmetric, since the source's price list counts; providers differ by some per cent."""
    same = provider[:, None] == provider
    near = same & (continent[:, None] == continent)
    level = chance.uniform(0.93, 1.07, 3)[provider][:, None]
    rows = [np.array(rates)[continent][:, None] for rates in (_NEAR, _FAR, _INTERNET)]
    return np.where(near, rows[0], np.where(same, rows[1], rows[2])) * level


def _labels(
    workloads: int, provider: Whole, continent: Whole, between: Floats, chance: np.random.Generator, scale: float
) -> tuple[Floats, Floats, NDArray[np.bool_], Floats, NDArray[np.bool_]]:
    """Shape (workloads, R): USD a month, with what is read from data that stays at home, at the cheapest and on demand;
    where each may lie; and by workload its vCPUs and whether it may use spot."""
    regions = len(provider)
    level = np.array(_PRICE_LEVEL)[continent] * chance.uniform(0.7, 1.3, regions)
    family = level * chance.uniform(0.85, 1.15, (_FAMILIES, regions))
    spot = family * chance.uniform(0.1, 0.7, (_FAMILIES, regions))
    offered = chance.random((_FAMILIES, regions)) < 0.85
    kind, home = chance.integers(_FAMILIES, size=workloads), chance.integers(regions, size=workloads)
    vcpus = 2.0 ** chance.integers(1, 7, workloads) * chance.integers(1, 5, workloads)
    may_use_spot = chance.random(workloads) < 0.4
    on_demand = 28 * vcpus[:, None] * family[kind]
    usd = np.where(may_use_spot[:, None], 28 * vcpus[:, None] * spot[kind], on_demand)
    read = np.where(chance.random(workloads) < 0.3, np.minimum(chance.lognormal(5.5, 2.0, workloads), 5e5), 0.0)
    reading = scale * read[:, None] * between[home]
    usd, on_demand = usd + reading, on_demand + reading
    open_ = offered[kind]
    bound = chance.random(workloads) < 0.25
    open_ &= ~bound[:, None] | (continent[home][:, None] == continent)
    open_[np.arange(workloads), home] = True
    return usd, on_demand, open_, vcpus.astype(np.float64), may_use_spot


def _applications(draw: Random, workloads: int, *, one: bool) -> Iterator[range]:
    """Sizes with a heavy tail, a fifth of all workloads at most."""
    begun = 0
    while begun < workloads:
        size = workloads if one else min(max(4, workloads // 5), int(2 * (draw.paretovariate(1.1) + 0.5)))
        yield range(begun, min(begun + size, workloads))
        begun += size
