"""What the search over one graph keeps from step to step, and from call to call."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.graph import Floats, Graph, Regions, Whole


class State(NamedTuple):
    """Arrays over nodes (N), labels (L) and messages; components only ever touch their own parts."""

    message: Floats
    """Costs that edges have handed to their ends; any values prove a bound."""
    own: Floats
    """Shape (L,): costs of labels with all that hangs below them on peeled leaves."""
    group: Regions
    """Shape (L,): the group of the label's region."""
    trial: Floats
    """Shape (L,): room for sums over trees."""
    label: Whole
    """Shape (N,): the solution at hand, as positions among the node's labels."""
    best: Whole
    """Shape (N,): the best solution seen."""
    cyclic: NDArray[np.bool_]
    """Shape (N,): nodes that are not peeled."""
    degree: Whole
    """Shape (N,): edges to nodes that are not peeled."""
    asked: NDArray[np.bool_]
    """Shape (N,): nodes that might move."""
    place: Whole
    """Shape (N,): position in the component's cyclic core."""
    tree: Whole
    """Shape (N,): 1 in the forest at hand, 2 when visited."""


def state_of(graph: Graph) -> State:
    """Nothing sent, nothing chosen."""
    count, labels = len(graph.start) - 1, len(graph.region)
    return State(
        message=np.zeros(int(graph.slot[-1])),
        own=np.zeros(labels),
        group=np.zeros(labels, np.uint32),
        trial=np.zeros(labels),
        label=np.zeros(count, np.int64),
        best=np.zeros(count, np.int64),
        cyclic=np.zeros(count, np.bool_),
        degree=np.zeros(count, np.int64),
        asked=np.zeros(count, np.bool_),
        place=np.zeros(count, np.int64),
        tree=np.zeros(count, np.int64),
    )
