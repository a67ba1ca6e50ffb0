"""A scheduler in memory, asked as kube-scheduler asks, in its own words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from placement.domain.policy import PolicySet
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Metadata, Namespace
from placement.kubernetes.scheduler import Scheduler
from placement.market.catalog import Catalog
from tests.kubernetes.judging import ground
from tests.kubernetes.manifests import Manifest


def scheduler(
    nodes: Mapping[str, NodeKind], catalog: Catalog, policies: str | PolicySet | None = None
) -> tuple[Scheduler, Cluster]:
    """That stands on the catalog and the policies, and the cluster that it looks at, which has the namespace `shop`."""
    cluster = Cluster(nodes=dict(nodes), namespaces={"shop": Namespace(Metadata("shop"))})
    made = Scheduler(cluster)
    made.follow()
    made.stand_on(made.prepared(ground(catalog, policies)))
    return made, cluster


def by_name(pod: Manifest, names: Sequence[str] | None) -> bytes:
    """A question of a scheduler whose extender is `nodeCacheCapable`."""
    return _question(pod, None, names)


def by_node(pod: Manifest, nodes: Sequence[Manifest] | None) -> bytes:
    """A question of one whose extender is not."""
    return _question(pod, None if nodes is None else {"metadata": {}, "items": list(nodes)}, None)


def _question(pod: Manifest, nodes: Any, names: Sequence[str] | None) -> bytes:
    placed = pod | {"metadata": {"namespace": "shop"} | pod["metadata"]}
    return json.dumps({"Pod": placed, "Nodes": nodes, "NodeNames": names}).encode()
