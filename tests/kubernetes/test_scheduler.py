"""Questions of kube-scheduler are answered in its own forms, by what is known at the time."""

import json
from typing import Any

import msgspec
import pytest

from placement.domain.offering import CapacityType
from placement.kubernetes import verdict
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Metadata, Namespace
from placement.kubernetes.scheduler import NotYet, Scheduler
from placement.kubernetes.shape import PodShape
from placement.kubernetes.verdict import Verdict
from tests.builders import FRANKFURT, IOWA, VIRGINIA, catalog, offering
from tests.kubernetes import judging, manifests
from tests.kubernetes.asking import by_name, by_node, scheduler
from tests.kubernetes.judging import GDPR, ONLY_EEA
from tests.kubernetes.manifests import Manifest

MARKET = catalog(
    [
        offering(FRANKFURT, 0.1),
        offering(FRANKFURT, 0.02, CapacityType.SPOT),
        offering(VIRGINIA, 0.08),
        offering(IOWA, 0.05),
    ]
)
NODES = {
    "fra": judging.node(FRANKFURT.id),
    "fra-spot": judging.node(FRANKFURT.id, capacity=CapacityType.SPOT),
    "vir": judging.node(VIRGINIA.id),
    "iow": judging.node(IOWA.id),
    "odd": judging.node(IOWA.id, "unheard.of"),
}
NAMES = list(NODES)
HOSTILE = ['", "x": "', "\\", "ü\n", "", "a" * 300]


def pod(name: str = "web-1", *, pii: bool = False, **others: Any) -> Manifest:
    return manifests.pod(name, labels={"placement.dev/classification": "pii-eu"} if pii else {}, **others)


def whole(name: str) -> Manifest:
    """The node as the API server has it, with words that nobody here reads."""
    kind = NODES[name]
    labels = {
        "topology.kubernetes.io/region": str(kind.region),
        "placement.dev/provider": str(kind.provider),
        "node.kubernetes.io/instance-type": str(kind.instance_type),
        "placement.dev/capacity-type": kind.capacity_type.value,
    }
    return manifests.node(name, labels=labels)


@pytest.fixture
def asked() -> tuple[Scheduler, Cluster]:
    return scheduler(NODES, MARKET, GDPR)


def filtered(one: Scheduler, body: bytes) -> Any:
    found = json.loads(one.filter(body))
    assert list(found) == ["Nodes", "NodeNames", "FailedNodes", "FailedAndUnresolvableNodes", "Error"]
    assert (found["FailedNodes"], found["Error"]) == ({}, "")
    return found


def scored(one: Scheduler, body: bytes) -> dict[str, int]:
    found = json.loads(one.prioritize(body))
    assert all(list(each) == ["Host", "Score"] for each in found)
    return {each["Host"]: each["Score"] for each in found}


def test_names_are_answered_with_names(asked: tuple[Scheduler, Cluster]) -> None:
    found = filtered(asked[0], by_name(pod(pii=True), NAMES))
    assert found["Nodes"] is None
    assert found["NodeNames"] == ["fra", "fra-spot"]
    assert found["FailedAndUnresolvableNodes"] == dict.fromkeys(["vir", "iow", "odd"], ONLY_EEA)
    assert filtered(asked[0], by_name(pod(), NAMES))["NodeNames"] == NAMES


def test_nodes_are_answered_with_nodes(asked: tuple[Scheduler, Cluster]) -> None:
    nodes = [whole(name) for name in NAMES]
    found = filtered(asked[0], by_node(pod(pii=True), nodes))
    assert found["NodeNames"] is None
    assert found["Nodes"]["items"] == nodes[:2]
    assert found["FailedAndUnresolvableNodes"] == dict.fromkeys(["vir", "iow", "odd"], ONLY_EEA)
    assert scored(asked[0], by_node(pod(), nodes)) == scored(asked[0], by_name(pod(), NAMES))


def test_whole_nodes_need_not_be_known(asked: tuple[Scheduler, Cluster]) -> None:
    node = whole("fra") | {"metadata": whole("fra")["metadata"] | {"name": "new"}}
    assert len(filtered(asked[0], by_node(pod(pii=True), [node]))["Nodes"]["items"]) == 1
    assert scored(asked[0], by_node(pod(), [node])) == {"new": 10}


def test_names_count_more_than_nodes_where_both_come(asked: tuple[Scheduler, Cluster]) -> None:
    both = json.loads(by_node(pod(), [whole("vir")])) | {"NodeNames": ["fra"]}
    assert filtered(asked[0], json.dumps(both).encode())["NodeNames"] == ["fra"]


@pytest.mark.parametrize("names", [None, []])
def test_without_nodes_the_answer_has_none_and_is_no_null(
    asked: tuple[Scheduler, Cluster], names: list[str] | None
) -> None:
    assert filtered(asked[0], by_name(pod(pii=True), names))["NodeNames"] == []
    assert scored(asked[0], by_name(pod(), names)) == {}
    assert filtered(asked[0], by_node(pod(pii=True), []))["Nodes"]["items"] == []
    assert scored(asked[0], by_node(pod(), [])) == {}


def test_the_cheapest_of_the_nodes_scores_ten_and_an_unknown_price_nothing(asked: tuple[Scheduler, Cluster]) -> None:
    # 0.1, 0.02, 0.08 and 0.05 USD an hour.
    assert scored(asked[0], by_name(pod(), NAMES)) == {"fra": 2, "fra-spot": 10, "vir": 2, "iow": 4, "odd": 0}
    assert scored(asked[0], by_name(pod(), ["vir", "fra"])) == {"vir": 10, "fra": 8}
    assert scored(asked[0], by_name(pod(), ["odd"])) == {"odd": 0}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_can_be_asked_about(asked: tuple[Scheduler, Cluster], name: str) -> None:
    assert filtered(asked[0], by_name(pod(), [name, "fra"]))["NodeNames"] == [name, "fra"]
    refused = filtered(asked[0], by_name(pod(pii=True), [name, "fra"]))
    assert refused["FailedAndUnresolvableNodes"] == {name: f"the node is not known yet, but {ONLY_EEA}"}
    assert refused["NodeNames"] == ["fra"]
    assert scored(asked[0], by_name(pod(), [name, "fra"])) == {name: 0, "fra": 10}
    named = whole("fra") | {"metadata": whole("fra")["metadata"] | {"name": name}}
    assert scored(asked[0], by_node(pod(), [named])) == {name: 10}


def test_a_pod_that_cannot_be_judged_waits_and_is_told_why(asked: tuple[Scheduler, Cluster]) -> None:
    bad = pod(annotations={"placement.dev/clasification": "pii-eu"})
    words = "the pod has the annotation placement.dev/clasification, which means nothing here"
    found = filtered(asked[0], by_name(bad, NAMES))
    assert found["NodeNames"] == []
    assert all(reason.startswith(words) for reason in found["FailedAndUnresolvableNodes"].values())
    assert len(found["FailedAndUnresolvableNodes"]) == len(NAMES)


def test_more_than_can_be_read_while_a_scheduler_waits_is_refused(asked: tuple[Scheduler, Cluster]) -> None:
    long = pod(annotations={"placement.dev/places": ", ".join(["EU"] * 2000)})
    reasons = filtered(asked[0], by_name(long, ["fra"]))["FailedAndUnresolvableNodes"]
    assert reasons == {"fra": "the pod has annotations of 7,998 characters, 4,000 at most are read"}


def test_labels_that_mean_nothing_here_are_not_passed_over(asked: tuple[Scheduler, Cluster]) -> None:
    bad = manifests.pod("web", labels={"placement.dev/class": "pii-eu"})
    found = filtered(asked[0], by_name(bad, ["fra"]))
    assert "has the label placement.dev/class, which means nothing here" in found["FailedAndUnresolvableNodes"]["fra"]


def test_a_namespace_lends_its_classes_to_its_pods(asked: tuple[Scheduler, Cluster]) -> None:
    one, cluster = asked
    labels = {"placement.dev/classification": "pii-eu"}
    cluster.namespaces["shop"] = Namespace(Metadata("shop", labels=labels))
    assert filtered(one, by_name(pod(), NAMES))["NodeNames"] == ["fra", "fra-spot"]
    cluster.namespaces.clear()
    reasons = filtered(one, by_name(pod(), ["fra"]))["FailedAndUnresolvableNodes"]
    assert reasons == {"fra": "the namespace shop is not known yet"}


def test_policies_may_ask_for_labels_and_names_of_workloads() -> None:
    rules = """
policies:
- {name: team, version: 1, when: {labels: {team: [web]}}, allow_only: {place: [DE]}}
- {name: own, version: 1, when: {workloads: ["shop/api*"]}, allow_only: {place: [US]}}
waivers: [{policy: team, workload: shop/legacy, by: dpo, ticket: LEG-9, expires: 2030-01-01}]
"""
    one, _ = scheduler(NODES, MARKET, rules)
    germany, america = ["fra", "fra-spot"], ["vir", "iow", "odd"]

    def lawful(name: str, **labels: str) -> Any:
        return filtered(one, by_name(manifests.pod(name, labels=labels), NAMES))["NodeNames"]

    assert lawful("web", team="web") == germany
    assert lawful("web", team="other") == lawful("web") == NAMES
    assert lawful("legacy", team="web") == NAMES
    assert lawful("api") == lawful("api-2") == america
    assert lawful("api", team="web") == []


def test_guardrails_may_speak_of_the_whole_pod() -> None:
    rules = """
guardrails:
- {name: no-host, version: 1, when: {}, expression: "!has(pod.spec.hostNetwork)", message: "no host network"}
"""
    one, _ = scheduler(NODES, MARKET, rules)
    assert filtered(one, by_name(pod(), ["fra"]))["NodeNames"] == ["fra"]
    refused = filtered(one, by_name(pod(hostNetwork=True), ["fra"]))["FailedAndUnresolvableNodes"]
    assert refused == {"fra": "no-host@1 asks of everything: no host network"}


def test_a_workload_is_called_like_what_made_its_pods() -> None:
    rules = """
policies:
- {name: own, version: 1, when: {workloads: [shop/web]}, allow_only: {place: [US]}}
"""
    one, _ = scheduler(NODES, MARKET, rules)

    def lawful(name: str, owner: str, kind: str, **labels: str) -> Any:
        made = manifests.pod(name, labels=labels)
        owners = [{"kind": "Node", "name": "x"}, {"kind": kind, "name": owner, "controller": True}]
        made["metadata"]["ownerReferences"] = owners
        return filtered(one, by_name(made, ["fra", "vir"]))["NodeNames"]

    deployed = {"pod-template-hash": "6d4f"}
    assert lawful("web-6d4f-x1", "web-6d4f", "ReplicaSet", **deployed) == ["vir"]
    assert lawful("web-0", "web", "StatefulSet") == ["vir"]
    assert lawful("web-x1", "web", "DaemonSet") == ["vir"]
    assert lawful("web-x1", "web-6d4f", "ReplicaSet") == ["fra", "vir"]
    assert lawful("web", "other", "Job") == ["fra", "vir"]


def test_nodes_that_come_go_and_change_are_followed(asked: tuple[Scheduler, Cluster]) -> None:
    one, cluster = asked
    question = by_name(pod(pii=True), ["fra", "new"])
    assert filtered(one, question)["NodeNames"] == ["fra"]
    cluster.nodes["new"] = NODES["fra"]
    one.follow()
    assert filtered(one, question)["NodeNames"] == ["fra", "new"]
    cluster.nodes["fra"] = NodeKind(None, None, doubt="its region is a by b and c by d")
    one.follow()
    assert filtered(one, question)["NodeNames"] == ["new"]
    del cluster.nodes["new"]
    one.follow()
    assert filtered(one, question)["NodeNames"] == []


def test_another_market_and_other_policies_count_from_then_on(asked: tuple[Scheduler, Cluster]) -> None:
    one, _ = asked
    names = ["vir", "fra"]
    assert scored(one, by_name(pod(), names))["vir"] == 10
    dearer = catalog([offering(FRANKFURT, 0.1), offering(VIRGINIA, 0.9), offering(IOWA)])
    nowhere = GDPR.replace("[EEA]", "[JP]")
    one.stand_on(one.prepared(judging.ground(dearer, nowhere)))
    assert scored(one, by_name(pod(), names)) == {"vir": 1, "fra": 10}
    assert filtered(one, by_name(pod(pii=True), names))["NodeNames"] == []
    nodes = [whole(name) for name in names]
    assert scored(one, by_node(pod(), nodes)) == {"vir": 1, "fra": 10}


def test_nothing_is_answered_before_all_is_known() -> None:
    one = Scheduler(Cluster())
    for question in (one.filter, one.prioritize):
        for body in (by_name(pod(), ["fra"]), by_node(pod(), [whole("fra")])):
            with pytest.raises(NotYet, match="the cluster is not known yet"):
                question(body)
    assert one.why_not == "the cluster is not known yet"


def test_without_policies_that_can_be_read_nothing_is_answered_any_more(asked: tuple[Scheduler, Cluster]) -> None:
    one, _ = asked
    assert one.why_not == ""
    one.stand_down("two files define the class pii-eu")
    with pytest.raises(NotYet, match="two files define"):
        one.filter(by_name(pod(), NAMES))


def preempted(one: Scheduler, **question: Any) -> Any:
    placed = pod(pii=True)
    placed["metadata"]["namespace"] = "shop"
    given = {"Pod": placed, "NodeNameToVictims": None, "NodeNameToMetaVictims": None} | question
    return json.loads(one.preempt(json.dumps(given).encode()))


def test_room_is_made_only_where_the_pod_may_be(asked: tuple[Scheduler, Cluster]) -> None:
    some = {"Pods": [{"UID": "u1"}, {"UID": "u2"}], "NumPDBViolations": 1}
    none = {"Pods": None, "NumPDBViolations": 0}
    found = preempted(asked[0], NodeNameToMetaVictims={"fra": some, "vir": some, "fra-spot": none, "new": some})
    assert found == {"NodeNameToMetaVictims": {"fra": some, "fra-spot": none}}


def test_victims_as_whole_pods_are_answered_by_uid(asked: tuple[Scheduler, Cluster]) -> None:
    victim = manifests.pod("old")
    victim["metadata"]["uid"] = "u1"
    found = preempted(asked[0], NodeNameToVictims={"fra": {"Pods": [victim], "NumPDBViolations": 2}, "vir": {}})
    assert found == {"NodeNameToMetaVictims": {"fra": {"Pods": [{"UID": "u1"}], "NumPDBViolations": 2}}}
    assert preempted(asked[0]) == {"NodeNameToMetaVictims": {}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"Pod": 1',
        b'{"Pod": null, "NodeNames": ["fra"]}',
        b'{"Pod": [], "NodeNames": []}',
        b'{"Pod": {"metadata": {"labels": {"a": 1}}}, "NodeNames": ["fra"]}',
        b'{"Pod": {"metadata": 7}, "NodeNames": ["fra"]}',
        b'{"Pod": {}, "NodeNames": [1]}',
        b'{"Pod": {}, "Nodes": {"items": [7]}}',
        b'{"Pod": {"spec": {"containers": [{"resources": {"requests": {"cpu": {}}}}]}}, "NodeNames": []}',
        b"\xff\xfe",
        b'{"Pod": {"metadata": {"name": "\xff"}}, "NodeNames": []}',
        b'{"Pod": {"metadata": {"name": "\\ud800"}}, "NodeNames": []}',
    ],
)
def test_what_is_no_question_is_refused(asked: tuple[Scheduler, Cluster], body: bytes) -> None:
    for question in (asked[0].filter, asked[0].prioritize):
        with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
            question(body)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"Pod": {}, "NodeNameToVictims": []}', b'{"Pod": 7}'])
def test_what_is_no_question_about_room_is_refused(asked: tuple[Scheduler, Cluster], body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        asked[0].preempt(body)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workloads of the shapes that were judged."""
    judged: list[str] = []

    def counted(shape: PodShape, *rest: Any) -> Verdict:
        judged.append(shape.workload)
        return verdict.judged(shape, *rest)

    monkeypatch.setattr("placement.kubernetes.verdicts.judged", counted)
    return judged


def test_pods_of_one_deployment_are_judged_once(judged: list[str]) -> None:
    waiver = "\nwaivers: [{policy: gdpr, workload: shop/web, by: dpo, ticket: LEG-9, expires: 2099-12-31}]\n"
    asked = scheduler(NODES, MARKET, GDPR + waiver)
    owner = [{"kind": "ReplicaSet", "name": "web-6d4f", "controller": True}]
    for number in range(5):
        replica = pod(f"web-6d4f-{number}", pii=True)
        replica["metadata"]["labels"] |= {"pod-template-hash": "6d4f", "app": "web"}
        replica["metadata"] |= {"ownerReferences": owner, "uid": str(number), "namespace": "shop"}
        asked[0].filter(by_name(replica, NAMES))
        asked[0].prioritize(by_name(replica, NAMES))
    assert judged == ["shop/web"]


def test_names_that_no_policy_speaks_of_make_no_new_shapes(asked: tuple[Scheduler, Cluster], judged: list[str]) -> None:
    flows = "[{from: shop/job-1, to: internet, gb_per_month: 5}]"
    for number in range(5):
        asked[0].filter(by_name(pod(f"job-{number}", pii=True), NAMES))
    asked[0].filter(by_name(pod("job-1", pii=True, annotations={"placement.dev/flows": flows}), NAMES))
    assert judged == ["the pod", "shop/job-1"]
