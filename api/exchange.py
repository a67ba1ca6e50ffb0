"""One request and its answer: they share an id, are measured and logged once, and no error leaves without a document.

Neither bodies nor queries are logged: both may hold what is nobody's business.
"""

import re
from http import HTTPStatus
from time import perf_counter
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from api.access import ADMISSION, SCHEDULER, WHO
from api.metrics import Requests
from api.problems import REQUEST_ID, Answering, problem
from api.rates import address_of

_ID = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}")
_QUIET = frozenset(("/healthz", "/readyz", "/metrics"))
"""Asked every few seconds by machines, as schedulers ask for each pod; logged for those who look for faults."""
_LONGEST_PATH = 200
_GONE = 499
"""In the log: the client did not wait for the answer."""
_REFUSED = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS))
"""Logged with the reason and where it came from, also where only warnings are logged: this is for auditors."""

_ALWAYS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""Headers of every answer, unless it says otherwise."""
_BY_TLS = {b"strict-transport-security": b"max-age=31536000"}
"""And of every answer by TLS."""


class Exchange:
    """The outermost layer of the app."""

    def __init__(
        self, app: ASGIApp, log: FilteringBoundLogger, requests: Requests, answering: Answering = problem
    ) -> None:
        self.app, self.log, self.requests, self.answering = app, log, requests, answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers HEAD as GET without the body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, asked = perf_counter(), scope["method"]
        answer = _Answer(send, request_id_of(scope), _headers_of(scope), bodiless=asked == "HEAD")
        scope[REQUEST_ID] = answer.request_id.decode("ascii")
        if asked == "HEAD":
            scope["method"] = "GET"
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            # Nobody is there who could be told.
            pass
        except Exception as error:
            if answer.status:
                # The client has the beginning: only a broken connection tells it that the rest is missing.
                raise
            scope["placement.error"] = error
            await self.answering(scope, error)(scope, receive, answer.send)
        finally:
            self._tell(scope, asked, answer.status or _GONE, perf_counter() - began)

    def _tell(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route, path, error = scope.get("route"), scope["path"], scope.get("placement.error")
        name = getattr(route, "path", "unknown")
        self.requests.count(method, name, status, seconds)
        facts = {
            "request_id": scope[REQUEST_ID],
            "method": method[:20],
            "path": path[:_LONGEST_PATH],
            "status": status,
            "who": scope.get(WHO),
            "milliseconds": round(seconds * 1000, 3),
        }
        if error is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            if status == HTTPStatus.INTERNAL_SERVER_ERROR:
                self.log.error("request", **facts, exc_info=error)
            else:
                self.log.warning("request", **facts, reason=str(error))
        elif status in _REFUSED:
            self.log.warning("request", **facts, address=address_of(scope), reason=str(error))
        elif path in _QUIET or (path.startswith((SCHEDULER, ADMISSION)) and error is None):
            self.log.debug("request", **facts)
        else:
            self.log.info("request", **facts)


class _Answer:
    """What is sent back."""

    def __init__(self, send: Send, request_id: bytes, headers: dict[bytes, bytes], *, bodiless: bool) -> None:
        self._send, self.request_id, self._headers, self._bodiless = send, request_id, headers, bodiless
        self.status = 0
        """0 until it has begun."""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = dict(message.get("headers", ()))
            # A name may stand twice, as that of cookies does.
            usual = [(name, value) for name, value in self._headers.items() if name not in own]
            message["headers"] = [*usual, *message.get("headers", ()), (_ID, self.request_id)]
        elif self._bodiless and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)


def _headers_of(scope: Scope) -> dict[bytes, bytes]:
    return _ALWAYS | _BY_TLS if scope.get("scheme") == "https" else _ALWAYS


def request_id_of(scope: Scope) -> bytes:
    """The client's own, if it can stand in a log; otherwise a new one."""
    for name, value in scope["headers"]:
        if name == _ID and _SANE.fullmatch(value):
            return bytes(value)
    return uuid4().hex.encode("ascii")
