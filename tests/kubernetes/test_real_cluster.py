"""A real API server is followed, with the rights that the documentation shows and no more."""

from pathlib import Path

import pytest

from placement.kubernetes.access import ClusterAccess, Secret
from placement.kubernetes.kubeconfig import from_kubeconfig
from tests.api.certificates import certificate
from tests.api.serving import until
from tests.kubernetes.accounts import token_of
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.documented import manifest
from tests.kubernetes.following import following
from tests.kubernetes.manifests import node

pytestmark = pytest.mark.xdist_group("control-plane")


def account(cluster: Cluster, namespace: str, folder: Path) -> ClusterAccess:
    """A service account that has the documented role, and its token, in files as a pod has them."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    cluster.create(accounts, {"metadata": {"name": "placement"}})
    cluster.apply(manifest("ClusterRole"))
    cluster.apply(
        f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: placement-{namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: placement}}
subjects: [{{kind: ServiceAccount, name: placement, namespace: {namespace}}}]
"""
    )
    (folder / "token").write_text(f"{token_of(cluster, namespace, 'placement')}\n", encoding="utf-8")
    return ClusterAccess(cluster.url, Secret(file=cluster.authority), token=Secret(file=folder / "token"))


def test_the_documented_role_suffices(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    cluster.create("/api/v1/nodes", node("followed", provider_id="aws:///eu-central-1a/i-1"))
    try:
        with following(account(cluster, namespace, tmp_path)) as (informer, told):
            until(lambda: informer.knows_all)
            assert informer.cluster.nodes["followed"].region == "eu-central-1"
            assert namespace in informer.cluster.namespaces
            labels = {"metadata": {"labels": {"placement.dev/capacity-type": "spot"}}}
            cluster.patch("/api/v1/nodes/followed", labels)
            until(lambda: informer.cluster.nodes["followed"].capacity_type == "spot")
            spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
            cluster.create(claims, {"metadata": {"name": "data"}, "spec": spec})
            until(lambda: (namespace, "data") in informer.cluster.claims)
            assert informer.cluster.claims[namespace, "data"].spec.resources is not None
            assert [words for _, words in told if words] == []
    finally:
        cluster.delete("/api/v1/nodes/followed")


def test_without_rights_the_reason_is_told(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    access = account(cluster, namespace, tmp_path)
    cluster.delete(f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/placement-{namespace}")
    with following(access) as (informer, told):
        until(lambda: any(words and "403" in words and "is forbidden" in words for _, words in told))
        assert not informer.knows_all


def test_a_renewed_token_is_taken_up(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    access = account(cluster, namespace, tmp_path)
    good = (tmp_path / "token").read_text(encoding="utf-8")
    (tmp_path / "token").write_text("expired", encoding="utf-8")
    with following(access) as (informer, told):
        until(lambda: any(words and "401" in words for _, words in told))
        (tmp_path / "token").write_text(good, encoding="utf-8")
        until(lambda: informer.knows_all)


def test_a_server_of_another_authority_is_not_believed(cluster: Cluster, tmp_path: Path) -> None:

    other = certificate(tmp_path, "other")
    with following(ClusterAccess(cluster.url, Secret(file=other.certificate_file))) as (informer, told):
        until(lambda: any(words and "CERTIFICATE_VERIFY_FAILED" in words for _, words in told))
        assert not informer.knows_all


def test_a_kubeconfig_file_leads_there_too(cluster: Cluster) -> None:
    with following(from_kubeconfig(cluster.kubeconfig)) as (informer, _):
        until(lambda: informer.knows_all)
        assert "kube-system" in informer.cluster.namespaces
