"""A real API server asks the service what it may keep: no way leads around the law, ordinary objects pass unharmed."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.certificates import certificate
from tests.api.deciding import Process, running
from tests.api.serving import until
from tests.kubernetes.cluster import Cluster, running_cluster
from tests.kubernetes.judging import GDPR, ONLY_EEA
from tests.kubernetes.manifests import Manifest, node, pod
from tests.kubernetes.test_scheduling import sample_database, store_policies
from tests.kubernetes.webhooks import installed, namespace_of

pytestmark = pytest.mark.xdist_group("control-plane")

ORDINARY = Path(__file__).parent / "ordinary.yaml"
KEY = "placement.dev/classification"
PII = {KEY: "pii-eu"}
NODES = {"in-frankfurt": "eu-central-1", "in-virginia": "us-east-1"}
MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with certificates: `authority` and, signed by it, `server`."""
    folder = tmp_path_factory.mktemp("certificates")
    certificate(folder, "server", certificate(folder, "authority"))
    return folder


@pytest.fixture(scope="module")
def service(authority: Path) -> Iterator[Process]:
    """The service with TLS, which follows the cluster and answers its API server."""
    files = ("--tls-certificate", str(authority / "server.pem"), "--tls-key", str(authority / "server.key"))
    cluster = running_cluster()
    for name, region in NODES.items():
        labels = {"topology.kubernetes.io/region": region, "node.kubernetes.io/instance-type": "m5.xlarge"}
        cluster.create("/api/v1/nodes", node(name, labels=labels, provider_id=f"aws:///{region}a/i-{name}"))
    with running(
        sample_database(authority), "serve", "--port", "0", *files,
        PLACEMENT_KUBERNETES=str(cluster.kubeconfig), PLACEMENT_KUBERNETES_ADMISSION="true",
    ) as found:  # fmt: skip
        trusting = ssl.create_default_context(cafile=str(authority / "authority.pem"))
        found.client = httpx.Client(base_url=found.url, verify=trusting, timeout=60, trust_env=False)
        store_policies(found, GDPR)
        until(lambda: found.ask("GET", "/readyz").status_code == 200)
        yield found
    for name in NODES:
        cluster.delete(f"/api/v1/nodes/{name}")


@pytest.fixture(scope="module")
def installation(service: Process, authority: Path) -> Iterator[str]:
    with installed(running_cluster(), service.url, authority / "authority.pem") as name:
        until(lambda: refusal(running_cluster(), namespace_of(running_cluster(), name), misspelt()) != "")
        yield name


@pytest.fixture
def watched(cluster: Cluster, installation: str) -> Iterator[str]:
    """A namespace of the test's own, whose objects are judged."""
    name = namespace_of(cluster, installation)
    yield name
    cluster.delete(f"/api/v1/namespaces/{name}/pods")


def misspelt() -> Manifest:
    return pod("misspelt", annotations={"placement.dev/place": "EU"})


def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def refusal(cluster: Cluster, namespace: str, manifest: Manifest) -> str:
    """What the API server says of a pod that it does not keep; empty if it keeps it."""
    answer = cluster.client.post(pods(namespace), json=manifest)
    return "" if answer.is_success else str(answer.json()["message"])


def kubectl(cluster: Cluster, *arguments: str, document: str = "") -> "subprocess.CompletedProcess[str]":
    command = [str(cluster.programs / "kubectl"), f"--kubeconfig={cluster.kubeconfig}", *arguments]
    return subprocess.run(command, input=document, capture_output=True, text=True)


def terms(found: Any) -> Any:
    affinity = found["spec"]["affinity"]["nodeAffinity"]
    return affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]


def test_a_classified_pod_is_bound_to_admitted_regions(cluster: Cluster, watched: str) -> None:
    done = kubectl(cluster, "apply", f"--namespace={watched}", "--filename=-", document=str(pod("web", labels=PII)))
    assert done.returncode == 0, done.stderr
    assert "Warning: bound to " in done.stderr
    kept = cluster.get(f"{pods(watched)}/web")
    (condition,) = terms(kept)[0]["matchExpressions"]
    assert "eu-central-1" in condition["values"]
    assert "us-east-1" not in condition["values"]
    assert kept["metadata"]["annotations"]["admission.placement.dev/reasons"] == ONLY_EEA


def test_naming_a_node_is_no_way_around(cluster: Cluster, watched: str) -> None:
    said = refusal(cluster, watched, pod("web", labels=PII, nodeName="in-virginia"))
    assert f"the pod may not be on the node in-virginia: {ONLY_EEA}" in said
    assert refusal(cluster, watched, pod("web", labels=PII, nodeName="in-frankfurt")) == ""


@pytest.mark.parametrize("path", ["pods/web/binding", "bindings"])
def test_another_scheduler_is_no_way_around(cluster: Cluster, watched: str, path: str) -> None:
    cluster.create(pods(watched), pod("web", labels=PII, schedulerName="mine"))

    def bind(name: str) -> httpx.Response:
        target = {"apiVersion": "v1", "kind": "Node", "name": name}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "web"}, "target": target}
        return cluster.client.post(f"/api/v1/namespaces/{watched}/{path}", json=binding)

    said = bind("in-virginia")
    assert said.status_code == 403
    assert f"the pod may not be on the node in-virginia: {ONLY_EEA}" in said.json()["message"]
    assert "nodeName" not in cluster.get(f"{pods(watched)}/web")["spec"]
    assert bind("in-frankfurt").is_success
    assert cluster.get(f"{pods(watched)}/web")["spec"]["nodeName"] == "in-frankfurt"


def test_the_default_scheduler_follows_the_condition(cluster: Cluster, watched: str) -> None:
    with cluster.scheduler():
        cluster.create(pods(watched), pod("web", labels=PII, cpu="10m", memory="10Mi"))
        until(lambda: "nodeName" in cluster.get(f"{pods(watched)}/web")["spec"])
    assert cluster.get(f"{pods(watched)}/web")["spec"]["nodeName"] == "in-frankfurt"


def test_taking_the_label_away_is_no_way_around(cluster: Cluster, watched: str) -> None:
    cluster.create(pods(watched), pod("web", labels=PII))
    for labels in ({KEY: None}, {KEY: ""}):
        changed = {"metadata": {"labels": labels}}
        said = cluster.client.patch(f"{pods(watched)}/web", json=changed, headers=MERGE)
        assert said.status_code == 403
        assert "had pii-eu before, which cannot be taken away" in said.json()["message"]
    cluster.patch(f"/api/v1/namespaces/{watched}", {"metadata": {"labels": PII}})
    said = cluster.client.patch(
        f"/api/v1/namespaces/{watched}", json={"metadata": {"labels": {KEY: None}}}, headers=MERGE
    )
    assert said.status_code == 403


def test_a_debugging_container_passes(cluster: Cluster, watched: str) -> None:
    cluster.create(pods(watched), pod("web", labels=PII, nodeName="in-frankfurt"))
    container = {"name": "debug", "image": "example.invalid/shell:1"}
    cluster.patch(f"{pods(watched)}/web/ephemeralcontainers", {"spec": {"ephemeralContainers": [container]}})


def test_data_in_the_wrong_region_are_refused(cluster: Cluster, watched: str) -> None:
    claims = f"/api/v1/namespaces/{watched}/persistentvolumeclaims"

    def claim(storage_class: str) -> httpx.Response:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": "1Gi"}},
        }
        return cluster.client.post(claims, json={"metadata": {"name": storage_class, "labels": PII}, "spec": spec})

    made = []
    for name, region in (("abroad", "us-east-1"), ("home", "eu-central-1")):
        topology = [{"matchLabelExpressions": [{"key": "topology.kubernetes.io/region", "values": [region]}]}]
        kind = {
            "metadata": {"name": f"{name}-{watched}"},
            "provisioner": "example.invalid/disks",
            "allowedTopologies": topology,
        }
        cluster.create("/apis/storage.k8s.io/v1/storageclasses", kind)
        made.append(f"/apis/storage.k8s.io/v1/storageclasses/{name}-{watched}")
    said = claim(f"abroad-{watched}")
    assert said.status_code == 403
    assert f"makes volumes in aws:us-east-1, but {ONLY_EEA}" in said.json()["message"]
    assert claim(f"home-{watched}").is_success
    for path in made:
        cluster.delete(path)


def test_a_volume_in_the_wrong_region_is_not_bound(cluster: Cluster, watched: str) -> None:
    volumes, name = "/api/v1/persistentvolumes", f"volume-{watched}"
    size, shared = {"storage": "1Gi"}, {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
    expression = {"key": "topology.kubernetes.io/region", "operator": "In", "values": ["us-east-1"]}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
    disk = {"capacity": size, "csi": {"driver": "example.invalid", "volumeHandle": name}, "nodeAffinity": affinity}
    cluster.create(volumes, {"metadata": {"name": name}, "spec": shared | disk})
    try:
        spec = shared | {"resources": {"requests": size}, "volumeName": name}
        claims = f"/api/v1/namespaces/{watched}/persistentvolumeclaims"
        said = cluster.client.post(claims, json={"metadata": {"name": "data", "labels": PII}, "spec": spec})
        assert said.status_code == 403
        assert "the claim data has its data in aws:us-east-1, but" in said.json()["message"]
    finally:
        cluster.delete(f"{volumes}/{name}")


def specifications(cluster: Cluster, namespace: str) -> dict[str, Any]:
    """What is kept of all that was applied, without what differs by namespace."""
    kinds = "deployments,statefulsets,daemonsets,jobs,cronjobs,pods,services,configmaps,persistentvolumeclaims"
    listed = kubectl(cluster, "get", kinds, f"--namespace={namespace}", "--output=json")
    assert listed.returncode == 0, listed.stderr
    found = {}
    for item in httpx.Response(200, text=listed.stdout).json()["items"]:
        own = {key: item["metadata"].get(key) for key in ("labels", "generation")}
        spec = item.get("spec") or item.get("data")
        found[f"{item['kind']}/{item['metadata']['name']}"] = _without_ids((own, spec))
    return found


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_ids(v) for k, v in value.items() if "controller-uid" not in k and "clusterIP" not in k}
    return [_without_ids(each) for each in value] if isinstance(value, list | tuple) else value


def test_ordinary_objects_pass_unharmed(cluster: Cluster, watched: str, namespace: str) -> None:
    text = ORDINARY.read_text(encoding="utf-8")
    for place in (watched, namespace):
        done = kubectl(cluster, "apply", f"--namespace={place}", "--filename=-", document=text)
        assert (done.returncode, done.stderr) == (0, "")
    kept = specifications(cluster, watched)
    assert len(kept) == 20
    assert kept == specifications(cluster, namespace)


@pytest.mark.parametrize("mode", ["--server-side=false", "--server-side=true"])
def test_applying_again_changes_nothing(cluster: Cluster, installation: str, mode: str) -> None:
    classified = namespace_of(cluster, installation, **PII)
    text = ORDINARY.read_text(encoding="utf-8")
    apply = ("apply", f"--namespace={classified}", "--filename=-", mode)
    assert kubectl(cluster, *apply, document=text).returncode == 0
    kept = specifications(cluster, classified)
    (first, second) = terms(kept["Deployment/pinned"][1]["template"])
    assert [each["key"] for each in first["matchExpressions"]] == ["disk", "topology.kubernetes.io/region"]
    assert [each["key"] for each in second["matchExpressions"]] == ["fast", "topology.kubernetes.io/region"]
    for _ in range(2):
        assert kubectl(cluster, *apply, document=text).returncode == 0
        # A new generation would be a rollout.
        assert specifications(cluster, classified) == kept
    cluster.delete(f"/api/v1/namespaces/{classified}/pods")


def test_a_namespace_and_its_objects_may_come_together(cluster: Cluster, installation: str) -> None:
    name = namespace_of(cluster, installation, **PII)
    cluster.create(pods(name), pod("web"))
    assert terms(cluster.get(f"{pods(name)}/web"))
    cluster.delete(pods(name))


def _is_unasked(cluster: Cluster, path: str, document: Manifest) -> bool:
    """Whether the API server keeps nothing there, because nobody tells it what it may."""
    return "failed calling webhook" in cluster.client.post(path, json=document).text


def test_while_the_service_is_away_nothing_is_kept_and_everything_can_be_repaired(
    cluster: Cluster, authority: Path
) -> None:
    name = f"away-{uuid4().hex[:8]}"
    orphan = namespace_of(cluster, name)
    cluster.create(pods(orphan), pod("old") | {"metadata": {"name": "old", "finalizers": ["example.invalid/held"]}})
    with installed(cluster, "https://127.0.0.1:9", authority / "authority.pem", name):
        binding = {"metadata": {"name": "old"}, "target": {"kind": "Node", "name": "in-frankfurt"}}
        # The API server takes its time to hear of both webhooks, and keeps what comes before.
        questions = {pods(orphan): pod("new"), f"{pods(orphan)}/old/binding": binding}
        until(lambda: all(_is_unasked(cluster, f"{path}?dryRun=All", each) for path, each in questions.items()))
        for path, document in questions.items():
            assert cluster.client.post(path, json=document).status_code == 500
        # What is there goes on, and what is to go can go.
        cluster.patch(f"{pods(orphan)}/old/status", {"status": {"phase": "Running"}})
        cluster.delete(f"{pods(orphan)}/old")
        cluster.patch(f"{pods(orphan)}/old", {"metadata": {"finalizers": None}})
        assert cluster.get(pods(orphan))["items"] == []
        # What the cluster itself is made of is not asked about.
        cluster.create(pods("kube-system"), pod("dns"))
        cluster.delete(f"{pods('kube-system')}/dns")
        cluster.create(
            f"/apis/coordination.k8s.io/v1/namespaces/{orphan}/leases", {"metadata": {"name": "leader"}, "spec": {}}
        )
