"""Service accounts of the control plane of the tests, as the pods of an installation have them."""

from pathlib import Path

from tests.kubernetes.cluster import Cluster, write_kubeconfig


def token_of(cluster: Cluster, namespace: str, account: str) -> str:
    """A token of the account, good for an hour."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    return str(cluster.create(path, {"spec": {"expirationSeconds": 3600}})["status"]["token"])


def kubeconfig_of(cluster: Cluster, namespace: str, account: str, folder: Path) -> Path:
    """A kubeconfig file of the account in the folder."""
    file = folder / f"{account}.kubeconfig"
    write_kubeconfig(file, cluster.url, cluster.authority, f"{{token: {token_of(cluster, namespace, account)}}}")
    return file
