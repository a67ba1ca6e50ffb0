"""The same graph on fewer labels, and its messages."""

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.compiled import entry, fingerprint
from placement.optimizer.pairwise.graph import Floats, Graph, Whole


def narrowed(graph: Graph, keep: NDArray[np.bool_]) -> Graph:
    """With the labels that are marked."""
    upto = np.concatenate([[0], np.cumsum(keep)])
    first = upto[graph.first]
    size = np.diff(first)
    received = np.stack([size[graph.head], size[graph.tail]], axis=1).ravel()
    return graph._replace(first=first, region=graph.region[keep], slot=np.concatenate([[0], np.cumsum(received)]))


def _carrier(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def carry(graph: Graph, keep: NDArray[np.bool_], wide: Floats, slot: Whole, narrow: Floats, down: bool) -> int:
        """Copy messages about labels that are kept from all to those, or from those into all."""
        for way in range(len(slot) - 1):
            receiver = graph.tail[way // 2] if way % 2 else graph.head[way // 2]
            at, to = graph.slot[way], slot[way]
            for p in range(graph.first[receiver], graph.first[receiver + 1]):
                if keep[p]:
                    if down:
                        narrow[to] = wide[at]
                    else:
                        wide[at] = narrow[to]
                    to += 1
                at += 1
        return sources

    return carry


carry = _carrier(fingerprint())
