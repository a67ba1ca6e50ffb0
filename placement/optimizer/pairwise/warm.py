"""The core is compiled when it is first used after an installation, and kept: here before it is needed."""

from functools import cache

import numpy as np

from placement.optimizer.pairwise.costs import costs_of
from placement.optimizer.pairwise.gathering import gather
from placement.optimizer.pairwise.graph import graph_of
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.pairwise.solving import solved


@cache
def ready() -> None:
    """Compile the core, or load what was compiled before. Some 25 s the first time, a fraction of one later."""
    node, none = np.arange(3), np.full(3, -1)
    graph = graph_of(np.arange(4) * 2, np.tile([0, 1], 3), node[[0, 0, 1]], node[[1, 2, 2]], np.ones((3, 3)), none)
    costs = costs_of(np.ones((2, 2)), np.zeros(2), np.zeros((0, 2, 2)))
    no_pairs, pools = np.empty(0, np.int64), np.zeros((2, 2), np.int64)
    gather(graph.first, np.tile([0, 1], 3), no_pairs, no_pairs, np.empty(0), np.empty(0), pools, pools[0], np.zeros(1))
    solved(Oracle(graph), np.zeros(6), costs, passes=1, gap=0.0)
