"""Which nodes hang together: nothing outside of a component matters to it."""

from dataclasses import dataclass

import numpy as np

from placement.optimizer.pairwise.compiled import entry, fingerprint
from placement.optimizer.pairwise.graph import Graph, Whole


@dataclass(frozen=True, eq=False)
class Components:
    """Component c has the nodes members[ends[c] : ends[c + 1]], rising."""

    members: Whole
    ends: Whole

    def __len__(self) -> int:
        return len(self.ends) - 1

    @classmethod
    def of(cls, graph: Graph) -> "Components":
        """In the order of their first nodes."""
        component = np.full(len(graph.first) - 1, -1, np.int64)
        count = walk(graph, component, np.empty_like(component))
        members = np.argsort(component, kind="stable")
        return cls(members, np.searchsorted(component[members], np.arange(count + 1)))


def _walker(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def walk(graph: Graph, component: Whole, ahead: Whole) -> int:
        """Number the component of each node; returns how many there are. `ahead` is room for all nodes."""
        count = sources * 0
        for root in range(len(component)):
            if component[root] >= 0:
                continue
            component[root], ahead[0], waiting = count, root, 1
            while waiting > 0:
                waiting -= 1
                node = ahead[waiting]
                for at in range(graph.start[node], graph.start[node + 1]):
                    edge = graph.incident[at]
                    other = graph.head[edge] if graph.tail[edge] == node else graph.tail[edge]
                    if component[other] < 0:
                        component[other] = count
                        ahead[waiting] = other
                        waiting += 1
            count += 1
        return count

    return walk


walk = _walker(fingerprint())
