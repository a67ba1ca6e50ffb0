"""What deploy/ has is accepted by an API server as it stands, and is locked down."""

import json
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from placement.cli.main import run
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.manifests import Manifest

pytestmark = pytest.mark.xdist_group("control-plane")

ROOT = Path(__file__).parents[2]
KINDS = ["base", "overlays/cert-manager", "overlays/self-signed"]


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A copy, with certificates where the overlay wants them."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("certificates"))
    assert run(["kubernetes", "certificates", str(tmp_path / "deploy/overlays/self-signed/certificates")]) == 0
    return tmp_path / "deploy"


def kubectl(cluster: Cluster, *arguments: object) -> str:
    command = [cluster.programs / "kubectl", f"--kubeconfig={cluster.kubeconfig}", *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def objects(cluster: Cluster, folder: Path) -> list[Manifest]:
    """All that a folder of kustomize makes."""
    # An API server that is not there yet need not be asked for its kinds.
    listed = kubectl(cluster, "create", "--dry-run=client", "--output=json", "--kustomize", folder)
    found: list[Manifest] = []
    decoder, rest = json.JSONDecoder(), listed.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found += document.get("items", [document])
        rest = rest[end:].strip()
    return found


def containers(found: list[Manifest]) -> list[tuple[str, Any, Any]]:
    """(Deployment, the pod's specification, container) of each."""
    return [
        (each["metadata"]["name"], spec, container)
        for each in found
        if each["kind"] == "Deployment"
        for spec in [each["spec"]["template"]["spec"]]
        for container in (*spec.get("initContainers", ()), *spec["containers"])
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_server_accepts_everything(cluster: Cluster, deploy: Path, kind: str) -> None:
    cluster.apply((ROOT / "deploy/base/namespace.yaml").read_text(encoding="utf-8"))
    said = kubectl(cluster, "apply", "--dry-run=server", "--kustomize", deploy / kind)
    assert len(said.splitlines()) >= 25
    assert all(line.endswith("(server dry run)") for line in said.splitlines())


def test_containers_run_without_rights(cluster: Cluster, deploy: Path) -> None:
    found = containers(objects(cluster, deploy / "base"))
    assert len(found) == 6
    for _, spec, container in found:
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


def test_everything_long_lived_may_be_disrupted_one_by_one(cluster: Cluster, deploy: Path) -> None:
    found = objects(cluster, deploy / "base")
    budgets = {each["metadata"]["name"] for each in found if each["kind"] == "PodDisruptionBudget"}
    assert budgets == {each["metadata"]["name"] for each in found if each["kind"] == "Deployment"}


@pytest.mark.parametrize("kind", KINDS)
def test_webhooks_spare_what_repairs_the_cluster(cluster: Cluster, deploy: Path, kind: str) -> None:
    spared = {"kube-system", "kube-public", "kube-node-lease", "placement"}
    if kind == "overlays/cert-manager":
        spared.add("cert-manager")
    hooks = [(each["kind"], hook) for each in objects(cluster, deploy / kind) for hook in each.get("webhooks", ())]
    assert len(hooks) == 4
    for of, hook in hooks:
        (selector,) = hook["namespaceSelector"]["matchExpressions"]
        assert (selector["operator"], set(selector["values"])) == ("NotIn", spared)
        assert hook["failurePolicy"] == ("Fail" if of.startswith("Validating") else "Ignore")
        assert hook["sideEffects"] == "None"


def test_the_webhooks_know_the_service_by_its_authority(cluster: Cluster, deploy: Path) -> None:
    found = objects(cluster, deploy / "overlays/self-signed")
    secrets = {each["metadata"]["name"]: each["data"] for each in found if each["kind"] == "Secret"}
    (served,) = x509.load_pem_x509_certificates(b64decode(secrets["placement-tls"]["tls.crt"]))
    names = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "placement.placement.svc" in names.get_values_for_type(x509.DNSName)
    for hook in (hook for each in found for hook in each.get("webhooks", ())):
        (authority,) = x509.load_pem_x509_certificates(b64decode(hook["clientConfig"]["caBundle"]))
        served.verify_directly_issued_by(authority)
    (client,) = x509.load_pem_x509_certificates(b64decode(secrets["placement-scheduler-tls"]["tls.crt"]))
    (of_clients,) = x509.load_pem_x509_certificates(b64decode(secrets["placement-scheduler-tls"]["ca.crt"]))
    client.verify_directly_issued_by(of_clients)
    with pytest.raises(ValueError, match="Issuer"):
        client.verify_directly_issued_by(authority)


def test_cert_manager_is_asked_by_an_annotation_alone(cluster: Cluster, deploy: Path) -> None:
    found = objects(cluster, deploy / "overlays/cert-manager")
    for each in (each for each in found if "webhooks" in each):
        assert each["metadata"]["annotations"] == {"cert-manager.io/inject-ca-from": "placement/placement"}
    assert not any("cert-manager" in each["apiVersion"] for each in found)


def test_certificates_are_for_a_namespace_that_can_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kubernetes", "certificates", str(tmp_path / "made"), "--namespace", "a b"]) == 1
    assert "'a b' is no name of a namespace" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()
