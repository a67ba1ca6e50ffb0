"""What a request may take, and how long."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving, until

TIMEOUT_S = 2.0
HEAD = (
    b"POST /v1/quotes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
)


@pytest.fixture(scope="module")
def hasty(sample_file: Path) -> Iterator[Service]:
    with serving(f"sqlite:///{sample_file}", request_timeout_s=TIMEOUT_S) as service:
        yield service


@pytest.mark.parametrize(
    ("accept", "good"),
    [
        ("application/json", True),
        ("*/*", True),
        ("application/*;q=0.5", True),
        ("text/html, application/json;q=0.1", True),
        ("", True),
        ("text/html", False),
        ("application/json;q=0", False),
        ("*/*, application/json;q=0", False),
        ("application/yaml, text/*", False),
    ],
)
def test_the_answer_is_json_or_nothing(accept: str, good: bool, sample: Service) -> None:
    answer = sample.get("/v1/regions", headers={"Accept": accept})
    if good:
        assert answer.status_code == 200
    else:
        problem = problem_of(answer, 406, "not-acceptable")
        assert problem["available"] == ["application/json", "application/problem+json"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [("text/event-stream", 404), ("*/*", 404), ("application/json", 404), ("text/html", 406)],
)
def test_browsers_may_ask_for_events_and_nothing_else(accept: str, status: int, sample: Service) -> None:
    assert sample.get("/v1/decisions/none/events", headers={"Accept": accept}).status_code == status


def test_events_go_on_for_longer_than_an_answer_may_take_to_begin(sample_copy: Path) -> None:
    with serving(f"sqlite:///{sample_copy}", request_timeout_s=TIMEOUT_S) as service:
        fleet = {"fleet": "f", "workloads": [{"name": "w", "resources": {"vcpus": 2, "memory_gib": 4}}]}
        asked = service.post("/v1/decisions", fleet, headers={"Prefer": "respond-async"})
        began = time.monotonic()
        with service.client.stream("GET", f"{asked.headers['location']}/events") as stream:
            lines = (line for line in stream.iter_lines() if line.startswith("event"))
            assert [next(lines) for _ in range(4)] == ["event: progress"] * 4
            assert time.monotonic() - began > TIMEOUT_S


def test_metrics_are_for_whoever_does_not_speak_json(sample: Service) -> None:
    assert sample.get("/metrics", headers={"Accept": "text/plain"}).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(hasty: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Event()
    monkeypatch.setattr(Store, "price_history", lambda *_: answered.wait(30))
    began = time.monotonic()
    try:
        answer = hasty.get("/v1/prices/history", params={"region": "aws:eu-central-1", "instance_type": "m5.large"})
    finally:
        answered.set()
    assert problem_of(answer, 504, "timeout")["timeout_s"] == TIMEOUT_S
    assert TIMEOUT_S <= time.monotonic() - began < 30


def test_a_body_that_does_not_come_is_given_up(hasty: Service) -> None:
    with _connected(hasty) as connection:
        connection.sendall(HEAD + b'{"resources": ')
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/body-too-slow" in answer


def test_a_client_that_goes_away_is_no_fault(sample_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(f"sqlite:///{sample_file}") as service:
        with _connected(service) as connection:
            connection.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nX-Request-Id: left-early\r\n\r\n") + b"{")
            time.sleep(0.1)
        until(lambda: 'status="499"' in service.client.get("/metrics").text)
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "left-early" in line]
    assert '"status": 499' in line
    assert '"level": "info"' in line


def test_head_is_get_without_the_body(sample: Service) -> None:
    for path in ("/healthz", "/v1/offerings?limit=3", "/openapi.json", "/v1/nothing"):
        got, asked = sample.get(path), sample.ask("HEAD", path)
        assert (asked.status_code, asked.content) == (got.status_code, b"")
        assert asked.headers["content-type"] == got.headers["content-type"]
        assert asked.headers["content-length"] == got.headers["content-length"]


def test_every_answer_has_the_headers_that_keep_browsers_from_mischief(sample: Service) -> None:
    for path in ("/healthz", "/v1/regions", "/v1/nothing", "/metrics", "/openapi.json"):
        headers = sample.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cache-control"] == "no-store"


def _connected(service: Service) -> Any:
    host, _, port = service.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)
