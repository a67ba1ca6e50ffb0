"""A verdict as it is written into answers about thousands of nodes: each node costs one look into a table.

Letters of the array shapes: K kinds of nodes; the last of K + 1 is what nothing is known of.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from placement.kubernetes import wire
from placement.kubernetes.node_set import NodeSet
from placement.kubernetes.scores import scores
from placement.kubernetes.verdict import Verdict


class Ruling:
    """What the pods of one shape are answered about the nodes of one set."""

    def __init__(self, verdict: Verdict, nodes: NodeSet) -> None:
        self.verdict, self._nodes = verdict, nodes
        self.refusals = (*verdict.refusals, verdict.of_strangers)
        """Shape (K + 1,), empty where pods may be."""
        self._usd = np.append(verdict.usd, np.inf)
        self._scored: dict[float, _Texts] = {}

    def reasons(self, names: Sequence[str]) -> list[str]:
        """Why each of the nodes may not have the pod, empty where it may."""
        return [self.refusals[kind] for kind in map(self._nodes.kind_of.__getitem__, names)]

    def filtered(self, names: Sequence[str]) -> bytes:
        """Which of the nodes may have the pod, as the answer to filter."""
        if not any(self.refusals):
            return wire.filtered_names(names, ())
        texts = list(map(self._refused.__getitem__, names))
        passed = [name for name, text in zip(names, texts, strict=True) if not text]
        return wire.filtered_names(passed, filter(None, texts))

    def prioritized(self, names: Sequence[str]) -> bytes:
        """The scores of the nodes, as the answer to prioritize."""
        cheapest = self._cheapest(names)
        if cheapest not in self._scored:
            if len(self._scored) > 1:
                self._scored.clear()
            found = [str(score) for score in scores(self._usd, cheapest)]
            self._scored[cheapest] = _Texts(self._nodes, found, wire.scored_node)
        return wire.prioritized(map(self._scored[cheapest].__getitem__, names))

    @cached_property
    def _refused(self) -> "_Texts":
        written = {words: wire.json_of(words) for words in self.refusals if words}
        return _Texts(self._nodes, [written.get(words, "") for words in self.refusals], wire.refused_node)

    def _cheapest(self, names: Sequence[str]) -> float:
        """Of the nodes; mostly they have one of those that are the cheapest of all."""
        for usd, some in self._cheapest_of_all:
            if not some.isdisjoint(names):
                return usd
        kinds = set(map(self._nodes.kind_of.__getitem__, names))
        return min((float(self._usd[kind]) for kind in kinds), default=np.inf)

    @cached_property
    def _cheapest_of_all(self) -> list[tuple[float, frozenset[str]]]:
        """(USD a month, nodes) of the cheapest kinds, ascending."""
        order = np.argsort(self.verdict.usd, kind="stable")
        found = [(float(self.verdict.usd[kind]), self._nodes.names[kind]) for kind in order.tolist()]
        return [(usd, some) for usd, some in found if some and np.isfinite(usd)][:3]


class _Texts(dict[str, str]):
    """What is written of each node of the set, by its name; of any other it is written when it is asked for."""

    def __init__(self, nodes: NodeSet, words: Sequence[str], write: Callable[[str, str], str]) -> None:
        written = nodes.written
        super().__init__({name: write(written[name], words[kind]) for name, kind in nodes.kind_of.items()})
        self._stranger, self._write = words[nodes.kind_of.stranger], write

    def __missing__(self, name: str) -> str:
        return self._write(wire.json_of(name), self._stranger)
