"""Manifests are a fleet: requests, replicas, volumes and annotations count; errors have file and line."""

from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from placement.domain.errors import BadFleet, BadInput
from placement.domain.fleet import Fleet, Flow, Globs, GpuRequest, Job
from placement.domain.offering import CapacityType
from placement.fleet_file import FleetDocument
from placement.kubernetes.workloads.manifests import fleet_of_manifests
from placement.market.catalog import Catalog
from tests.builders import FRANKFURT, VIRGINIA, catalog, offering

ORDINARY = Path(__file__).parent / "ordinary.yaml"

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        placement.dev/places: EU, aws
    spec:
      containers:
      - {name: main, image: example.invalid/main, resources: {requests: {cpu: 500m, memory: 1Gi}}}
"""


def market() -> Catalog:
    return catalog([offering(FRANKFURT), offering(VIRGINIA)])


def read(folder: Path, text: str, *more: str) -> FleetDocument:
    for number, each in enumerate((text, *more)):
        (folder / f"{number}.yaml").write_text(each, encoding="utf-8")
    return fleet_of_manifests(folder, market())


def fleet(folder: Path, text: str, *more: str) -> Fleet:
    return read(folder, text, *more).fleet


def wrong(folder: Path, text: str, *more: str) -> str:
    with pytest.raises(BadFleet) as raised:
        read(folder, text, *more)
    return str(raised.value).replace(f"{folder}/", "")


def workload(kind: str, spec: str, *, name: str = "web") -> str:
    group = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1"}.get(kind, "apps/v1")
    return f"""
apiVersion: {group}
kind: {kind}
metadata: {{name: {name}, namespace: shop}}
spec:
{spec}
"""


TEMPLATE = "{spec: {containers: [{name: main, resources: {requests: {cpu: 2, memory: 4Gi}}}]}}"


def required(expression: str) -> str:
    """A node affinity of one term with one condition."""
    terms = f"{{nodeSelectorTerms: [{{matchExpressions: [{expression}]}}]}}"
    return f"{{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {terms}}}}}"


def test_a_deployment_is_a_workload_of_as_many_replicas(tmp_path: Path) -> None:
    (found,) = fleet(tmp_path, DEPLOYMENT).workloads
    assert (found.name, found.replicas, dict(found.labels)) == ("shop/web", 3, {"app": "web"})
    assert (found.resources.vcpus, found.resources.memory_gib) == (0.5, 1.0)
    assert found.places == Globs(allow=("EU", "aws"))
    # Spot is opted in, as in a fleet file.
    assert found.capacity.types == (CapacityType.ON_DEMAND,)


@pytest.mark.parametrize(
    ("kind", "spec", "replicas"),
    [
        ("StatefulSet", f"  replicas: 2\n  template: {TEMPLATE}", 2),
        ("ReplicaSet", f"  template: {TEMPLATE}", 1),
        ("Job", f"  parallelism: 4\n  completions: 3\n  template: {TEMPLATE}", 3),
        ("Job", f"  parallelism: 4\n  completions: 30\n  template: {TEMPLATE}", 4),
        ("CronJob", f"  schedule: '0 0 * * *'\n  jobTemplate: {{spec: {{parallelism: 5, template: {TEMPLATE}}}}}", 5),
        ("Pod", "  containers: [{name: main, resources: {limits: {cpu: 2, memory: 4Gi}}}]", 1),
    ],
)
def test_all_kinds_with_pods_are_counted(tmp_path: Path, kind: str, spec: str, replicas: int) -> None:
    (found,) = fleet(tmp_path, workload(kind, spec)).workloads
    assert (found.replicas, found.resources.vcpus, found.resources.memory_gib) == (replicas, 2.0, 4.0)


def test_what_is_asked_of_nodes_is_asked_of_places_and_machines(tmp_path: Path) -> None:
    selector = (
        "{kubernetes.io/arch: arm64, topology.kubernetes.io/region: eu-central-1, karpenter.sh/capacity-type: spot}"
    )
    expression = "{key: node.kubernetes.io/instance-type, operator: In, values: [m7g.large, m7g.xlarge]}"
    affinity = required(expression)
    gpu = "{limits: {nvidia.com/gpu: 2, cpu: 4, memory: 8Gi}}"
    pod = f"  nodeSelector: {selector}\n  affinity: {affinity}\n  containers: [{{name: main, resources: {gpu}}}]"
    (found,) = fleet(tmp_path, workload("Pod", pod)).workloads
    assert found.resources.architecture == ("arm64",)
    assert found.resources.gpus == GpuRequest(count=2)
    assert found.places == Globs(allow=("*:eu-central-1",))
    assert found.instance_types == Globs(allow=("m7g.large", "m7g.xlarge"))
    assert found.capacity.types == (CapacityType.SPOT,)


def test_the_regions_of_the_webhook_bind_nobody_to_where_it_is_now(tmp_path: Path) -> None:
    expression = "{key: topology.kubernetes.io/region, operator: In, values: [eu-central-1]}"
    bound = DEPLOYMENT.replace("    spec:\n", f"    spec:\n      affinity: {required(expression)}\n")
    marked = bound.replace("placement.dev/places: EU, aws", "admission.placement.dev/regions: eu-central-1")
    assert fleet(tmp_path, marked).workloads[0].places == Globs()
    assert fleet(tmp_path, bound.replace("placement.dev/places: EU, aws", "a: b")).workloads[0].places == Globs(
        allow=("*:eu-central-1",)
    )


def test_flows_lead_to_other_workloads_volumes_and_the_internet(tmp_path: Path) -> None:
    flows = """placement.dev/flows: |
          - {from: shop/api, gb_per_month: 90, max_rtt_ms: 30}
          - {from: data, gb_per_month: 7}
          - {to: internet, gb_per_month: 5}"""
    volumes = "      volumes: [{name: data, persistentVolumeClaim: {claimName: disk}}]\n"
    claim = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: shop, labels: {placement.dev/classification: pii-eu}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 100G}}}
"""
    web = DEPLOYMENT.replace("placement.dev/places: EU, aws", flows) + volumes
    found = fleet(tmp_path, web, DEPLOYMENT.replace("name: web", "name: api"), claim)
    disk = "shop/volumes/disk"
    assert found.flows == (
        Flow("shop/api", "shop/web", 90.0, max_rtt_ms=30.0),
        Flow(disk, "shop/web", 7.0),
        Flow("shop/web", "internet", 5.0),
        Flow("shop/web", disk, 0.0),
    )
    (dataset,) = found.datasets
    assert (dataset.name, dataset.size_gb, dataset.movable) == (disk, 100.0, True)
    assert dataset.classification == ("pii-eu",)


def test_a_volume_that_is_somewhere_stays_there(tmp_path: Path) -> None:
    volume = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: v, labels: {topology.kubernetes.io/region: eu-central-1}}
spec: {capacity: {storage: 200G}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: shop}
spec: {volumeName: v, resources: {requests: {storage: 100G}}}
"""
    volumes = "      volumes: [{name: data, persistentVolumeClaim: {claimName: disk, readOnly: true}}]\n"
    found = fleet(tmp_path, DEPLOYMENT + volumes, volume)
    assert [(each.at, each.size_gb) for each in found.datasets] == [(("aws:eu-central-1",), 200.0)]
    assert [(each.src, each.gb_per_month) for each in found.flows] == [("shop/volumes/disk", 200.0)]


def test_each_replica_of_a_stateful_set_has_its_volume(tmp_path: Path) -> None:
    claims = "  volumeClaimTemplates: [{metadata: {name: disk}, spec: {resources: {requests: {storage: 10G}}}}]"
    found = fleet(tmp_path, workload("StatefulSet", f"  replicas: 3\n  template: {TEMPLATE}\n{claims}"))
    assert [(each.name, each.size_gb) for each in found.datasets] == [("shop/volumes/web-disk", 30.0)]


def test_a_namespace_classifies_its_workloads(tmp_path: Path) -> None:
    namespace = (
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {placement.dev/classification: pii-eu}}}"
    )
    assert fleet(tmp_path, DEPLOYMENT, namespace).workloads[0].classification == ("pii-eu",)


def test_a_job_counts_for_the_hours_that_it_runs(tmp_path: Path) -> None:
    annotated = TEMPLATE.replace(
        "{spec", "{metadata: {annotations: {placement.dev/job: '{hours: 2, runs_per_month: 30}'}}, spec", 1
    )
    (found,) = fleet(tmp_path, workload("Job", f"  template: {annotated}")).workloads
    assert found.run == Job(hours=2.0, runs_per_month=30.0)
    silent = read(tmp_path, workload("Job", f"  template: {TEMPLATE}"))
    assert any("says not how long it runs (placement.dev/job)" in words for words in silent.warnings)


def test_what_is_not_placed_is_said(tmp_path: Path) -> None:
    everywhere = workload("DaemonSet", f"  template: {TEMPLATE}", name="agent")
    asleep = workload("Deployment", f"  replicas: 0\n  template: {TEMPLATE}", name="asleep")
    found = read(tmp_path, DEPLOYMENT, everywhere, asleep)
    assert [each.name for each in found.fleet.workloads] == ["shop/web"]
    assert [words.replace(f"{tmp_path}/", "") for words in found.warnings] == [
        "1.yaml:3:7: a DaemonSet runs on every node, and is left out",
        "2.yaml:4:18: Deployment shop/asleep: asks for no replicas, and is left out",
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("nodeSelector: {kubernetes.io/arch: s390x}", "asks for nodes of s390x; machines here are amd64 and arm64"),
        (
            "nodeSelector: {topology.kubernetes.io/region: a}\n  affinity: "
            + required("{key: topology.kubernetes.io/region, operator: In, values: [b, c]}"),
            "asks for nodes whose label topology.kubernetes.io/region is both a and b, c",
        ),
    ],
)
def test_what_no_node_could_answer_is_left_out(tmp_path: Path, asked: str, words: str) -> None:
    impossible = workload("Pod", f"  {asked}\n  containers: []", name="odd")
    found = read(tmp_path, DEPLOYMENT, impossible)
    assert [each.name for each in found.fleet.workloads] == ["shop/web"]
    assert [said.partition(": ")[2] for said in found.warnings] == [f"Pod shop/odd: {words}, and is left out"]


def test_a_claim_that_is_written_lies_where_it_says(tmp_path: Path) -> None:
    mounted = DEPLOYMENT + "      volumes: [{name: data, persistentVolumeClaim: {claimName: disk}}]\n"
    claim = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk, namespace: shop, annotations: {placement.dev/at: "aws:eu-central-1"}}
spec: {resources: {requests: {storage: 100G}}}
"""
    (data,) = fleet(tmp_path, mounted, claim).datasets
    assert (data.name, data.at) == ("shop/volumes/disk", ("aws:eu-central-1",))
    said = wrong(tmp_path, mounted, claim.replace("eu-central-1", "eu-centrl-1"))
    assert "the claim disk: placement.dev/at: there is no region 'aws:eu-centrl-1'" in said


def test_two_kinds_of_one_name_are_told_apart(tmp_path: Path) -> None:
    found = read(tmp_path, DEPLOYMENT, workload("Job", f"  template: {TEMPLATE}"))
    assert [each.name for each in found.fleet.workloads] == ["shop/web", "shop/web.job"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "placement.dev/plcaes: EU",
            "0.yaml:4:18: Deployment shop/web: the pod has the annotation placement.dev/plcaes",
        ),
        ("placement.dev/places: '[EU'", "placement.dev/places:12:"),
        ("placement.dev/state-gb: many", "0.yaml:12:33: workloads[0].state_gb: must be a number"),
        ("placement.dev/job: '{hours: 2, runs: 3}'", "0.yaml:12:40: workloads[0].job.runs: unknown key"),
        (
            "placement.dev/flows: |\n          - {from: shop/ap, gb_per_month: 9}\n          - {gb_per_month: -1}",
            "0.yaml:13:20: flows[0].from: there is no workload or dataset 'shop/ap'",
        ),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line(tmp_path: Path, written: str, words: str) -> None:
    assert words in wrong(tmp_path, DEPLOYMENT.replace("placement.dev/places: EU, aws", written))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "0.yaml:1:5: this is not YAML"),
        ("{{ .Values.name }}", "0.yaml:1:"),
        ("- 1\n- 2", "0.yaml:1:1: this is no object of Kubernetes"),
        (DEPLOYMENT.replace("replicas: 3", "replicas: three"), "0.yaml:6:13: this is no Deployment: Expected"),
        (DEPLOYMENT.replace("replicas: 3", "replicas: three"), "got `str` at spec.replicas"),
        (
            DEPLOYMENT.replace("containers:", "volumes: [{name: 1}]\n      containers:"),
            "spec.template.spec.volumes[0].name",
        ),
        (
            DEPLOYMENT.replace("containers:", "affinity: {nodeAffinity: all}\n      containers:"),
            "0.yaml:14:32: this is no Deployment: Expected `object | null`, got `str` at spec.template.spec.affinity",
        ),
        (
            workload("CronJob", f"  jobTemplate: {{spec: {{parallelism: [], template: {TEMPLATE}}}}}"),
            "at spec.jobTemplate.spec.parallelism",
        ),
        (DEPLOYMENT.replace("replicas: 3", "replicas: 3\n  replicas: 4"), "0.yaml:7:3: spec.replicas: this key stands"),
        (DEPLOYMENT.replace("500m", "lots"), "Deployment shop/web: the pod requests what cannot be read: 'lots'"),
        (DEPLOYMENT.replace("name: web, ", ""), "0.yaml:4:11: metadata.name is missing"),
    ],
)
def test_what_is_no_manifest_is_told_by_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    assert words in wrong(tmp_path, text)


def test_every_file_is_told_of(tmp_path: Path) -> None:
    bad = DEPLOYMENT.replace("placement.dev/places", "placement.dev/palces")
    found = wrong(tmp_path, bad, DEPLOYMENT.replace("name: web", "name: api"), bad.replace("name: web", "name: x"))
    assert [line.partition(":")[0] for line in found.splitlines()] == ["0.yaml", "2.yaml"]


def test_workloads_that_are_written_wrongly_may_be_left_out(tmp_path: Path) -> None:
    shared = "placement.dev/datasets: '[{name: orders, size_gb: 8, at: [\"aws:eu-central-1\"]}]'"
    other = shared.replace("size_gb: 8", "size_gb: 9")
    texts = [
        DEPLOYMENT.replace("placement.dev/places: EU, aws", f"{shared}\n        placement.dev/state-gb: many"),
        DEPLOYMENT.replace("name: web", "name: api").replace("placement.dev/places: EU, aws", shared),
        DEPLOYMENT.replace("name: web", "name: b").replace("placement.dev/places: EU, aws", other),
        DEPLOYMENT.replace("name: web", "name: c").replace("replicas: 3", "replicas: three"),
        DEPLOYMENT.replace("name: web", "name: d").replace("replicas: 3", "replicas: 3\n  replicas: 4"),
    ]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    told: list[str] = []
    found = fleet_of_manifests(tmp_path, market(), left_out=told.append)
    assert [each.name for each in found.fleet.workloads] == ["shop/api"]
    assert [(each.name, each.size_gb) for each in found.fleet.datasets] == [("orders", 8.0)]
    assert sorted(line.replace(f"{tmp_path}/", "").partition(":")[0] for line in told) == [
        f"{number}.yaml" for number in (0, 2, 3, 4)
    ]
    with pytest.raises(BadFleet) as raised:
        fleet_of_manifests(tmp_path, market())
    assert sorted(str(raised.value).splitlines()) == sorted(told)


def test_what_workloads_are_judged_by_is_never_left_out(tmp_path: Path) -> None:
    namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: 7}}"
    (tmp_path / "all.yaml").write_text(f"{DEPLOYMENT}---\n{namespace}", encoding="utf-8")
    with pytest.raises(BadFleet, match="this is no Namespace"):
        fleet_of_manifests(tmp_path, market(), left_out=lambda words: None)


def test_where_all_workloads_are_written_wrongly_there_is_no_fleet(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(DEPLOYMENT.replace("EU, aws", "EUU"), encoding="utf-8")
    with pytest.raises(BadFleet, match="'EUU'"):
        fleet_of_manifests(tmp_path, market(), left_out=lambda words: None)


def test_a_folder_without_workloads_is_no_fleet(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {1: x}}")
    with pytest.raises(BadInput, match="has no workloads; those are objects of the kinds CronJob, Deployment, Job"):
        fleet_of_manifests(tmp_path, market())
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="has no files that end in"):
        fleet_of_manifests(tmp_path / "empty", market())


def test_lists_json_and_other_objects_are_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    text = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": []}}'
    (tmp_path / "deep" / "list.json").write_text(f'{{"apiVersion": "v1", "kind": "List", "items": [{text}]}}')
    (tmp_path / ".hidden.yaml").write_text("a: [")
    schema: Any = "{type: object}"
    for _ in range(60):
        schema = f"{{properties: {schema}}}"
    (tmp_path / "crd.yaml").write_text(
        f"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {schema}\n"
    )
    assert [each.name for each in fleet_of_manifests(tmp_path, market()).fleet.workloads] == ["default/one"]


def test_a_pipe_brings_manifests_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def piped(content: bytes) -> FleetDocument:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
        return fleet_of_manifests(Path("-"), market())

    assert [each.name for each in piped(DEPLOYMENT.encode()).fleet.workloads] == ["shop/web"]
    with pytest.raises(BadFleet, match="standard input: this is not UTF-8 text"):
        piped(b"a: \xff")
    assert piped(DEPLOYMENT.encode()).fleet.name == "manifests"
    with pytest.raises(BadInput, match="standard input has no workloads"):
        piped(b"")


def test_manifests_of_one_namespace_alone(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(f"{DEPLOYMENT}---\n{DEPLOYMENT.replace('namespace: shop', 'namespace: lab')}")
    found = fleet_of_manifests(tmp_path, market(), name="labs", namespaces=("lab",)).fleet
    assert (found.name, [each.name for each in found.workloads]) == ("labs", ["lab/web"])
    with pytest.raises(BadInput, match="has no workloads in none; those"):
        fleet_of_manifests(tmp_path, market(), namespaces=("none",))
