"""The mutating webhook binds pods to the regions that admit them, and harms nothing."""

from copy import deepcopy
from typing import Any

import pytest

from placement.kubernetes.objects import Metadata, Namespace
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, IOWA, TOKYO, VIRGINIA, catalog, offering
from tests.kubernetes.admitting import Asked
from tests.kubernetes.judging import GDPR, ONLY_EEA, node
from tests.kubernetes.manifests import Manifest, pod

MARKET = catalog([offering(region) for region in (FRANKFURT, DUBLIN, VIRGINIA, IOWA, BELGIUM, TOKYO)])
NODES = {"fra": node(FRANKFURT.id), "vir": node(VIRGINIA.id)}
EEA = {
    "key": "topology.kubernetes.io/region",
    "operator": "In",
    "values": ["eu-central-1", "eu-west-1", "europe-west1"],
}
PII = {"placement.dev/classification": "pii-eu"}
MINE = {"key": "disk", "operator": "In", "values": ["ssd"]}


def asked(policies: str = GDPR) -> Asked:
    return Asked(NODES, MARKET, policies)


def terms(template: Manifest) -> Any:
    node_affinity = template["spec"]["affinity"]["nodeAffinity"]
    return node_affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]


def with_terms(*some: Any, **others: Any) -> Manifest:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(some)}}
    return pod("web", labels=PII, affinity={"nodeAffinity": required} | others)


def workload(kind: str, **metadata: Any) -> Manifest:
    """One whose pods have personal data."""
    template = {key: value for key, value in pod("", labels=PII).items() if key in ("metadata", "spec")}
    inner: Manifest = {"template": template}
    if kind == "CronJob":
        inner = {"schedule": "0 3 * * *", "jobTemplate": {"spec": inner}}
    return {"kind": kind, "metadata": {"name": "web"} | metadata, "spec": inner}


def template_of(found: Manifest) -> Manifest:
    spec = found["spec"]
    template: Manifest = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]
    return template


def test_a_classified_pod_is_bound_to_the_admitted_regions() -> None:
    response = asked().ask("mutate", pod("web", labels=PII))
    found = asked().mutated(pod("web", labels=PII))
    assert terms(found) == [{"matchExpressions": [EEA]}]
    assert found["metadata"]["annotations"] == {
        "admission.placement.dev/regions": "eu-central-1,eu-west-1,europe-west1",
        "admission.placement.dev/reasons": ONLY_EEA,
    }
    assert response["warnings"] == [f"bound to 3 regions: {ONLY_EEA}"]
    assert response["auditAnnotations"] == {"regions": "eu-central-1,eu-west-1,europe-west1", "reasons": ONLY_EEA}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"])
def test_templates_of_pods_are_bound_too(kind: str) -> None:
    found = asked().mutated(workload(kind))
    assert terms(template_of(found)) == [{"matchExpressions": [EEA]}]
    assert "annotations" not in found["metadata"]
    assert asked().ask("mutate", found).keys() == {"uid", "allowed"}


def test_the_condition_stands_in_each_of_the_alternatives() -> None:
    fields = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["fra"]}]}
    found = asked().mutated(with_terms({"matchExpressions": [MINE]}, fields, {}))
    assert terms(found) == [{"matchExpressions": [MINE, EEA]}, fields | {"matchExpressions": [EEA]}, {}]
    assert asked().mutated(found) == found


@pytest.mark.parametrize(
    "affinity", [None, {}, {"nodeAffinity": {}}, {"podAffinity": {}}, {"nodeAffinity": None}], ids=str
)
def test_what_is_missing_around_the_condition_is_made(affinity: Any) -> None:
    found = asked().mutated(pod("web", labels=PII, affinity=affinity))
    assert terms(found) == [{"matchExpressions": [EEA]}]
    assert ("podAffinity" in found["spec"]["affinity"]) == ("podAffinity" in (affinity or {}))


def test_a_patched_object_is_not_patched_again() -> None:
    found = asked().mutated(pod("web", labels=PII))
    assert asked().ask("mutate", found).keys() == {"uid", "allowed"}


def test_other_policies_replace_the_condition_and_leave_the_authors_own() -> None:
    found = asked().mutated(with_terms({"matchExpressions": [MINE]}))
    elsewhere = GDPR.replace("[EEA]", "[DE]")
    again = asked(elsewhere).mutated(found)
    assert terms(again) == [{"matchExpressions": [MINE, EEA | {"values": ["eu-central-1"]}]}]
    assert again["metadata"]["annotations"]["admission.placement.dev/regions"] == "eu-central-1"


def test_the_condition_goes_when_no_policy_asks_for_it_any_more() -> None:
    nothing = "classes: {pii-eu: {}}"
    bound = asked().mutated(with_terms({"matchExpressions": [MINE]}))
    freed = asked(nothing).mutated(bound)
    assert freed == with_terms({"matchExpressions": [MINE]})
    alone = asked(nothing).mutated(asked().mutated(pod("web", labels=PII)))
    assert alone["spec"]["affinity"] == {"nodeAffinity": {}}


def test_objects_that_nothing_limits_stay_as_they_are() -> None:
    for manifest in (pod("web"), workload("Deployment") | {"spec": {"template": {"spec": pod("web")["spec"]}}}):
        assert asked().ask("mutate", manifest).keys() == {"uid", "allowed"}


def test_places_bind_a_pod_as_policies_do() -> None:
    found = asked().mutated(pod("web", annotations={"placement.dev/places": "gcp"}))
    assert terms(found) == [{"matchExpressions": [EEA | {"values": ["europe-west1", "us-central1"]}]}]


def test_a_namespace_classifies_its_pods() -> None:
    question = asked()
    question.cluster.namespaces["shop"] = Namespace(Metadata("shop", labels=PII))
    assert terms(question.mutated(pod("web"))) == [{"matchExpressions": [EEA]}]


def test_machines_do_not_matter_to_the_regions() -> None:
    annotations = {"placement.dev/capacity-types": "spot", "placement.dev/instance-types": "z*"}
    found = asked().mutated(pod("web", labels=PII, annotations=annotations))
    assert terms(found) == [{"matchExpressions": [EEA]}]


def test_changes_that_are_not_about_the_pods_start_no_rollout() -> None:
    before = workload("Deployment")
    after = deepcopy(before)
    after["spec"]["replicas"] = 9
    assert asked().mutated(after, old=before) == after
    after["spec"]["template"]["spec"]["containers"][0]["image"] = "example.invalid/main:2"
    assert terms(template_of(asked().mutated(after, old=before))) == [{"matchExpressions": [EEA]}]


def test_what_cannot_be_changed_or_is_compared_with_its_owner_is_left_alone() -> None:
    owner = {"ownerReferences": [{"kind": "Deployment", "name": "web", "controller": True}]}
    going = {"deletionTimestamp": "2026-11-01T12:00:00Z"}
    mirror = pod("web", labels=PII, annotations={"kubernetes.io/config.mirror": "x"})
    job = workload("Job")
    for manifest in (workload("ReplicaSet", **owner), workload("Deployment", **going), mirror):
        assert asked().mutated(manifest) == manifest
    changed = deepcopy(job)
    changed["spec"]["template"]["metadata"]["labels"]["more"] = "words"
    assert asked().mutated(changed, old=job) == changed


def test_pods_get_the_scheduler_that_they_or_their_namespace_ask_for() -> None:
    wish = {"placement.dev/scheduler": "placement"}
    found = asked().mutated(pod("web", annotations=wish, schedulerName="default-scheduler"))
    assert found["spec"]["schedulerName"] == "placement"
    assert asked().mutated(pod("web", annotations=wish, schedulerName="mine"))["spec"]["schedulerName"] == "mine"
    question = asked()
    question.cluster.namespaces["shop"] = Namespace(Metadata("shop", annotations=wish))
    assert question.mutated(pod("web"))["spec"]["schedulerName"] == "placement"


def test_nothing_is_patched_before_anything_is_known() -> None:
    question = asked()
    question.scheduler.stand_down("the catalog is being read")
    response = question.ask("mutate", pod("web", labels=PII))
    assert response == {
        "uid": "17",
        "allowed": True,
        "warnings": ["placement changes nothing: the catalog is being read"],
    }


def test_warnings_are_short() -> None:
    law = "a law with a long name, " * 9
    (warning,) = asked(GDPR.replace("GDPR Art. 44", f"'{law}'")).ask("mutate", pod("web", labels=PII))["warnings"]
    assert len(warning) == 120
    assert warning.endswith("...")
