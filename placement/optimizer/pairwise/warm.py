"""The code of this package is compiled when it is first used after an installation, and kept: here before it is
needed."""

from functools import cache

import numpy as np

from placement.optimizer.pairwise.costs import Costs, costs_of
from placement.optimizer.pairwise.dominance import Dominance
from placement.optimizer.pairwise.gathering import gather
from placement.optimizer.pairwise.graph import graph_of
from placement.optimizer.pairwise.oracle import Oracle


@cache
def core() -> None:
    """Compile it, or load what was compiled before. Some 16 s the first time, a fraction of one later."""
    oracle, costs = small()
    oracle.run(
        np.zeros(6),
        costs,
        np.ones(len(oracle.components), np.bool_),
        passes=1,
        forests=0,
        gap=0.0,
        seed=0,
        start=None,
        rest=False,
        until=np.inf,
        threads=1,
    )


@cache
def around() -> None:
    """The rest of it, some two seconds the first time."""
    oracle, costs = small()
    first, region = oracle.graph.first, np.tile([0, 1], 3)
    no_pairs, pools = np.empty(0, np.int64), np.zeros((2, 2), np.int64)
    gather(first, region, no_pairs, no_pairs, np.empty(0), np.empty(0), pools, pools[0], np.zeros(1))
    oracle.shrunk(Dominance.of(oracle.graph, np.zeros(6), costs).kept)


def small() -> tuple[Oracle, Costs]:
    """Three nodes, each in one of two regions, with flows from each to each."""
    node, none = np.arange(3), np.full(3, -1)
    graph = graph_of(np.arange(4) * 2, np.tile([0, 1], 3), node[[0, 0, 1]], node[[1, 2, 2]], np.ones((3, 3)), none)
    return Oracle(graph), costs_of(np.ones((2, 2)), np.zeros(2), np.zeros((0, 2, 2)))
