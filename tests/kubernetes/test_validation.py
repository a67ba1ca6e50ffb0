"""The validating webhook judges objects as they are at last, and says why not."""

from copy import deepcopy
from typing import Any

import pytest

from placement.kubernetes.objects import (
    Claim,
    ClaimSpec,
    Metadata,
    Namespace,
    NodeSelector,
    NodeSelectorTerm,
    Requirement,
    StorageClass,
    TopologyRequirement,
    TopologyTerm,
    Volume,
    VolumeNodeAffinity,
    VolumeSpec,
)
from tests.builders import FRANKFURT, VIRGINIA, catalog, offering
from tests.kubernetes.admitting import Asked
from tests.kubernetes.judging import GDPR, ONLY_EEA, node
from tests.kubernetes.manifests import Manifest, pod

MARKET = catalog([offering(FRANKFURT), offering(VIRGINIA)])
NODES = {"fra": node(FRANKFURT.id), "vir": node(VIRGINIA.id)}
KEY = "placement.dev/classification"
PII = {KEY: "pii-eu"}
GUARD = """
guardrails:
- {name: own-images, version: 1, when: {}, expression: "pod.spec.containers.all(c, c.image.startsWith('own/'))",
   message: images of our own}
"""
REGION = "topology.kubernetes.io/region"


def asked(policies: str = GDPR, **others: Any) -> Asked:
    return Asked(NODES, MARKET, policies, **others)


def deployment(template: Manifest | None = None, **metadata: Any) -> Manifest:
    template = template or pod("", labels=PII)
    inner = {key: template[key] for key in ("metadata", "spec")}
    return {"kind": "Deployment", "metadata": {"name": "web"} | metadata, "spec": {"template": inner}}


def claim(labels: dict[str, str] | None = None, **spec: Any) -> Manifest:
    asks = {"resources": {"requests": {"storage": "1Gi"}}} | spec
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "labels": labels or {}}, "spec": asks}


def namespace(**labels: str) -> Manifest:
    return {"kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}


def storage(mode: str, *regions: str) -> StorageClass:
    terms = [TopologyTerm([TopologyRequirement(REGION, list(regions))])] if regions else None
    return StorageClass(Metadata("fast"), mode, terms)


def with_storage(mode: str, *regions: str) -> Asked:
    found = asked()
    found.cluster.storage_classes["fast"] = storage(mode, *regions)
    return found


def test_ordinary_and_lawful_objects_may_be_kept() -> None:
    for manifest in (pod("web"), pod("web", labels=PII), deployment(), deployment(pod("")), claim(), namespace()):
        assert asked().ask("validate", manifest) == {"uid": "17", "allowed": True}


def test_classes_must_be_defined() -> None:
    words = "no stored policies define the class 'pii-uk' of the pod; did you mean 'pii-eu'?"
    for manifest in (pod("web", labels={KEY: "pii-uk"}), deployment(pod("", labels={KEY: "pii-uk"}))):
        assert asked().refusal(manifest) == words
    assert asked().refusal(claim({KEY: "pii-uk"})).startswith("no stored policies define the class 'pii-uk' of the cl")
    assert asked().refusal(namespace(**{KEY: "pii-uk"})).startswith("no stored policies define the class 'pii-uk'")


def test_misspelt_words_are_refused() -> None:
    reason = asked().refusal(pod("web", annotations={"placement.dev/place": "EU"}))
    assert reason == (
        "the pod has the annotation placement.dev/place, which means nothing here; did you mean 'places'?"
    )
    wrong = deployment(pod("", annotations={"placement.dev/places": "Europa"}))
    assert asked().refusal(wrong).startswith("placement.dev/places: allow[0]: ")
    question = namespace()
    question["metadata"]["annotations"] = {"placement.dev/places": "EU"}
    assert asked().refusal(question).startswith("the namespace shop has the annotation placement.dev/places, which")


def test_a_class_can_be_asked_of_everything() -> None:
    strict = asked(must_be_classified=True)
    assert strict.refusal(pod("web")) == (f"neither the pod nor its namespace says of which class its data are: {KEY}")
    assert strict.refusal(pod("web", labels=PII)) == ""
    strict.cluster.namespaces["shop"] = Namespace(Metadata("shop", labels=PII))
    assert strict.refusal(pod("web")) == ""


def test_a_pod_that_no_region_may_have_is_refused_at_once() -> None:
    unlawful = pod("web", labels=PII, annotations={"placement.dev/places": "US"})
    reason = asked().refusal(unlawful)
    assert reason == f"no region may have the pod: {ONLY_EEA}; places: only in US"
    assert asked().refusal(deployment(unlawful)) == reason


def test_a_node_that_the_pod_names_itself_must_be_lawful() -> None:
    assert asked().refusal(pod("web", labels=PII, nodeName="vir")) == f"the pod may not be on the node vir: {ONLY_EEA}"
    assert "not known yet" in asked().refusal(pod("web", labels=PII, nodeName="new"))
    assert asked().refusal(deployment(pod("", labels=PII, nodeName="vir")))
    for manifest in (pod("web", labels=PII, nodeName="fra"), pod("web", nodeName="vir"), pod("web", nodeName="new")):
        assert asked().refusal(manifest) == ""


def test_only_a_kubelet_may_show_pods_of_its_machine() -> None:
    mirror = pod("web", labels=PII, annotations={"kubernetes.io/config.mirror": "x"}, nodeName="vir")
    assert asked().refusal(mirror, groups=("system:nodes", "system:authenticated")) == ""
    assert asked().refusal(mirror) == f"the pod may not be on the node vir: {ONLY_EEA}"


@pytest.mark.parametrize("kept", [{}, {KEY: ""}, {KEY: "telemetry"}], ids=str)
def test_classes_cannot_be_taken_away(kept: dict[str, str]) -> None:
    policies = GDPR.replace("subjects: [EU]}}", "subjects: [EU]}, telemetry: {}}")
    words = f"{KEY} had pii-eu before, which cannot be taken away; make a new object"
    for before, after in (
        (pod("web", labels=PII), pod("web", labels=kept)),
        (deployment(), deployment(pod("", labels=kept))),
        (claim(PII), claim(kept)),
        (namespace(**PII), namespace(**kept)),
        (pod("web", annotations=PII), pod("web", annotations=kept)),
    ):
        assert asked(policies).refusal(after, old=before) == words


def test_a_class_may_move_from_the_label_to_the_annotation_and_go_when_nobody_defines_it() -> None:
    question = asked()
    assert question.refusal(pod("web", annotations=PII), old=pod("web", labels=PII)) == ""
    assert question.refusal(pod("web"), old=pod("web", labels={KEY: "abolished"})) == ""


def test_a_class_that_a_running_pod_gets_must_be_lawful_where_it_is() -> None:
    running = {name: pod("web", nodeName=name) for name in ("fra", "vir")}
    labelled = {name: pod("web", labels=PII, nodeName=name) for name in running}
    assert asked().refusal(labelled["fra"], old=running["fra"]) == ""
    assert asked().refusal(labelled["vir"], old=running["vir"]).startswith("the pod may not be on the node vir")


def test_what_was_kept_goes_on_while_it_says_nothing_new() -> None:
    before = pod("web", labels=PII, nodeName="vir")
    after = deepcopy(before)
    after["metadata"]["finalizers"] = ["example.invalid/held"]
    assert asked().refusal(after, old=before) == ""
    scaled = deployment(pod("", labels={KEY: "pii-uk"}))
    scaled["spec"]["replicas"] = 5
    assert asked().refusal(scaled, old=deployment(pod("", labels={KEY: "pii-uk"}))) == ""


def test_what_is_being_deleted_is_never_held_up() -> None:
    going = {"deletionTimestamp": "2026-11-01T12:00:00Z"}
    for before, after in (
        (pod("web", labels=PII), pod("web", nodeName="vir")),
        (deployment(), deployment(pod(""))),
        (claim(PII), claim()),
        (namespace(**PII), namespace()),
    ):
        after["metadata"] |= going
        assert asked().refusal(after, old=before) == ""


def test_guardrails_judge_pods_and_their_templates() -> None:
    for manifest in (pod("web"), deployment(pod(""))):
        assert asked(GUARD).refusal(manifest) == (
            "no region may have the pod: own-images@1 asks of everything: images of our own"
        )
        spec = manifest["spec"]["template"]["spec"] if "template" in manifest["spec"] else manifest["spec"]
        spec["containers"][0]["image"] = "own/web"
        assert asked(GUARD).refusal(manifest) == ""


def test_a_container_for_debugging_is_judged_with_its_pod() -> None:
    guard = GUARD.replace("pod.spec.containers", "!has(pod.spec.ephemeralContainers) || pod.spec.ephemeralContainers")
    before = pod("web", nodeName="fra")
    after = pod("web", nodeName="fra", ephemeralContainers=[{"name": "debug", "image": "foreign/shell"}])
    assert "images of our own" in asked(guard).refusal(after, old=before, part="ephemeralcontainers")
    after["spec"]["ephemeralContainers"][0]["image"] = "own/shell"
    assert asked(guard).refusal(after, old=before, part="ephemeralcontainers") == ""


def test_volumes_that_are_made_at_once_must_be_made_in_lawful_places() -> None:
    mine = claim(PII, storageClassName="fast")
    assert with_storage("Immediate", "eu-central-1").refusal(mine) == ""
    words = f"the storage class fast makes volumes in aws:us-east-1, but {ONLY_EEA}"
    assert with_storage("Immediate", "us-east-1").refusal(mine) == words
    assert with_storage("Immediate", "eu-central-1", "us-east-1").refusal(mine) == words
    assert with_storage("Immediate").refusal(mine) == (
        f"the storage class fast makes volumes at once and nobody knows where, but {ONLY_EEA}; "
        "let it have WaitForFirstConsumer or allowedTopologies"
    )
    assert with_storage("Immediate").refusal(claim(storageClassName="fast")) == ""


def test_volumes_that_wait_for_their_pod_must_have_some_lawful_place() -> None:
    mine = claim(PII, storageClassName="fast")
    assert with_storage("WaitForFirstConsumer").refusal(mine) == ""
    assert with_storage("WaitForFirstConsumer", "eu-central-1", "us-east-1").refusal(mine) == ""
    assert with_storage("WaitForFirstConsumer", "us-east-1").refusal(mine).endswith(ONLY_EEA)


@pytest.mark.parametrize(("region", "lawful"), [("eu-central-1", True), ("us-east-1", False), (None, False)])
def test_a_claim_is_bound_to_volumes_in_lawful_places_only(region: str | None, lawful: bool) -> None:
    found = asked()
    affinity = VolumeNodeAffinity(NodeSelector([NodeSelectorTerm([Requirement(REGION, "In", [region or "mars"])])]))
    found.cluster.volumes["pv"] = Volume(Metadata("pv"), VolumeSpec({"storage": "1Gi"}, affinity))
    reason = found.refusal(claim(PII, volumeName="pv"), old=claim(PII))
    assert (reason == "") is lawful
    assert lawful or reason.endswith(ONLY_EEA)
    assert found.refusal(claim(volumeName="pv"), old=claim()) == ""


def test_a_namespace_classifies_its_claims() -> None:
    found = with_storage("Immediate", "us-east-1")
    found.cluster.namespaces["shop"] = Namespace(Metadata("shop", labels=PII))
    assert found.refusal(claim(storageClassName="fast")).endswith(ONLY_EEA)


def test_a_volume_that_is_not_there_yet_keeps_no_pod_out() -> None:
    found = asked()
    mounted = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    assert found.refusal(pod("web", labels=PII, volumes=mounted)) == ""
    found.cluster.claims["shop", "data"] = Claim(Metadata("data", "shop", labels=PII), ClaimSpec())
    assert found.refusal(pod("web", volumes=mounted)) == ""
    # Its class is known, and binds the pod.
    assert "affinity" in found.mutated(pod("web", volumes=mounted))["spec"]


def test_a_stricter_namespace_says_what_it_does_not_do() -> None:
    response = asked().ask("validate", namespace(**PII), old=namespace())
    assert response["warnings"] == ["what is in the namespace already stays where it is"]


def test_words_beside_the_template_are_pointed_out() -> None:
    response = asked().ask("validate", deployment(pod(""), labels=PII))
    assert response["warnings"] == [f"{KEY} says nothing of the pods here; write it into their template"]
    assert "warnings" not in asked().ask("validate", deployment(labels=PII))


def test_nothing_is_kept_before_anything_is_known() -> None:
    question = asked()
    question.scheduler.stand_down("the catalog is being read")
    for manifest in (pod("web"), deployment(), claim(), namespace()):
        response = question.ask("validate", manifest)
        assert response["status"] == {
            "code": 503,
            "message": "placement cannot judge this now: the catalog is being read",
        }


def test_a_binding_whose_pod_cannot_be_read_is_refused() -> None:
    binding = {"kind": "Binding", "metadata": {"name": "web"}, "target": {"kind": "Node", "name": "vir"}}
    response = asked().ask("validate", binding, part="binding")
    assert response["status"]["code"] == 503


def test_other_objects_are_none_of_its_business() -> None:
    for others in ({"operation": "DELETE"}, {"operation": "CONNECT"}, {"part": "status"}):
        assert asked().refusal(pod("web", labels={KEY: "pii-uk"}), **others) == ""
