"""The nodes of a cluster at one time: few kinds, and for each name its kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.wire import json_of


class KindOf(dict[str, int]):
    """The position of a node's kind by the node's name; of any other name the one after the last kind."""

    def __init__(self, kinds: int, known: Mapping[str, int]) -> None:
        super().__init__(known)
        self.stranger = kinds

    def __missing__(self, name: str) -> int:
        return self.stranger


@dataclass(frozen=True, eq=False)
class NodeSet:
    """Immutable; a change of the cluster makes another one, with the same kinds as long as these suffice."""

    kinds: tuple[NodeKind, ...] = ()
    """Also such as no node is of any more."""
    kind_of: KindOf = field(default_factory=lambda: KindOf(0, {}))
    """Position in `kinds`, by the name of the node."""

    @cached_property
    def names(self) -> Sequence[frozenset[str]]:
        """The nodes of each kind."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for name, kind in self.kind_of.items():
            found[kind].append(name)
        return [frozenset(found[kind]) for kind in range(len(self.kinds))]

    @cached_property
    def written(self) -> Mapping[str, str]:
        """The names of the nodes as JSON."""
        return {name: json_of(name) for name in self.kind_of}

    def with_nodes(self, nodes: Mapping[str, NodeKind]) -> "NodeSet":
        """The set of these nodes."""
        position = {kind: index for index, kind in enumerate(self.kinds)}
        kind_of = {name: position.setdefault(kind, len(position)) for name, kind in nodes.items()}
        if len(position) == len(self.kinds):
            return NodeSet(self.kinds, KindOf(len(position), kind_of))
        if len(position) <= 2 * len(frozenset(kind_of.values())):
            return NodeSet(tuple(position), KindOf(len(position), kind_of))
        return NodeSet().with_nodes(nodes)
