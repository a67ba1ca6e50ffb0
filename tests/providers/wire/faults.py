"""A proxy in front of a fake cloud that misbehaves as asked, and otherwise passes on what the fake says."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.loopback import LoopbackServer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


Fault = Callable[["_Handler", Answer], None]


@dataclass
class _Planned:
    fault: Fault
    times: int
    only: Callable[[Asked], bool]
    after: int


def status(code: int, **headers: str) -> Fault:
    """An error page instead of the answer; `retry_after="1"` is the header Retry-After."""

    def misbehave(handler: "_Handler", answer: Answer) -> None:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.answer(Answer(code, {"content-type": "text/html", **extra}, b"<html>no</html>"))

    return misbehave


def instead(answer: Answer) -> Fault:
    """Another answer."""
    return lambda handler, _: handler.answer(answer)


def redirect(to: str) -> Fault:
    """The answer is said to be elsewhere."""
    return lambda handler, _: handler.answer(Answer(302, {"location": to}, b""))


def cut_off(handler: "_Handler", answer: Answer) -> None:
    """Half of the body comes, then the connection ends."""
    handler.head(answer, len(answer.body))
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.close_connection = True


def half_a_document(handler: "_Handler", answer: Answer) -> None:
    """Half of the document, as if it were all."""
    handler.answer(Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2]))


def drip(handler: "_Handler", answer: Answer) -> None:
    """The answer comes a byte at a time, never silent for long and never done in time."""
    handler.head(answer, len(answer.body) + 1000)
    for _ in range(200):
        if handler.proxy.stopping.wait(0.05):
            return
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return


def silence(handler: "_Handler", answer: Answer) -> None:
    """The request is taken and never answered."""
    handler.proxy.stopping.wait(10)
    handler.close_connection = True


class FaultProxy:
    """`url` is where to send what was meant for `upstream`."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname
        self.upstream = parts.hostname, parts.port or 80
        self.asked: list[Asked] = []
        self.stopping = threading.Event()
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            def __init__(self, *arguments: object) -> None:
                self.proxy = proxy
                super().__init__(*arguments)  # type: ignore[arg-type]

        self._server = LoopbackServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def misbehave(
        self, fault: Fault, times: int = 1, only: Callable[[Asked], bool] = lambda asked: True, after: int = 0
    ) -> None:
        """Do so at the next `times` requests that `only` picks, `after` so many that are answered well."""
        self._planned.append(_Planned(fault, times, only, after))

    def fault_for(self, asked: Asked) -> Fault | None:
        with self._lock:
            self.asked.append(asked)
            for planned in self._planned:
                if planned.times and planned.only(asked):
                    if planned.after:
                        planned.after -= 1
                        return None
                    planned.times -= 1
                    return planned.fault
        return None

    @contextmanager
    def running(self) -> Iterator["FaultProxy"]:
        serving = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            serving.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultProxy

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        fault = self.proxy.fault_for(asked)
        try:
            answer = self._pass_on(asked)
        except (OSError, http.client.HTTPException):
            # What was passed on to is gone: so is this connection.
            self.close_connection = True
            return
        if fault is None:
            self.answer(answer)
        else:
            fault(self, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

    def _pass_on(self, asked: Asked) -> Answer:
        connection = http.client.HTTPConnection(*self.proxy.upstream, timeout=30)
        try:
            # The Host stays this proxy's, so that links in answers lead back here.
            connection.request(asked.method, asked.path, asked.body, {**asked.headers, "accept-encoding": "identity"})
            response = connection.getresponse()
            body = response.read()
            headers = {k.lower(): v for k, v in response.getheaders() if k.lower() not in HOP_BY_HOP}
            return Answer(response.status, headers, body)
        finally:
            connection.close()

    def head(self, answer: Answer, length: int) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(length))
        self.end_headers()

    def answer(self, answer: Answer) -> None:
        self.head(answer, len(answer.body))
        self.wfile.write(answer.body)


@dataclass
class Script:
    """A server of fixed answers by path; a path without one is answered with 404."""

    pages: dict[str, Answer] = field(default_factory=dict)
    url: str = ""

    def json(self, path: str, text: str) -> None:
        self.pages[path] = Answer(200, {"content-type": "application/json"}, text.encode())

    @contextmanager
    def running(self) -> Iterator["Script"]:
        script = self

        class Handler(_Handler):
            def _serve(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                self.answer(script.pages.get(self.path, Answer(404, {}, b"{}")))

            do_GET = do_POST = _serve

        server = LoopbackServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            serving.join()
