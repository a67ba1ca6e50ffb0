"""What runs in a real cluster becomes a fleet file that places the same, with the rights that are documented."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placement.cli.main import run
from placement.domain.fleet import Fleet
from placement.fleet_file import parse_fleet
from placement.kubernetes.kubeconfig import from_kubeconfig
from placement.kubernetes.workloads.live import fleet_of_cluster
from placement.store.repository import Store
from tests.kubernetes.accounts import kubeconfig_of
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.documented import manifests
from tests.kubernetes.manifests import node, pod
from tests.kubernetes.test_scheduling import sample_database

pytestmark = pytest.mark.xdist_group("control-plane")

ORDINARY = Path(__file__).parent / "ordinary.yaml"
CHECKOUT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout}
spec:
  replicas: 2
  selector: {matchLabels: {app: checkout}}
  template:
    metadata:
      labels: {app: checkout, placement.dev/classification: pii-eu}
      annotations:
        placement.dev/flows: "[{to: internet, gb_per_month: 500}]"
    spec:
      containers: [{name: main, image: example.invalid/main, resources: {requests: {cpu: 500m, memory: 1Gi}}}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 5Gi}}}
"""
MACHINES = {"imported-de": ("eu-central-1", "spot"), "imported-us": ("us-east-1", "on-demand")}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return sample_database(tmp_path)


@pytest.fixture
def running_shop(cluster: Cluster, namespace: str) -> Iterator[str]:
    """A namespace with a Deployment, of which one pod runs in Frankfurt and one in Virginia."""
    for name, (region, capacity) in MACHINES.items():
        labels = {
            "topology.kubernetes.io/region": region,
            "node.kubernetes.io/instance-type": "m5.xlarge",
            "karpenter.sh/capacity-type": capacity,
        }
        cluster.create("/api/v1/nodes", node(name, labels=labels, provider_id=f"aws:///{region}a/i-{name}"))
    cluster.apply(CHECKOUT, namespace)
    owner = cluster.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/checkout")["metadata"]
    made_by = {"apiVersion": "apps/v1", "name": "checkout", "kind": "Deployment", "uid": owner["uid"]}
    template = {"metadata": {"labels": {"app": "checkout"}}, "spec": pod("any")["spec"]}
    del template["spec"]["terminationGracePeriodSeconds"]
    replicas: dict[str, Any] = {
        "metadata": {
            "name": "checkout-6d4f",
            "labels": {"pod-template-hash": "6d4f", "app": "checkout"},
            "ownerReferences": [made_by | {"controller": True}],
        },
        "spec": {"selector": {"matchLabels": {"app": "checkout"}}, "template": template},
    }
    made = cluster.create(f"/apis/apps/v1/namespaces/{namespace}/replicasets", replicas)["metadata"]
    for machine in MACHINES:
        replica = pod(
            f"checkout-6d4f-{machine}", labels={"pod-template-hash": "6d4f", "app": "checkout"}, nodeName=machine
        )
        by = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": "checkout-6d4f",
            "uid": made["uid"],
            "controller": True,
        }
        replica["metadata"]["ownerReferences"] = [by]
        cluster.create(f"/api/v1/namespaces/{namespace}/pods", replica)
    cluster.create(f"/api/v1/namespaces/{namespace}/pods", pod("alone"))
    yield namespace
    for name in MACHINES:
        cluster.delete(f"/api/v1/nodes/{name}")


def imported(
    capsys: pytest.CaptureFixture[str], database: str, kubeconfig: Path, namespace: str, *options: str
) -> Fleet:
    where = ("--kubeconfig", str(kubeconfig), "--namespace", namespace, "--database", database)
    assert run(["kubernetes", "import", *where, *options]) == 0
    return parse_fleet(capsys.readouterr().out, "fleet.yaml").fleet


def test_what_runs_is_a_fleet_with_where_it_runs(
    cluster: Cluster, running_shop: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = imported(capsys, database, cluster.kubeconfig, running_shop, "--name", "shop", "--policies", "gdpr.yaml")
    assert (found.name, found.policies) == ("shop", ("gdpr.yaml",))
    checkout, alone = found.workloads
    assert (checkout.name, alone.name) == (f"{running_shop}/checkout", f"{running_shop}/alone")
    assert (checkout.replicas, checkout.resources.vcpus, checkout.resources.memory_gib) == (2, 0.5, 1.0)
    assert checkout.classification == ("pii-eu",)
    assert {(part.region, part.instance_type, part.capacity_type, part.replicas) for part in checkout.current} == {
        ("aws:eu-central-1", "m5.xlarge", "spot", 1),
        ("aws:us-east-1", "m5.xlarge", "on_demand", 1),
    }
    assert alone.current == ()
    assert [(each.name, each.movable) for each in found.datasets] == [(f"{running_shop}/volumes/data", True)]
    assert "internet" in {flow.dst for flow in found.flows}


def test_live_objects_say_what_their_manifests_say(
    cluster: Cluster, namespace: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ORDINARY.read_text(encoding="utf-8")
    cluster.apply(text, namespace)
    live = imported(capsys, database, cluster.kubeconfig, namespace)
    assert run(["kubernetes", "import", "--manifests", str(ORDINARY), "--database", database]) == 0
    written = parse_fleet(capsys.readouterr().out.replace("default/", f"{namespace}/"), "fleet.yaml").fleet
    by_name = {each.name: each for each in live.workloads}
    assert by_name == {each.name: each for each in written.workloads}
    assert {each.name: each for each in live.datasets} == {each.name: each for each in written.datasets}


def test_the_documented_role_suffices_and_is_used(
    cluster: Cluster, running_shop: str, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = f"/api/v1/namespaces/{running_shop}/serviceaccounts"
    cluster.create(accounts, {"metadata": {"name": "placement-import"}})
    role = manifests("ClusterRole")["placement-import"]
    cluster.create("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)
    binding = {
        "metadata": {"name": "placement-import"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "placement-import"},
        "subjects": [{"kind": "ServiceAccount", "name": "placement-import", "namespace": running_shop}],
    }
    cluster.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
    kubeconfig = kubeconfig_of(cluster, running_shop, "placement-import", tmp_path)
    assert len(imported(capsys, database, kubeconfig, running_shop).workloads) == 2
    events = cluster.asked_by(running_shop, "placement-import")
    asked = {(event["verb"], event["objectRef"]["resource"]) for event in events}
    granted = {(verb, resource) for rule in role["rules"] for verb in rule["verbs"] for resource in rule["resources"]}
    assert asked == granted
    cluster.delete("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/placement-import")
    where = ["--kubeconfig", str(kubeconfig), "--database", database]
    assert run(["kubernetes", "import", *where]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "the cluster cannot be read" in said.err
    assert "is forbidden" in said.err


def test_a_cluster_that_cannot_be_imported_is_no_fleet(
    cluster: Cluster, namespace: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--kubeconfig", str(cluster.kubeconfig), "--database", database]
    assert run(["kubernetes", "import", *where, "--namespace", namespace]) == 1
    assert f"nothing runs in {namespace} that could be placed" in capsys.readouterr().err


def test_all_that_live_objects_say_wrongly_is_told_at_once_and_may_be_left_out(
    cluster: Cluster, running_shop: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flows = "[{to: internet, gb_per_month: 1}, {from: %s/web, gb_per_month: %d}]"
    for name, annotations in {
        "web": {"placement.dev/job": "{hours: -1}", "placement.dev/state-gb": "many"},
        "api": {"placement.dev/plcaes": "EU", "placement.dev/jbo": "{}", "placement.dev/flows": "[{"},
        "far": {"placement.dev/places": "EUU", "placement.dev/failover": "aws:eu-centrl-1"},
        "sum": {"placement.dev/flows": flows % (running_shop, -9)},
        "good": {"placement.dev/flows": flows % (running_shop, 9)},
    }.items():
        cluster.create(f"/api/v1/namespaces/{running_shop}/pods", pod(name, annotations=annotations))
    where = ["--kubeconfig", str(cluster.kubeconfig), "--namespace", running_shop, "--database", database]
    assert run(["kubernetes", "import", *where]) == 1
    refused = capsys.readouterr()
    assert refused.out == ""
    said = refused.err.removeprefix("error: ").replace(running_shop, "shop").splitlines()
    for start, words in (
        ("Pod shop/web: placement.dev/job: hours: must be a number above 0", "but is -1"),
        ("Pod shop/web: placement.dev/state-gb: must be a number", "'many'"),
        ("Pod shop/api: the pod has the annotation placement.dev/", "did you mean 'places'?"),
        ("Pod shop/api: the pod has the annotation placement.dev/", "did you mean 'job'?"),
        ("Pod shop/api: placement.dev/flows:1:", "is not YAML"),
        ("Pod shop/far: placement.dev/places: allow[0]: ", "'EUU'"),
        ("Pod shop/far: placement.dev/failover: [0]: there is no region", "did you mean 'aws:eu-central-1'?"),
        ("Pod shop/sum: placement.dev/flows: [1].gb_per_month: must be", "but is -9"),
    ):
        assert any(line.startswith(start) and words in line for line in said), (start, words, said)
    assert not any("shop/good" in line or "shop/checkout" in line for line in said)
    assert run(["kubernetes", "import", *where, "--skip-invalid"]) == 0
    shown = capsys.readouterr()
    found = parse_fleet(shown.out, "fleet.yaml").fleet
    names = {f"{running_shop}/{name}" for name in ("checkout", "alone", "good")}
    assert {each.name for each in found.workloads} == names
    assert [(each.src, each.dst) for each in found.flows if f"{running_shop}/good" in (each.src, each.dst)] == [
        (f"{running_shop}/good", "internet")
    ]
    told = shown.err.replace(running_shop, "shop").splitlines()
    flow = "Pod shop/good: the flow from shop/web to shop/good is left out, since shop/web is"
    assert sorted(told) == sorted(f"left out: {line}" for line in (*said, flow))


def test_daemon_sets_are_left_out_and_named_with_what_they_take(
    cluster: Cluster, running_shop: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (name, cpu) in enumerate((("agent", "250m"), ("agent", "250m"), ("proxy", "500m"))):
        daemon = pod(f"{name}-{number}", nodeName="imported-de")
        owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": name, "uid": name, "controller": True}
        daemon["metadata"]["ownerReferences"] = [owner]
        daemon["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu, "memory": "512Mi"}}
        cluster.create(f"/api/v1/namespaces/{running_shop}/pods", daemon)
    where = ["--kubeconfig", str(cluster.kubeconfig), "--database", database]
    assert run(["kubernetes", "import", *where, "--namespace", running_shop]) == 0
    said = capsys.readouterr()
    assert {each.name for each in parse_fleet(said.out, "fleet.yaml").fleet.workloads} == {
        f"{running_shop}/checkout",
        f"{running_shop}/alone",
    }
    (line,) = [line for line in said.err.splitlines() if "DaemonSets" in line]
    assert (
        f"are left out: {running_shop}/agent, {running_shop}/proxy; what they ask of a node, up to 0.75 vCPUs and "
        in line
    )
    assert "1.00 GiB together" in line


def test_the_cluster_is_that_of_the_files_that_the_environment_names(
    cluster: Cluster,
    running_shop: str,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "contexts").write_text("current-context: test\n", encoding="utf-8")
    files = [tmp_path / "none", tmp_path / "contexts", cluster.kubeconfig]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    command = ["kubernetes", "import", "--namespace", running_shop, "--database", database]
    assert run(command) == 0
    assert len(parse_fleet(capsys.readouterr().out, "fleet.yaml").fleet.workloads) == 2
    assert run([*command, "--kubeconfig", str(tmp_path / "contexts")]) == 1
    assert "contexts: there is no context 'test', it has none" in capsys.readouterr().err


def test_the_clusters_own_pods_are_left_out(cluster: Cluster, running_shop: str, database: str) -> None:
    cluster.create("/api/v1/namespaces/kube-system/pods", pod("proxy"))
    store = Store.open(database)
    found = asyncio.run(fleet_of_cluster(from_kubeconfig(cluster.kubeconfig), store.catalog(), "all"))
    store.close()
    names = {each.name for each in found.fleet.workloads}
    assert f"{running_shop}/checkout" in names
    assert not any(name.startswith("kube-system/") for name in names)
    cluster.delete("/api/v1/namespaces/kube-system/pods/proxy")
