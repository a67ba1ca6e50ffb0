"""The rulings on one set of nodes; those that were asked for last are at hand."""

from dataclasses import dataclass
from itertools import compress

import msgspec
from msgspec import Raw

from placement.kubernetes.cluster import Cluster
from placement.kubernetes.node_set import NodeSet
from placement.kubernetes.objects import Pod
from placement.kubernetes.ruling import Ruling
from placement.kubernetes.shape import BadPod, PodShape
from placement.kubernetes.verdict import Verdict
from placement.kubernetes.verdicts import Verdicts

_MOST = 16
"""At hand; each may have two texts for every node."""

_pod_of = msgspec.json.Decoder(Pod).decode


@dataclass(frozen=True, slots=True)
class Census:
    """The nodes, counted."""

    nodes: int
    without_region: int
    """Nobody knows where they are: only pods that may be anywhere are let there."""
    without_price: int
    """They score 0."""


class Rulings:
    """What pods of a cluster are answered about these nodes."""

    def __init__(self, verdicts: Verdicts, nodes: NodeSet) -> None:
        self.verdicts, self.nodes = verdicts, nodes
        self._latest: dict[PodShape | str, Ruling] = {}
        """By shape, or by what is wrong with the pod; the last one was asked for last."""

    def with_nodes(self, nodes: NodeSet) -> "Rulings":
        """On other nodes; as long as they are of the same kinds, no pod is judged anew."""
        same = self.verdicts.kinds == nodes.kinds
        return Rulings(self.verdicts if same else Verdicts(self.verdicts.ground, nodes.kinds), nodes)

    def census(self) -> Census:
        """Of these nodes."""
        offers, count = self.verdicts.offers, [len(names) for names in self.nodes.names]
        return Census(
            nodes=sum(count),
            without_region=sum(compress(count, ~offers.is_known)),
            without_price=sum(compress(count, ~offers.is_priced)),
        )

    def on(self, pod: Raw, cluster: Cluster) -> Ruling:
        """The ruling on a pod of the cluster; raises msgspec.DecodeError for what is no pod."""
        try:
            shape = self.verdicts.shape_of(_pod_of(pod), pod, cluster, self.nodes.kind_of)
        except BadPod as bad:
            words = str(bad)
            return self._latest_of(words) or self._new(words, self.verdicts.refused(bad))
        return self._latest_of(shape) or self._new(shape, self.verdicts.on(shape))

    def _latest_of(self, key: PodShape | str) -> Ruling | None:
        found = self._latest.pop(key, None)
        if found is not None:
            self._latest[key] = found
        return found

    def _new(self, key: PodShape | str, verdict: Verdict) -> Ruling:
        if len(self._latest) >= _MOST:
            del self._latest[next(iter(self._latest))]
        made = self._latest[key] = Ruling(verdict, self.nodes)
        return made
