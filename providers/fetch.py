"""Every answer of a provider comes through here: bounded in time, size, tries and origin, whole or not at all.

SDKs send through here too (see `sdk_transport`), so that one set of rules holds for all. Messages name the host and the
path of a request, never its query, headers or body, which may hold secrets.
"""

import io
import json
import random
import ssl
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import anyio
import anyio.from_thread
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Surroundings
from placement.domain.retry_after import pause_s
from providers.limits import Limits
from providers.tape import Tape

Item = TypeVar("Item")
Result = TypeVar("Result")
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Reply:
    """A whole answer, its body in memory or in the file that was given for it."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: BinaryIO

    def read(self) -> bytes:
        """All of the body."""
        self.body.seek(0)
        return self.body.read()


@dataclass(slots=True)
class _Again(Exception):
    """A try that failed in a way that may pass."""

    reason: str
    pause_s: float | None = field(default=None)
    """What the server asks for."""


def always_final(reply: Reply) -> bool:
    """No answer but those with the usual statuses asks for another try."""
    return False


class Fetcher:
    """The one way to one provider, for the time of a `with` block."""

    def __init__(
        self,
        name: str,
        origins: Iterable[str],
        surroundings: Surroundings,
        limits: Limits | None = None,
        *,
        asks_again: Callable[[Reply], bool] = always_final,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`origins` are addresses whose scheme, host and port may be asked; `asks_again` finds the answers that mean
        "later" though their status does not say so."""
        self.name, self.limits = name, limits or Limits()
        self._origins = {origin_of(address) for address in origins}
        self._record = Tape(surroundings.record_into / name) if surroundings.record_into else None
        self._replay = Tape(surroundings.replay_from / name) if surroundings.replay_from else None
        self._asks_again, self._sleep = asks_again, sleep
        self._open = ExitStack()

    def __enter__(self) -> "Fetcher":
        self._portal = self._open.enter_context(anyio.from_thread.start_blocking_portal())
        timeout = httpx.Timeout(self.limits.silence_s, connect=self.limits.connect_s, pool=None)
        pool = httpx.Limits(max_connections=self.limits.at_once, max_keepalive_connections=self.limits.at_once)
        agent = {"user-agent": f"placement/{version('cloud-placement')}"}
        client = httpx.AsyncClient(timeout=timeout, limits=pool, follow_redirects=False, headers=agent, verify=_tls())
        self._client = self._open.enter_context(self._portal.wrap_async_context_manager(client))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def allow(self, address: str) -> None:
        """Another origin that may be asked."""
        self._origins.add(origin_of(address))

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """The final answer, also one that says no; raises CollectionFailed where there is none."""
        return self._send(
            self._request(method, url, headers, body), io.BytesIO(), self.limits.most_bytes, self.limits.answer_s
        )

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> httpx.Request:
        if origin_of(url) not in self._origins:
            raise self.failed(url, "is not an address that this source may ask; it came from an answer")
        return self._client.build_request(method, url, headers=headers, content=body or None)

    def _send(self, request: httpx.Request, into: BinaryIO, most_bytes: int, answer_s: float) -> Reply:
        tries = Retrying(
            stop=stop_after_attempt(self.limits.tries),
            wait=self._pause_s,
            retry=retry_if_exception_type(_Again),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return tries(self._try, request, into, most_bytes, answer_s)
        except _Again as again:
            raise self.failed(str(request.url), f"{again.reason}, {self.limits.tries} times in a row") from None

    def json(self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """The document at an address; raises CollectionFailed for any answer but a whole one with status 200."""
        address = str(httpx.URL(url, params=params)) if params else url
        reply = self.send("GET", address, headers)
        if reply.status != 200:
            raise self.failed(url, f"answers with status {reply.status}")
        try:
            return json.loads(reply.read())
        except ValueError:
            raise self.failed(url, "does not answer with JSON") from None

    @contextmanager
    def download(self, url: str, most_bytes: int, answer_s: float) -> Iterator[BinaryIO]:
        """A large document, whole, as a file that is gone after the block."""
        with tempfile.TemporaryFile() as file:
            reply = self._send(self._request("GET", url), file, most_bytes, answer_s)
            if reply.status != 200:
                raise self.failed(url, f"answers with status {reply.status}")
            yield file

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The function of each item, in their order, several at once; the first failure ends it."""
        with ThreadPoolExecutor(self.limits.at_once) as workers:
            try:
                yield from workers.map(function, items)
            finally:
                workers.shutdown(wait=False, cancel_futures=True)

    def failed(self, url: str, reason: str) -> CollectionFailed:
        """An error that names the host and path, and no more of the address."""
        parts = urlsplit(url)
        return CollectionFailed(f"{self.name}: {parts.hostname}{parts.path}: {reason}")

    def _try(self, request: httpx.Request, into: BinaryIO, most_bytes: int, answer_s: float) -> Reply:
        url, asked = str(request.url), request.content
        into.seek(0)
        into.truncate()
        if self._replay:
            reply = Reply(*self._replay.replay(request.method, url, asked, into), into)
        else:
            reply = Reply(*self._portal.call(self._answer, request, into, most_bytes, answer_s), into)
            if self._record:
                self._record.record(request.method, url, asked, reply.status, reply.headers, reply.body)
        if reply.status in _RETRIED or self._asks_again(reply):
            raise _Again(
                f"answers with status {reply.status}", pause_s(reply.headers.get("retry-after", ""), datetime.now(UTC))
            )
        if 300 <= reply.status < 400 and reply.status != 304:
            target = urlsplit(reply.headers.get("location", "")).hostname or "elsewhere"
            raise self.failed(url, f"redirects to {target}, which is not followed")
        reply.body.seek(0)
        return reply

    async def _answer(
        self, request: httpx.Request, into: BinaryIO, most_bytes: int, answer_s: float
    ) -> tuple[int, dict[str, str]]:
        url = str(request.url)
        try:
            with anyio.fail_after(answer_s):
                response = await self._client.send(request, stream=True)
                try:
                    async for piece in response.aiter_bytes():
                        if into.tell() + len(piece) > most_bytes:
                            raise self.failed(url, f"answers with more than {most_bytes:,} bytes")
                        into.write(piece)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise _Again(f"has not answered in whole after {answer_s:g} s") from None
        except httpx.TimeoutException as late:
            raise _Again(f"is silent: {type(late).__name__}") from None
        except httpx.HTTPError as broken:
            raise _Again(f"breaks off: {type(broken).__name__}") from None
        # The body is decoded, which these are not about.
        about_the_wire = ("content-encoding", "transfer-encoding", "content-length")
        return response.status_code, {k: v for k, v in response.headers.items() if k not in about_the_wire}

    def _pause_s(self, state: RetryCallState) -> float:
        """What the server asks for and a little more, or ever longer, each time by chance, so that all do not return
        at once."""
        again = state.outcome.exception() if state.outcome else None
        asked = again.pause_s if isinstance(again, _Again) else None
        if asked is None:
            return random.uniform(0.25, 1) * min(0.5 * 2.0 ** (state.attempt_number - 1), 15)
        if asked > self.limits.longest_pause_s:
            raise CollectionFailed(f"{self.name}: asks for a pause of {asked:.0f} s; try again after that")
        return asked + random.uniform(0, 0.5)


@cache
def _tls() -> ssl.SSLContext:
    """Takes longer to make than many an answer does to arrive."""
    return httpx.create_ssl_context()


def origin_of(address: str) -> tuple[str, str, int]:
    """(scheme, host, port) of an address; https://a and https://a:443 are the same."""
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}
    if parts.scheme not in usual or not parts.hostname:
        raise CollectionFailed(f"{address.split('?')[0]!r} is not an address of http or https")
    return parts.scheme, parts.hostname, parts.port or usual[parts.scheme]
