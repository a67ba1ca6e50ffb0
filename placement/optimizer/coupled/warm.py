"""The compiled code of this package is made, or loaded, before it is needed."""

from functools import cache
from time import monotonic

import numpy as np

from placement.optimizer.coupled.choices import Choices
from placement.optimizer.coupled.climbing import climb
from placement.optimizer.coupled.pricing import Coupled, Pricing, Until
from placement.optimizer.pairwise.costs import costs_of
from placement.optimizer.pairwise.graph import graph_of
from placement.optimizer.pairwise.oracle import Oracle


@cache
def ready() -> None:
    """Some three seconds the first time after an installation, a fraction of one later."""
    node, none = np.arange(3), np.full(3, -1)
    graph = graph_of(np.arange(4) * 2, np.tile([0, 1], 3), node[[0, 0, 1]], node[[1, 2, 2]], np.ones((3, 3)), none)
    costs = costs_of(np.ones((2, 2)), np.zeros(2), np.zeros((0, 2, 2)))
    each = np.arange(7)
    choices = Choices(each, np.ones(6), each, np.zeros(6, np.int32), np.ones(6))
    coupled = Coupled(Oracle(graph), costs, np.zeros(6), choices, np.full(1, 3.0), 1e3)
    climb(Pricing(coupled, Until(0.0, monotonic() + 60)), 1)
