"""Tests on a control plane share one, and run in one process, so that only one is started."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.kubernetes.cluster import Cluster, running_cluster


@pytest.fixture
def cluster() -> Cluster:
    """The control plane of this run; its tests are marked `xdist_group("control-plane")`."""
    return running_cluster()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace of the test's own. Its pods go with it."""
    name = f"test-{uuid4().hex[:8]}"
    cluster.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    cluster.delete(f"/api/v1/namespaces/{name}/pods")
