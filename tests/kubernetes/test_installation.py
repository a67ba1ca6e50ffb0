"""What deploy/ starts, started with the rights that it grants, on a real API server that writes down who asks what."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from placement.cli.main import run
from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.deciding import Process, running
from tests.api.serving import until
from tests.kubernetes.accounts import kubeconfig_of, token_of
from tests.kubernetes.admitting import review
from tests.kubernetes.cluster import Cluster, free_port, running_cluster
from tests.kubernetes.judging import GDPR
from tests.kubernetes.manifests import Manifest, node, pod
from tests.kubernetes.test_scheduling import node_of, sample_database
from tests.store.market import NOON

pytestmark = pytest.mark.xdist_group("control-plane")

BASE = Path(__file__).parents[2] / "deploy" / "base"
NAMESPACE = "placement"
Right = tuple[str, str, str]
"""(verb, group, resource)."""


def documents(file: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all((BASE / file).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def rights() -> Cluster:
    """The cluster with the service accounts of deploy/, and what they may do."""
    cluster = running_cluster()
    cluster.apply((BASE / "namespace.yaml").read_text(encoding="utf-8"))
    cluster.apply((BASE / "rights.yaml").read_text(encoding="utf-8"), NAMESPACE)
    return cluster


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the certificates of the overlay that makes its own."""
    made = tmp_path_factory.mktemp("installation")
    assert run(["kubernetes", "certificates", str(made)]) == 0
    return made


@pytest.fixture(scope="module")
def database(folder: Path) -> str:
    """With a market, a policy and a key, without which the service answers its own machine only."""
    url = sample_database(folder)
    store = Store.open(url)
    _, key = issue_key(store, "admin", (Scope.ADMIN,), None, NOON, "test")
    store.close()
    with running(url, "serve", "--port", "0") as found:
        headers = {"Content-Type": "application/yaml", "Authorization": f"Bearer {key}"}
        assert found.ask("PUT", "/v1/policies/gdpr", content=GDPR, headers=headers).status_code == 201
    return url


def container(file: str) -> Manifest:
    """The service's own container of a Deployment."""
    (deployment,) = [each for each in documents(file) if each["kind"] == "Deployment"]
    (found,) = [each for each in deployment["spec"]["template"]["spec"]["containers"] if each["name"] == "placement"]
    return dict(found)


def started(file: str, cluster: Cluster, folder: Path, database: str, account: str) -> Any:
    """The container as a process on a free port of this machine, as its service account."""
    found, port = container(file), free_port()
    files = {
        "/tls/tls.crt": "tls.crt",
        "/tls/tls.key": "tls.key",
        "/client-tls/ca.crt": "client-ca.crt",
    }
    given = {each["name"]: each["value"] for each in found["env"] if "value" in each}
    variables = {name: str(folder / files[value]) if value in files else value for name, value in given.items()}
    assert variables["PLACEMENT_KUBERNETES"] == "in-cluster"
    variables["PLACEMENT_KUBERNETES"] = str(kubeconfig_of(cluster, NAMESPACE, account, folder))
    arguments = [each.replace("8443", str(port)).replace("0.0.0.0", "127.0.0.1") for each in found["args"]]
    return running(database, *arguments, **variables)


def trusting(folder: Path, *, client: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    if client:
        context.load_cert_chain(folder / "client.crt", folder / "client.key")
    return context


def asked(cluster: Cluster, account: str) -> set[Right]:
    """What an account asked of the API server, and got."""
    events = cluster.asked_by(NAMESPACE, account)
    return {
        (event["verb"], event["objectRef"].get("apiGroup", ""), event["objectRef"]["resource"])
        for event in events
        if event["responseStatus"]["code"] != 403
    }


def refused(cluster: Cluster, account: str) -> list[str]:
    events = cluster.asked_by(NAMESPACE, account)
    return [event["requestURI"] for event in events if event["responseStatus"]["code"] == 403]


def granted(account: str) -> set[Right]:
    """What the roles of deploy/ let an account do."""
    found = documents("rights.yaml")
    bound = {
        each["roleRef"]["name"]
        for each in found
        if each["kind"] == "ClusterRoleBinding" and any(who["name"] == account for who in each["subjects"])
    }
    return {
        (verb, group, resource)
        for each in found
        if each["kind"] == "ClusterRole" and each["metadata"]["name"] in bound
        for rule in each["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


@pytest.fixture(scope="module")
def service(rights: Cluster, folder: Path, database: str) -> Iterator[Process]:
    with started("service.yaml", rights, folder, database, "placement") as found:
        found.client = httpx.Client(base_url=found.url, verify=trusting(folder), timeout=60, trust_env=False)
        until(lambda: found.ask("GET", "/readyz").status_code == 200)
        yield found


def test_the_service_has_the_rights_that_it_uses_and_no_others(rights: Cluster, service: Process) -> None:
    shared = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": shared | {"storageClassName": "not-heard-of", "volumeName": "not-heard-of"},
    }
    binding = {"kind": "Binding", "metadata": {"name": "web"}, "target": {"kind": "Node", "name": "somewhere"}}
    questions = [
        review(pod("web"), namespace="not-heard-of"),
        review(claim, namespace="not-heard-of"),
        review(binding, namespace="not-heard-of", subResource="binding"),
    ]
    for question in questions:
        headers = {"Content-Type": "application/json"}
        answer = service.ask("POST", "/kubernetes/admission/validate", content=question, headers=headers)
        assert answer.status_code == 200, answer.text
    until(lambda: asked(rights, "placement") == granted("placement"))
    assert refused(rights, "placement") == []


@pytest.mark.parametrize("account", ["placement", "placement-worker"])
def test_the_service_may_change_nothing_and_read_no_secrets(rights: Cluster, account: str) -> None:
    headers = {"Authorization": f"Bearer {token_of(rights, NAMESPACE, account)}"}
    context = ssl.create_default_context(cafile=str(rights.authority))
    with httpx.Client(base_url=rights.url, headers=headers, verify=context, timeout=60, trust_env=False) as client:
        question = {"spec": {"namespace": NAMESPACE}}
        said = client.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", json=question).json()
    rules = said["status"]["resourceRules"]
    assert rules
    # What everybody may ask about themselves.
    others = [each for each in rules if not {"authorization.k8s.io", "authentication.k8s.io"} & set(each["apiGroups"])]
    assert {verb for each in others for verb in each["verbs"]} <= {"get", "list", "watch"}
    assert {resource for each in others for resource in each["resources"]} <= {
        resource for _, _, resource in granted(account)
    }


def test_the_second_scheduler_does_its_work_with_its_rights(
    rights: Cluster, folder: Path, database: str, namespace: str
) -> None:
    labels = {"topology.kubernetes.io/region": "eu-central-1", "node.kubernetes.io/instance-type": "m5.xlarge"}
    rights.create("/api/v1/nodes", node("installed", labels=labels, provider_id="aws:///eu-central-1a/i-1"))
    account = "placement-scheduler"
    kubeconfig = kubeconfig_of(rights, NAMESPACE, account, folder)
    configuration = (BASE / "scheduler-configuration.yaml").read_text(encoding="utf-8")
    options = scheduler_options()
    with started("scheduler.yaml", rights, folder, database, account) as found:
        port = found.url.rpartition(":")[2]
        for shown, real in (
            ("localhost:8443", f"localhost:{port}"),
            ("/client-tls/tls.", f"{folder}/client."),
            ("/tls/ca.crt", f"{folder}/ca.crt"),
        ):
            assert shown in configuration
            configuration = configuration.replace(shown, real)
        with rights.scheduler(configuration, *options, kubeconfig=kubeconfig):
            rights.create(
                f"/api/v1/namespaces/{namespace}/pods",
                pod("pii", labels={"placement.dev/classification": "pii-eu"}, schedulerName="placement"),
            )
            assert node_of(rights, namespace, "pii") == "installed"
            lease = rights.get(f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/placement-scheduler")
            assert lease["spec"]["holderIdentity"]
        assert refused(rights, account) == []
        # Without a certificate of the scheduler's authority there is no connection.
        with (
            httpx.Client(base_url=found.url, verify=trusting(folder), timeout=60, trust_env=False) as stranger,
            pytest.raises(httpx.HTTPError),
        ):
            stranger.get("/healthz")
    rights.delete("/api/v1/nodes/installed")


def scheduler_options() -> list[str]:
    """What the Deployment gives kube-scheduler beside its configuration."""
    (deployment,) = [each for each in documents("scheduler.yaml") if each["kind"] == "Deployment"]
    (found,) = [
        each for each in deployment["spec"]["template"]["spec"]["containers"] if each["name"] == "kube-scheduler"
    ]
    program, configuration, *options = found["command"]
    assert (program, configuration) == ("kube-scheduler", "--config=/configuration/scheduler-configuration.yaml")
    return list(options)
