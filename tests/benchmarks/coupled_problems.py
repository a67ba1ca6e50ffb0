"""The seeded pairwise problems with quotas on their hottest regions and a cap on the spot share of groups."""

import numpy as np

from placement.optimizer.coupled.choices import Choices, taken, without_hopeless
from placement.optimizer.coupled.pricing import Coupled
from placement.optimizer.pairwise.graph import Whole
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.pairwise.solving import solved
from tests.benchmarks.pairwise_problems import Asked

HOTTEST = 10
GROUPS = 5


def coupled(asked: Asked, *, use: float = 0.6, spot_share: float = 0.15) -> Coupled:
    """The hottest regions get that part of what would be used without quotas, each group that share of its vCPUs on
    spot. Where a workload has few regions, quotas leave room for it."""
    graph = asked.graph
    nodes, regions = len(graph.first) - 1, len(asked.costs.within)
    free = solved(Oracle(graph), asked.usd, asked.costs, passes=60, gap=1e-3, threads=2)
    used = np.bincount(graph.region[graph.first[:-1] + free.labels], asked.vcpus, regions)
    hot = np.argsort(-used, kind="stable")[:HOTTEST]
    limit = np.floor(use * used[hot])
    for i in np.flatnonzero(np.diff(graph.first) <= 4):
        here = graph.region[graph.first[i] : graph.first[i + 1]]
        if np.isin(here, hot).all():
            limit[np.flatnonzero(hot == here[0])[0]] += asked.vcpus[i]
    group = np.arange(nodes) % GROUPS
    shares = np.floor(spot_share * np.bincount(group, asked.vcpus))
    limits, choices = np.concatenate([limit, shares]), _choices(asked, hot, group)
    every = np.ones(len(choices.usd), np.bool_)
    return Coupled(
        Oracle(graph),
        asked.costs,
        np.zeros(len(asked.usd)),
        taken(choices, without_hopeless(choices, limits, every)),
        limits,
        10 * (float(asked.on_demand_usd.sum()) + float((graph.out_gb + graph.back_gb).sum())),
    )


def _choices(asked: Asked, hot: Whole, group: Whole) -> Choices:
    """Of each label on demand, then on spot where that is allowed."""
    graph = asked.graph
    node = np.repeat(np.arange(len(graph.first) - 1), np.diff(graph.first))
    spot = asked.may_use_spot[node]
    quota = np.full(len(asked.costs.within), -1)
    quota[hot] = np.arange(len(hot))
    in_quota = quota[graph.region]
    first = np.concatenate([[0], np.cumsum(1 + spot)]).astype(np.int64)
    label = np.repeat(np.arange(len(node)), 1 + spot)
    is_spot = np.zeros(len(label), np.bool_)
    is_spot[first[:-1][spot] + 1] = True
    usd = np.where(is_spot, asked.usd[label], asked.on_demand_usd[label])
    counted = (in_quota[label] >= 0).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(counted + is_spot)]).astype(np.int64)
    counter = np.empty(start[-1], np.int32)
    amount = np.empty(start[-1])
    at = start[:-1][counted == 1]
    counter[at] = in_quota[label][counted == 1]
    amount[at] = asked.vcpus[node[label]][counted == 1]
    at = (start[:-1] + counted)[is_spot]
    counter[at] = len(hot) + group[node[label]][is_spot]
    amount[at] = asked.vcpus[node[label]][is_spot]
    return Choices(first, usd, start, counter, amount)
