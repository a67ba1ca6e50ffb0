"""A real server on a free loopback port, in a thread; every answer is held against the OpenAPI document."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from api.app import create_app
from api.settings import Settings

AT_MOST_S = 60.0


class Service:
    """A running service, as its clients see it."""

    def __init__(self, app: FastAPI, url: str) -> None:
        self.app, self.url = app, url
        self.client = httpx.Client(base_url=url, timeout=AT_MOST_S, trust_env=False)

    @cached_property
    def document(self) -> dict[str, Any]:
        described: dict[str, Any] = self.client.get("/openapi.json").json()
        return described

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.ask("POST", path, json=body, **options)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.client.request(method, path, **options)
        self._check(method, answer)
        return answer

    def answer(self, path: str, **parameters: Any) -> Any:
        """The document of an answer that must be good."""
        answer = self.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def quote(self, **body: Any) -> Any:
        """The quote for a body whose resources are 4 vCPUs and 16 GiB unless it says otherwise."""
        answer = self.post("/v1/quotes", {"resources": {"vcpus": 4, "memory_gib": 16}} | body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _check(self, method: str, answer: httpx.Response) -> None:
        """What the document promises of this path, status and media type; a path that is not there has a problem."""
        media = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status_code >= 400:
            self._check_problem(method, answer)
        for path, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), answer.url.path) and method.lower() in operations:
                promised = operations[method.lower()]["responses"]
                assert str(answer.status_code) in promised, f"{method} {path} may not answer {answer.status_code}"
                content = promised[str(answer.status_code)].get("content", {})
                if media == "text/plain" or not content:
                    return
                schema = content[media]["schema"]
                if "json" in media:
                    validate(answer.json(), schema, self.document)

    def _check_problem(self, method: str, answer: httpx.Response) -> None:
        assert answer.headers["content-type"] == "application/problem+json"
        if method == "HEAD":
            return
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["type"].startswith("/problems/")
        assert problem["instance"] == answer.url.path
        assert problem["request_id"] == answer.headers["x-request-id"]
        assert problem["title"]
        assert problem["detail"]


def validate(document: Any, schema: Any, openapi: dict[str, Any]) -> None:
    """Raises if the document is not what the schema, a part of the OpenAPI document, says."""
    Draft202012Validator({**schema, "components": openapi["components"]}).validate(document)


@contextmanager
def served(app: FastAPI) -> Iterator[Service]:
    """The app, asked over HTTP."""
    with listener() as bound:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        try:
            until(lambda: server.started)
            service = Service(app, f"http://127.0.0.1:{bound.getsockname()[1]}")
            with service.client:
                yield service
        finally:
            server.should_exit = True
            thread.join(AT_MOST_S)
            assert not thread.is_alive()


@contextmanager
def serving(database: str, clock: Callable[[], datetime] | None = None, **settings: Any) -> Iterator[Service]:
    """The service on a database, without a worker and with settings that make a test quick."""
    chosen: dict[str, Any] = {
        "database_url": database,
        "catalog_poll_s": 0.1,
        "worker": False,
        "solver_at_start": False,
    } | settings
    with served(create_app(Settings(**chosen), clock=clock or (lambda: datetime.now(UTC)))) as service:
        yield service


def listener() -> socket.socket:
    """A socket on a free port."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    return bound


def until(condition: Callable[[], bool], at_most_s: float = AT_MOST_S) -> float:
    """Seconds until the condition held; fails if it does not come to hold."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < at_most_s, "it does not happen"
        time.sleep(0.02)
    return time.monotonic() - began


def problem_of(answer: httpx.Response, status: int, slug: str) -> Any:
    """The problem document, which must be of this kind."""
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), answer.text
    return answer.json()
