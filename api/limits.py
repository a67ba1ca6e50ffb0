"""A request has a bounded body and a bounded time, and gets JSON or nothing, but where it may ask for files."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import JSON
from api.errors import BodyTooLarge, BodyTooSlow, NotAcceptable, TookTooLong
from api.media import preferred
from api.problems import PROBLEM_JSON

_EVENTS = "text/event-stream"


class Limits:
    """Bounds on each request, whatever it asks for."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, timeout_s: float) -> None:
        self.app, self.max_body_bytes, self.timeout_s = app, max_body_bytes, timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotAcceptable, BodyTooLarge, and BodyTooSlow or TookTooLong if no answer has begun by then."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._check_headers(scope)
        body = _Body(receive, self.max_body_bytes)
        try:
            async with asyncio.timeout(self.timeout_s) as limit:
                await self.app(scope, body.receive, _endless(send, limit) if _tells_events(scope["path"]) else send)
        except TimeoutError:
            raise BodyTooSlow(self.timeout_s) if body.awaited else TookTooLong(self.timeout_s) from None

    def _check_headers(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self.max_body_bytes:
                raise BodyTooLarge(self.max_body_bytes)
            if name == b"accept" and _is_json_alone(scope["path"]) and not accepts_json(value):
                if not _tells_events(scope["path"]):
                    raise NotAcceptable([JSON, PROBLEM_JSON])
                if preferred(value.decode("latin-1"), (_EVENTS,)) is None:
                    raise NotAcceptable([_EVENTS, PROBLEM_JSON])


def _endless(send: Send, limit: asyncio.Timeout) -> Send:
    """An answer that goes on for as long as there is something to tell, once it has begun."""

    async def unlimited(message: Message) -> None:
        limit.reschedule(None)
        await send(message)

    return unlimited


class _Body:
    """The body as it comes in, counted: a length need not be stated, or true."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive, self._max_bytes, self._bytes = receive, max_bytes, 0
        self.awaited = False
        """Whether more of it is being waited for."""

    async def receive(self) -> Message:
        self.awaited = True
        message = await self._receive()
        self.awaited = False
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)
        return message


def _is_json_alone(path: str) -> bool:
    """Reports are files of many kinds: their path looks at the header by itself."""
    return path.startswith("/v1/") and not path.startswith("/v1/reports/")


def _tells_events(path: str) -> bool:
    """Browsers that follow a decision accept events and nothing else."""
    return path.startswith("/v1/decisions/") and path.endswith("/events")


def accepts_json(accept: bytes) -> bool:
    """Whether an Accept header admits JSON."""
    return preferred(accept.decode("latin-1"), (JSON,)) is not None
