"""How a pod reaches its cluster, and what is said where there is none."""

from pathlib import Path

import pytest

from placement.domain.errors import BadInput
from placement.kubernetes.access import ClusterAccess, Secret, in_cluster


@pytest.mark.parametrize(("host", "url"), [("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443")])
def test_a_pod_has_its_service_account(tmp_path: Path, host: str, url: str) -> None:
    (tmp_path / "ca.crt").write_text("ca")
    (tmp_path / "token").write_text("secret")
    environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}
    assert in_cluster(environment, tmp_path) == ClusterAccess(
        url, Secret(file=tmp_path / "ca.crt"), token=Secret(file=tmp_path / "token")
    )


def test_outside_of_a_cluster_there_is_no_service_account(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="this is no pod of a cluster: KUBERNETES_SERVICE_HOST and"):
        in_cluster({}, tmp_path)
    (tmp_path / "ca.crt").write_text("ca")
    with pytest.raises(BadInput, match="token cannot be read: No such file"):
        in_cluster({"KUBERNETES_SERVICE_HOST": "h", "KUBERNETES_SERVICE_PORT": "1"}, tmp_path)
