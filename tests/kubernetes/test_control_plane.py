"""The control plane of the tests is a real one: it schedules a pod, and says why it does not schedule another."""

import pytest

from tests.api.serving import until
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.manifests import node, pod

pytestmark = pytest.mark.xdist_group("control-plane")


def test_pods_are_bound_to_nodes_that_have_room(cluster: Cluster, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    cluster.create("/api/v1/nodes", node("small", cpu="2"))
    cluster.create(pods, pod("fits", cpu="1"))
    cluster.create(pods, pod("does-not", cpu="8"))
    try:
        with cluster.scheduler():
            until(lambda: cluster.get(f"{pods}/fits")["spec"].get("nodeName") == "small")
            until(lambda: "Insufficient cpu" in cluster.why_pending(namespace, "does-not"))
    finally:
        cluster.delete("/api/v1/nodes/small")
