"""kube-scheduler puts pods where they are lawful and cheapest, on 60 nodes in 12 regions of three clouds."""

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from placement.domain.access import Scope as AccessScope
from placement.domain.offering import CapacityType, Offering
from placement.planner.keys import issue_key
from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.api.certificates import certificate
from tests.api.deciding import Process, running
from tests.api.serving import until
from tests.kubernetes.cluster import Cluster, free_port, running_cluster
from tests.kubernetes.documented import SCHEDULER, scheduler_configuration
from tests.kubernetes.judging import GDPR, ONLY_EEA
from tests.kubernetes.manifests import Manifest, node, pod
from tests.store.market import NOON

pytestmark = pytest.mark.xdist_group("control-plane")

REGIONS = (
    "aws:eu-central-1", "aws:eu-north-1", "aws:us-east-1", "aws:ap-northeast-1",
    "azure:westeurope", "azure:swedencentral", "azure:uksouth", "azure:eastus",
    "gcp:europe-west4", "gcp:europe-north1", "gcp:us-central1", "gcp:asia-northeast1",
)  # fmt: skip
IN_EEA = frozenset(REGIONS[:2] + REGIONS[4:6] + REGIONS[8:10])
NODES_PER_REGION = 5
CPU, MEMORY = 0.1, 0.25
"""Of a pod: vCPUs and GiB."""


def sample_database(folder: Path) -> str:
    """A new database with the sample market."""
    url = f"sqlite:///{folder / 'placement.db'}"
    store = Store.open(url)
    store.upgrade()
    store.save_sweep(PriceSheets.sample().sweep(), NOON)
    store.close()
    return url


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sample_database(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def nodes(database: str) -> Iterator[dict[str, Offering]]:
    """Some machines in each region, by the name of their node."""
    store = Store.open(database)
    cluster, catalog = running_cluster(), store.catalog()
    store.close()
    found: dict[str, Offering] = {}
    for region in REGIONS:
        here = [
            offering
            for row in range(len(catalog.offerings))
            if (offering := catalog.offering(row)).region.id == region and 4 <= offering.instance_type.vcpus <= 16
        ]
        for offering in Random(region).sample(here, NODES_PER_REGION):
            name = f"node-{len(found)}"
            found[name] = offering
            cluster.create("/api/v1/nodes", machine(name, offering))
    yield found
    cluster.delete("/api/v1/nodes")


def machine(name: str, offering: Offering) -> Manifest:
    """The node as its cloud would have it."""
    region, has = offering.region, offering.instance_type
    spot = offering.capacity_type is CapacityType.SPOT
    labels = {"topology.kubernetes.io/region": region.name, "node.kubernetes.io/instance-type": has.name}
    match region.provider:
        case "aws":
            provider_id = f"aws:///{region.name}a/i-{name}"
            labels["karpenter.sh/capacity-type"] = "spot" if spot else "on-demand"
        case "azure":
            provider_id = (
                f"azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/{name}"
            )
            labels |= {"kubernetes.azure.com/scalesetpriority": "spot"} if spot else {}
        case _:
            provider_id = f"gce://project/{region.name}-b/{name}"
            labels |= {"cloud.google.com/gke-spot": "true"} if spot else {}
    return node(name, cpu=f"{has.vcpus:g}", memory=f"{has.memory_gib:g}Gi", labels=labels, provider_id=provider_id)


@pytest.fixture(scope="module")
def service(database: str, nodes: dict[str, Offering]) -> Iterator[Process]:
    """A process of the service that follows the cluster and has policies."""
    with running(database, "serve", "--port", "0", PLACEMENT_KUBERNETES=str(running_cluster().kubeconfig)) as found:
        store_policies(found, GDPR)
        until(lambda: found.ask("GET", "/readyz").status_code == 200)
        yield found


@pytest.fixture(scope="module")
def scheduling(service: Process) -> Iterator[None]:
    """The scheduler of the documentation, which asks the service."""
    with running_cluster().scheduler(scheduler_configuration(service.url)):
        yield


def store_policies(service: Process, text: str) -> None:
    answer = service.ask("PUT", "/v1/policies/gdpr", content=text, headers={"Content-Type": "application/yaml"})
    assert answer.is_success, answer.text


def small(name: str, *, pii: bool = False, scheduler: str = SCHEDULER, **others: Any) -> Manifest:
    """A pod for the scheduler of the documentation, or for another one."""
    labels = {"placement.dev/classification": "pii-eu"} if pii else {}
    cpu, memory = f"{CPU * 1000:g}m", f"{MEMORY * 1024:g}Mi"
    return pod(name, cpu=cpu, memory=memory, labels=labels, schedulerName=scheduler, **others)


def usd(offering: Offering) -> float:
    """What such a pod adds to the month's bill on a machine, without any flows."""
    has = offering.instance_type
    part = max(CPU / has.vcpus, MEMORY / has.memory_gib) * offering.usd_per_hour / 1e9
    hazard = offering.hazard_per_hour if offering.capacity_type is CapacityType.SPOT else 0.0
    return 730 * part * (1 + hazard * 5 / 60)


def cheapest(costs: Mapping[str, float]) -> set[str]:
    """The nodes of the least cost: several sizes of a machine may cost the same for each of their parts."""
    return {name for name, usd in costs.items() if usd <= min(costs.values()) * (1 + 1e-6)}


def node_of(cluster: Cluster, namespace: str, name: str) -> str:
    """Where the pod is; waits until it is somewhere."""
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    until(lambda: "nodeName" in cluster.get(path)["spec"])
    return str(cluster.get(path)["spec"]["nodeName"])


def create(cluster: Cluster, namespace: str, *pods: Manifest) -> None:
    for each in pods:
        cluster.create(f"/api/v1/namespaces/{namespace}/pods", each)


@pytest.mark.usefixtures("scheduling")
def test_personal_data_stay_in_admitted_regions(cluster: Cluster, namespace: str, nodes: dict[str, Offering]) -> None:
    names = [f"pii-{number}" for number in range(40)]
    create(cluster, namespace, *(small(name, pii=True) for name in names))
    lawful = {name: usd(offering) for name, offering in nodes.items() if offering.region.id in IN_EEA}
    used = {node_of(cluster, namespace, name) for name in names}
    assert used <= cheapest(lawful)


@pytest.mark.usefixtures("scheduling")
def test_other_pods_go_to_the_cheapest_node(cluster: Cluster, namespace: str, nodes: dict[str, Offering]) -> None:
    create(cluster, namespace, *(small(f"plain-{number}") for number in range(10)))
    costs = {name: usd(offering) for name, offering in nodes.items()}
    used = {node_of(cluster, namespace, f"plain-{number}") for number in range(10)}
    assert used <= cheapest(costs)


@pytest.mark.usefixtures("scheduling")
def test_a_full_node_leaves_pods_to_the_next_cheapest_lawful_one(
    cluster: Cluster, namespace: str, nodes: dict[str, Offering]
) -> None:
    costs = {name: usd(offering) for name, offering in nodes.items() if offering.region.id in IN_EEA}
    full = cheapest(costs)
    for name in full:
        cluster.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True}})
    try:
        create(cluster, namespace, small("next", pii=True))
        left = {name: usd for name, usd in costs.items() if name not in full}
        assert node_of(cluster, namespace, "next") in cheapest(left)
    finally:
        for name in full:
            cluster.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": None}})


@pytest.mark.usefixtures("scheduling")
def test_a_pod_that_nothing_admits_waits_and_says_why(cluster: Cluster, namespace: str) -> None:
    create(cluster, namespace, small("nowhere", pii=True, annotations={"placement.dev/places": "US, JP"}))
    create(cluster, namespace, small("misspelt", annotations={"placement.dev/place": "EU"}))
    until(lambda: bool(cluster.why_pending(namespace, "nowhere") and cluster.why_pending(namespace, "misspelt")))
    why = cluster.why_pending(namespace, "nowhere")
    assert why.startswith("0/60 nodes are available: ")
    assert f"30 {ONLY_EEA}" in why
    assert "30 places: only in US, JP" in why
    assert "60 Preemption is not helpful for scheduling" in why
    assert "60 the pod has the annotation placement.dev/place, which means nothing here; did you mean 'places'?" in (
        cluster.why_pending(namespace, "misspelt")
    )
    for name in ("nowhere", "misspelt"):
        assert "nodeName" not in cluster.get(f"/api/v1/namespaces/{namespace}/pods/{name}")["spec"]


@pytest.mark.usefixtures("scheduling")
def test_a_namespace_makes_its_pods_what_they_are(cluster: Cluster, namespace: str, nodes: dict[str, Offering]) -> None:
    labels = {"metadata": {"labels": {"placement.dev/classification": "pii-eu"}}}
    cluster.patch(f"/api/v1/namespaces/{namespace}", labels)
    create(cluster, namespace, small("inherits"))
    assert nodes[node_of(cluster, namespace, "inherits")].region.id in IN_EEA


@pytest.mark.usefixtures("scheduling")
def test_data_draw_a_pod_to_their_region(cluster: Cluster, namespace: str, nodes: dict[str, Offering]) -> None:
    home = "gcp:asia-northeast1"
    annotations = {"placement.dev/at": home, "placement.dev/gb-per-month": "900"}
    size = {"storage": "50Gi"}
    shared: Manifest = {"accessModes": ["ReadWriteMany"], "storageClassName": "shared"}
    name = f"volume-{namespace}"
    claim = {"namespace": namespace, "name": "data"}
    volume = {"capacity": size, "claimRef": claim, "nfs": {"server": "nfs.invalid", "path": "/"}}
    cluster.create("/api/v1/persistentvolumes", {"metadata": {"name": name}, "spec": shared | volume})
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    bound = {"pv.kubernetes.io/bind-completed": "yes"}
    cluster.create(
        claims,
        {
            "metadata": {"name": "data", "annotations": annotations | bound},
            "spec": shared | {"resources": {"requests": size}, "volumeName": name},
        },
    )
    cluster.patch(f"{claims}/data/status", {"status": {"phase": "Bound"}})
    mounted = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    create(cluster, namespace, small("reads", volumes=mounted))
    assert nodes[node_of(cluster, namespace, "reads")].region.id == home
    cluster.delete(f"{claims}/data")
    cluster.delete(f"/api/v1/persistentvolumes/{name}")


@pytest.mark.usefixtures("scheduling")
def test_room_is_made_only_where_the_pod_may_be(cluster: Cluster, namespace: str, nodes: dict[str, Offering]) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods"
    filled = {"placement.test/filled": "yes"}
    lawful, other = (
        next(name for name, offering in nodes.items() if (offering.region.id in IN_EEA) is within)
        for within in (True, False)
    )
    for name in (lawful, other):
        cluster.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": filled}})
        room = float(nodes[name].instance_type.vcpus) - 0.05
        only = {"kubernetes.io/hostname": name}
        create(
            cluster,
            namespace,
            pod(f"fills-{name}", cpu=f"{room * 1000:g}m", schedulerName=SCHEDULER, nodeSelector=only, priority=1),
        )
        assert node_of(cluster, namespace, f"fills-{name}") == name
    create(cluster, namespace, small("urgent", pii=True, nodeSelector=filled, priority=1000))
    assert node_of(cluster, namespace, "urgent") == lawful
    left = {item["metadata"]["name"] for item in cluster.get(path)["items"]}
    assert left == {"urgent", f"fills-{other}"}


def test_another_policy_counts_from_then_on(
    cluster: Cluster, namespace: str, service: Process, scheduling: None, nodes: dict[str, Offering]
) -> None:
    try:
        store_policies(service, GDPR.replace("[EEA]", "[SE]").replace("version: 3", "version: 4"))
        # The service looks once in a while.
        pods = iter(range(100))

        def in_sweden() -> bool:
            name = f"later-{next(pods)}"
            create(cluster, namespace, small(name, pii=True))
            return nodes[node_of(cluster, namespace, name)].region.country == "SE"

        until(in_sweden)
    finally:
        store_policies(service, GDPR)


def test_while_the_service_is_away_pods_wait(
    cluster: Cluster, namespace: str, database: str, nodes: dict[str, Offering]
) -> None:
    port = free_port()
    with cluster.scheduler(scheduler_configuration(f"http://127.0.0.1:{port}", namespace)):
        create(cluster, namespace, small("patient", pii=True, scheduler=namespace), small("plain", scheduler=namespace))
        until(lambda: "connection refused" in cluster.why_pending(namespace, "patient"))
        until(lambda: "connection refused" in cluster.why_pending(namespace, "plain"))
        for name in ("patient", "plain"):
            assert "nodeName" not in cluster.get(f"/api/v1/namespaces/{namespace}/pods/{name}")["spec"]
        kubeconfig = str(cluster.kubeconfig)
        with running(database, "serve", "--port", str(port), PLACEMENT_KUBERNETES=kubeconfig) as service:
            store_policies(service, GDPR)
            assert nodes[node_of(cluster, namespace, "patient")].region.id in IN_EEA


def test_a_service_that_dies_at_work_leaves_no_pod_in_a_wrong_region(
    cluster: Cluster, namespace: str, database: str, nodes: dict[str, Offering]
) -> None:
    port, names = free_port(), [f"pii-{number}" for number in range(40)]
    path, kubeconfig = f"/api/v1/namespaces/{namespace}/pods", str(cluster.kubeconfig)

    def regions() -> dict[str, str]:
        bound = {each["metadata"]["name"]: each["spec"].get("nodeName") for each in cluster.get(path)["items"]}
        return {name: nodes[node].region.id for name, node in bound.items() if node}

    def dies_at_work() -> None:
        before, first, late = len(regions()), [names.pop() for _ in range(10)], [names.pop() for _ in range(10)]
        with running(database, "serve", "--port", str(port), PLACEMENT_KUBERNETES=kubeconfig) as service:
            store_policies(service, GDPR)
            until(lambda: service.ask("GET", "/readyz").status_code == 200)
            create(cluster, namespace, *(small(name, pii=True, scheduler=namespace) for name in first))
            until(lambda: len(regions()) > before)
            service.kill()
        create(cluster, namespace, *(small(name, pii=True, scheduler=namespace) for name in late))
        until(lambda: "connection refused" in cluster.why_pending(namespace, late[-1]))
        assert {*regions().values()} <= IN_EEA
        assert late[-1] not in regions()

    with cluster.scheduler(scheduler_configuration(f"http://127.0.0.1:{port}", namespace)):
        for _ in range(2):
            dies_at_work()
        with running(database, "serve", "--port", str(port), PLACEMENT_KUBERNETES=kubeconfig):
            until(lambda: len(regions()) == 40)
            assert {*regions().values()} <= IN_EEA


def test_a_service_that_cannot_judge_says_so_and_pods_wait(cluster: Cluster, namespace: str, database: str) -> None:
    with running(
        database,
        "serve",
        "--port",
        "0",
        PLACEMENT_KUBERNETES=str(cluster.kubeconfig),
        PLACEMENT_KUBERNETES_POLICIES="gdprr",
    ) as service:
        with cluster.scheduler(scheduler_configuration(service.url, namespace)):
            create(cluster, namespace, small("patient", scheduler=namespace))
            words = "no policies are stored as 'gdprr'"
            until(lambda: words in cluster.why_pending(namespace, "patient"))
        problem = service.ask("GET", "/readyz").json()
        assert any(words in reason for reason in problem["reasons"])


def test_a_scheduler_proves_itself_by_a_certificate(
    cluster: Cluster, namespace: str, nodes: dict[str, Offering], tmp_path: Path
) -> None:
    url = sample_database(tmp_path)
    store = Store.open(url)
    _, key = issue_key(store, "admin", (AccessScope.ADMIN,), None, NOON, "test")
    store.close()
    authority = certificate(tmp_path, "authority")
    server, client = (certificate(tmp_path, name, authority) for name in ("server", "scheduler"))
    options = ("--tls-certificate", str(server.certificate_file), "--tls-key", str(server.key_file))
    kubeconfig = str(cluster.kubeconfig)
    with running(
        url, "serve", "--port", "0", *options, "--tls-client-ca", str(authority.certificate_file),
        PLACEMENT_KUBERNETES=kubeconfig,
    ) as service:  # fmt: skip
        context = ssl.create_default_context(cafile=str(authority.certificate_file))
        context.load_cert_chain(client.certificate_file, client.key_file)
        with httpx.Client(base_url=service.url, verify=context, timeout=60, trust_env=False) as known:
            # The certificate opens the scheduler's paths, and these only.
            headers = {"Content-Type": "application/yaml"}
            assert known.put("/v1/policies/gdpr", content=GDPR, headers=headers).status_code == 401
            assert known.get("/v1/policies").status_code == 401
            authorized = headers | {"Authorization": f"Bearer {key}"}
            assert known.put("/v1/policies/gdpr", content=GDPR, headers=authorized).status_code == 201
            until(lambda: known.get("/readyz").status_code == 200)
            shown = scheduler_configuration(service.url, namespace)
            files = f"caFile: {authority.certificate_file}"
            pair = f"certFile: {client.certificate_file}, keyFile: {client.key_file}"
            with cluster.scheduler(f"{shown}  enableHTTPS: true\n  tlsConfig: {{{files}, {pair}}}\n"):
                create(cluster, namespace, small("pii", pii=True, scheduler=namespace))
                assert nodes[node_of(cluster, namespace, "pii")].region.id in IN_EEA
            with cluster.scheduler(f"{shown}  enableHTTPS: true\n  tlsConfig: {{{files}}}\n"):
                create(cluster, namespace, small("refused", pii=True, scheduler=namespace))
                until(
                    lambda: (
                        f'"{service.url}/kubernetes/scheduler/filter": EOF' in cluster.why_pending(namespace, "refused")
                    )
                )
                assert "nodeName" not in cluster.get(f"/api/v1/namespaces/{namespace}/pods/refused")["spec"]
