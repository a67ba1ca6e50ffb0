"""The scheduler's paths over HTTP: what is good is answered, whatever else comes gets its status and does no harm."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import BadSettings, from_environment
from placement.domain.access import Scope
from placement.kubernetes.access import ClusterAccess
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving, until
from tests.kubernetes.asking import by_name, by_node
from tests.kubernetes.fake_api import NODES, FakeApi, fake_api
from tests.kubernetes.judging import GDPR, ONLY_EEA
from tests.kubernetes.manifests import node, pod
from tests.store.market import NOON

NAMESPACES = "/api/v1/namespaces"
FILTER, PRIORITIZE, PREEMPT = (f"/kubernetes/scheduler/{name}" for name in ("filter", "prioritize", "preempt"))
JSON = {"Content-Type": "application/json"}
YAML = {"Content-Type": "application/yaml"}
MOST_BYTES = 100_000

Cluster = tuple[FakeApi, ClusterAccess]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """An API server that knows a node in Frankfurt and one in Virginia."""
    with fake_api() as (server, access):
        server.put(NAMESPACES, {"metadata": {"name": "shop"}})
        labels = {"node.kubernetes.io/instance-type": "m5.xlarge"}
        for name, region in (("fra", "eu-central-1"), ("vir", "us-east-1")):
            server.put(NODES, node(name, labels=labels, provider_id=f"aws:///{region}a/i-{name}"))
        yield server, access


@pytest.fixture(scope="module")
def service(cluster: Cluster, sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service on the sample market, with policies, following that cluster."""
    file = tmp_path_factory.mktemp("kubernetes") / "placement.db"
    file.write_bytes(sample_file.read_bytes())
    with serving(f"sqlite:///{file}", kubernetes=cluster[1], max_body_bytes=MOST_BYTES) as found:
        put_policies(found, GDPR)
        until(lambda: found.client.get("/readyz").status_code == 200)
        until(lambda: refused(found) == {"vir": ONLY_EEA})
        yield found


def put_policies(service: Service, text: str, name: str = "gdpr", **headers: str) -> None:
    answer = service.client.put(f"/v1/policies/{name}", content=text, headers=YAML | headers)
    assert answer.is_success, answer.text


def restricted() -> bytes:
    return by_name(pod("web", labels={"placement.dev/classification": "pii-eu"}), ["fra", "vir"])


def ask(service: Service, path: str, body: bytes, **headers: str) -> httpx.Response:
    return service.client.post(path, content=body, headers=JSON | headers)


def refused(service: Service) -> Any:
    return ask(service, FILTER, restricted()).json()["FailedAndUnresolvableNodes"]


def test_the_three_questions_are_answered(service: Service) -> None:
    found = ask(service, FILTER, restricted())
    assert found.headers["content-type"] == "application/json"
    assert (found.status_code, found.json()["NodeNames"], found.json()["Error"]) == (200, ["fra"], "")
    scores = ask(service, PRIORITIZE, by_name(pod("web"), ["fra", "vir"])).json()
    assert {each["Host"]: each["Score"] for each in scores} == {"fra": 8, "vir": 10}
    victims = {"fra": {"Pods": [], "NumPDBViolations": 0}, "vir": {"Pods": [], "NumPDBViolations": 0}}
    question = json.loads(restricted()) | {"NodeNameToMetaVictims": victims}
    kept = ask(service, PREEMPT, json.dumps(question).encode()).json()
    assert list(kept["NodeNameToMetaVictims"]) == ["fra"]


def test_a_new_node_is_known_at_once(service: Service, cluster: Cluster) -> None:
    question = by_name(pod("web", labels={"placement.dev/classification": "pii-eu"}), ["dub"])
    assert ask(service, FILTER, question).json()["NodeNames"] == []
    cluster[0].put(NODES, node("dub", provider_id="aws:///eu-west-1a/i-dub"))
    until(lambda: ask(service, FILTER, question).json()["NodeNames"] == ["dub"])


def test_policies_that_contradict_each_other_end_the_answers(service: Service) -> None:
    put_policies(service, GDPR, "twice")
    try:
        until(lambda: bool(ask(service, FILTER, restricted()).json()["Error"]))
        found = ask(service, FILTER, restricted())
        assert found.status_code == 200
        assert found.json()["NodeNames"] is None
        assert found.json()["Error"].startswith("the policies cannot be read together: twice:1:")
        problem = problem_of(ask(service, PRIORITIZE, restricted()), 503, "cluster-unknown")
        assert problem["detail"] == found.json()["Error"]
        reasons = problem_of(service.client.get("/readyz"), 503, "not-ready")["reasons"]
        assert reasons == [found.json()["Error"]]
    finally:
        assert service.client.delete("/v1/policies/twice").is_success
    until(lambda: refused(service) == {"vir": ONLY_EEA})


@pytest.mark.parametrize("path", [FILTER, PRIORITIZE, PREEMPT])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Input data was truncated"),
        (b"{", "Input data was truncated"),
        (b"\x00\xff" * 50, "JSON is malformed"),
        (b"[1, 2]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `Pod`"),
        (b'{"Pod": {"metadata": 7}}', "Expected `object`, got `int`"),
        (b'{"Pod": {"metadata": {"name": "\xff"}}}', "utf-8"),
        (b'{"Pod": ' + b"[" * 50_000, "nested"),
        (b'{"Pod": {}, "x": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, "nested"),
    ],
)
def test_garbage_is_refused(service: Service, path: str, body: bytes, words: str) -> None:
    problem = problem_of(ask(service, path, body), 400, "malformed-body")
    assert words.lower() in problem["detail"].lower()
    assert ask(service, FILTER, restricted()).status_code == 200


@pytest.mark.parametrize("length", [MOST_BYTES + 1, 60_000_000])
@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(service: Service, length: int, stated: bool) -> None:
    def parts() -> Iterator[bytes]:
        for start in range(0, length, 65_536):
            yield b" " * min(65_536, length - start)

    headers = JSON | ({"Content-Length": str(length)} if stated else {})
    try:
        answer = service.client.post(FILTER, content=parts(), headers=headers)
    except httpx.TransportError:
        # The service has answered and hung up while the rest was still being sent.
        pass
    else:
        problem_of(answer, 413, "body-too-large")
    assert ask(service, FILTER, restricted()).status_code == 200


def test_other_forms_are_refused(service: Service) -> None:
    problem_of(service.client.post(FILTER, content=restricted(), headers=YAML), 415, "unsupported-media-type")
    packed = {"Content-Encoding": "gzip"}
    problem_of(ask(service, FILTER, restricted(), **packed), 415, "unsupported-media-type")
    problem_of(service.client.get(FILTER), 405, "method-not-allowed")
    problem_of(ask(service, "/kubernetes/scheduler/bind", restricted()), 404, "not-found")


def test_many_nodes_come_whole_if_the_scheduler_is_set_so(service: Service) -> None:
    labels = {"node.kubernetes.io/instance-type": "m5.xlarge"}
    nodes = [node(f"n{number}", labels=labels, provider_id="aws:///eu-west-1a/i-1") for number in range(100)]
    found = ask(service, FILTER, by_node(pod("web", labels={"placement.dev/classification": "pii-eu"}), nodes)).json()
    assert found["Nodes"]["items"] == nodes


def test_questions_are_logged_for_those_who_look_for_faults_only(
    sample_copy: Path, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(f"sqlite:///{sample_copy}", kubernetes=cluster[1]) as own:
        until(lambda: own.client.get("/readyz").status_code == 200)
        ask(own, FILTER, by_name(pod("web"), ["fra"]))
        ask(own, FILTER, b"garbage")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["status"] for line in lines if line.get("path") == FILTER] == [400]
    assert [line["nodes"] for line in lines if line["event"] == "cluster"] == [len(cluster[0].objects[NODES])]


def test_questions_are_counted(service: Service) -> None:
    ask(service, FILTER, restricted())
    assert f'placement_http_requests_total{{method="POST",route="{FILTER}",status="200"}}' in (
        service.client.get("/metrics").text
    )


def test_nodes_without_a_region_or_a_price_are_counted(sample_copy: Path) -> None:
    with fake_api() as (server, access):
        labels = {"node.kubernetes.io/instance-type": "m5.xlarge"}
        server.put(NODES, node("fine", labels=labels, provider_id="aws:///eu-west-1a/i-1"))
        server.put(
            NODES, node("odd", labels={"node.kubernetes.io/instance-type": "x"}, provider_id="aws:///eu-west-1a/i-2")
        )
        server.put(NODES, node("lost", labels=labels))
        with serving(f"sqlite:///{sample_copy}", kubernetes=access) as service:
            until(lambda: service.client.get("/readyz").status_code == 200)
            lines = service.client.get("/metrics").text.splitlines()
    found = {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("placement_cluster")}
    assert found == {
        "placement_cluster_up": 1,
        "placement_cluster_nodes": 3,
        "placement_cluster_nodes_without_region": 1,
        "placement_cluster_nodes_without_price": 2,
    }


def test_the_paths_are_not_there_without_a_cluster(sample: Service) -> None:
    problem_of(sample.client.post(FILTER, content=restricted(), headers=JSON), 404, "not-found")


def test_before_the_cluster_is_known_nothing_is_answered(url: str, file: Path) -> None:
    nobody = ClusterAccess("http://127.0.0.1:9")
    with serving(url, kubernetes=nobody) as service:
        assert ask(service, FILTER, restricted()).json()["Error"] == "the cluster is not known yet"
        reasons = problem_of(service.client.get("/readyz"), 503, "not-ready")["reasons"]
        assert "the cluster is not known yet" in reasons


def test_before_there_is_a_market_nothing_is_answered(url: str, file: Path, cluster: Cluster) -> None:
    with serving(url, kubernetes=cluster[1]) as service:
        words = "the market and the policies are not known yet"
        until(lambda: ask(service, FILTER, restricted()).json()["Error"] == words)


def test_with_keys_a_question_needs_one_that_may_read(sample_copy: Path, cluster: Cluster) -> None:
    store = Store.open(f"sqlite:///{sample_copy}")
    _, key = issue_key(store, "reader", (Scope.READ,), None, NOON, "test")
    store.close()
    with serving(f"sqlite:///{sample_copy}", kubernetes=cluster[1]) as service:
        problem_of(ask(service, FILTER, restricted()), 401, "unauthenticated")
        assert ask(service, FILTER, restricted(), Authorization=f"Bearer {key}").status_code == 200


def test_where_only_clients_with_a_certificate_connect_it_must_be_by_tls(sample_copy: Path, cluster: Cluster) -> None:
    store = Store.open(f"sqlite:///{sample_copy}")
    issue_key(store, "reader", (Scope.READ,), None, NOON, "test")
    store.close()
    # A process that is told so and speaks plain HTTP has asked nobody for a certificate.
    with serving(f"sqlite:///{sample_copy}", kubernetes=cluster[1], tls_client_ca="clients.pem") as service:
        problem_of(ask(service, FILTER, restricted()), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("in-cluster", "PLACEMENT_KUBERNETES: this is no pod of a cluster: KUBERNETES_SERVICE_HOST and"),
        ("/nowhere/config", "PLACEMENT_KUBERNETES: /nowhere/config: there is no such file"),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("PLACEMENT_KUBERNETES", value)
    with pytest.raises(BadSettings) as told:
        from_environment()
    assert str(told.value).startswith(words)


def test_policies_of_the_cluster_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENT_KUBERNETES_POLICIES", "gdpr, iso,")
    assert from_environment().kubernetes_policies == ("gdpr", "iso")
    assert from_environment().kubernetes is None
