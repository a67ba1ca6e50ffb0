"""Whatever is sent to the five paths gets a status, and the service goes on: nothing crashes, memory stays bounded."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.deciding import Process, running
from tests.api.serving import until
from tests.kubernetes.admitting import review
from tests.kubernetes.cluster import running_cluster
from tests.kubernetes.judging import GDPR
from tests.kubernetes.manifests import pod
from tests.kubernetes.test_scheduling import sample_database, store_policies

pytestmark = pytest.mark.xdist_group("control-plane")

JSON = {"Content-Type": "application/json"}
MOST_GROWTH = 150_000_000
"""Bytes that a service may be larger after all of it."""
POD = pod("web", labels={"placement.dev/classification": "pii-eu"})
BOMB = "\n".join(
    ["- &a0 {to: internet, gb_per_month: 1}", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10))]
)
"""A list that its own aliases make a billion times as long."""


def scheduling(asked: Any = POD) -> bytes:
    return json.dumps({"Pod": asked, "Nodes": None, "NodeNames": ["a", "b"]}).encode()


def preempting(asked: Any = POD) -> bytes:
    return json.dumps({"Pod": asked, "NodeNameToMetaVictims": {"a": {"Pods": [{"UID": "u"}]}}}).encode()


def admitting(asked: Any = POD) -> bytes:
    return review(asked)


QUESTIONS = {
    "/kubernetes/scheduler/filter": scheduling,
    "/kubernetes/scheduler/prioritize": scheduling,
    "/kubernetes/scheduler/preempt": preempting,
    "/kubernetes/admission/mutate": admitting,
    "/kubernetes/admission/validate": admitting,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running(
        sample_database(tmp_path_factory.mktemp("market")), "serve", "--port", "0",
        PLACEMENT_KUBERNETES=str(running_cluster().kubeconfig), PLACEMENT_KUBERNETES_ADMISSION="true",
    ) as found:  # fmt: skip
        store_policies(found, GDPR)
        until(lambda: found.ask("GET", "/readyz").status_code == 200)
        yield found


@pytest.fixture(params=list(QUESTIONS))
def path(request: pytest.FixtureRequest, service: Process) -> Iterator[str]:
    """One of the paths, which answers as before when the test has ended."""
    found = str(request.param)
    assert status(service, found, QUESTIONS[found]()) == 200
    before = resident_bytes(service)
    yield found
    assert status(service, found, QUESTIONS[found]()) == 200
    assert service.process.poll() is None
    assert resident_bytes(service) - before < MOST_GROWTH


def status(service: Process, path: str, body: Any, **headers: str) -> int:
    return service.ask("POST", path, content=body, headers=JSON | headers).status_code


def resident_bytes(service: Process) -> int:
    (line,) = [each for each in Path(f"/proc/{service.process.pid}/status").read_text().splitlines() if "VmRSS" in each]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"7", b"\xff\xfe\x00", b"\x00" * 1_000, b"hello", b'{"'])
def test_garbage_is_no_question(service: Process, path: str, body: bytes) -> None:
    assert status(service, path, body) == 400


def test_a_question_that_is_cut_is_none(service: Process, path: str) -> None:
    whole = QUESTIONS[path]()
    for length in range(0, len(whole), max(1, len(whole) // 20)):
        assert status(service, path, whole[:length]) == 400


def test_a_connection_that_ends_within_a_question_harms_nobody(service: Process, path: str) -> None:
    host, _, port = service.url.removeprefix("http://").partition(":")
    whole = QUESTIONS[path]()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    for rest in (f"Content-Length: {len(whole)}\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall((head + rest).encode() + whole[:-10])


@pytest.mark.parametrize(
    "deep",
    [b"[" * 1_000_000, b'{"a":' * 200_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000],
)
def test_what_is_nested_deeply_is_refused(service: Process, path: str, deep: bytes) -> None:
    whole = QUESTIONS[path]()
    assert status(service, path, deep) == 400
    assert status(service, path, b'{"x": ' + deep + b", " + whole[1:]) == 400
    assert status(service, path, whole.replace(b'"labels":', b'"x": ' + deep + b', "labels":', 1)) == 400


def test_what_is_too_long_is_refused_before_it_is_read(service: Process, path: str) -> None:
    length = 60_000_000
    assert status(service, path, b'{"x": "' + b"x" * length + b'"}') == 413
    # Nor where nobody said how long it would be.
    pieces = (b"x" * 1_000_000 for _ in range(length // 1_000_000))
    assert status(service, path, pieces) == 413


def test_a_large_question_is_answered_and_forgotten(service: Process, path: str) -> None:
    names = [f"node-{number}" for number in range(100_000)]
    if path.endswith("/preempt"):
        body = json.dumps({"Pod": POD, "NodeNameToMetaVictims": {name: {"Pods": []} for name in names}}).encode()
    elif path.startswith("/kubernetes/scheduler/"):
        body = json.dumps({"Pod": POD, "NodeNames": names}).encode()
    else:
        body = review(POD | {"spec": POD["spec"] | {"containers": POD["spec"]["containers"] * 20_000}})
    assert 1_000_000 < len(body) < 5_000_000
    for _ in range(3):
        assert status(service, path, body) == 200


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Content-Type": "text/plain"}])
def test_other_kinds_of_bodies_are_refused(service: Process, path: str, headers: dict[str, str]) -> None:
    assert status(service, path, QUESTIONS[path](), **headers) == 415


def test_what_people_write_on_pods_cannot_hold_up_the_service(service: Process, path: str) -> None:
    hostile = {
        "placement.dev/flows": BOMB,
        "placement.dev/places": "[" * 3_000,
        "placement.dev/instance-types": ",".join(["*a*b*c*d"] * 300),
        "placement.dev/job": "{hours: 1e999}",
        "placement.dev/state-gb": "9" * 3_000,
    }
    for name, text in hostile.items():
        asked = pod("web", annotations={name: text})
        answer = service.ask("POST", path, content=QUESTIONS[path](asked), headers=JSON)
        assert answer.status_code == 200
        if path.endswith("/filter"):
            assert len(answer.json()["FailedAndUnresolvableNodes"]) == 2
        if path.endswith("/validate") and name != "placement.dev/instance-types":
            assert not answer.json()["response"]["allowed"]


def test_names_lead_nowhere_else(service: Process) -> None:
    for name in ("../../secrets/x", "x?watch=true", "x" * 10_000, "x\r\nHost: elsewhere", "%2e%2e/secrets"):
        answer = service.ask(
            "POST", "/kubernetes/admission/validate", content=review(pod("web"), namespace=name), headers=JSON
        )
        assert answer.status_code == 200
        assert "is not known yet" in answer.json()["response"]["status"]["message"]
