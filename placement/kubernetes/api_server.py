"""The one way to the API server of a cluster: lists, and what changes after them, as bytes."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import httpx
import msgspec

from placement.domain.errors import BadInput, PlacementError
from placement.domain.half_made import HalfMade
from placement.kubernetes.access import ClusterAccess, Secret

_CONNECTING_S = 10.0
SILENCE_S = 90.0
"""The server bookmarks every watch once a minute: after this the connection is dead."""
_MOST_BYTES_OF_LIST = 256_000_000
_MOST_BYTES_OF_EVENT = 8_000_000
"""The API server keeps no object of this size."""
_MOST_BYTES_OF_REFUSAL = 10_000
_MOST_WORDS = 300
_AGENT = f"cloud-placement/{version('cloud-placement')}"


class Unanswered(PlacementError):
    """The API server did not answer as it should."""


class Outdated(Unanswered):
    """What was to be followed from is no longer kept there (410): list anew."""


class Missing(Unanswered):
    """There is no such object (404)."""


_KINDS: Mapping[int, type[Unanswered]] = {httpx.codes.GONE: Outdated, httpx.codes.NOT_FOUND: Missing}


class _Status(msgspec.Struct, frozen=True):
    """What an API server answers that refuses."""

    message: str = ""


class _Connections:
    """Those that rest on the same certificates."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client, self._under_way, self._is_given_up = client, 0, False

    @asynccontextmanager
    async def used(self) -> AsyncIterator[httpx.AsyncClient]:
        """For one request."""
        self._under_way += 1
        try:
            yield self._client
        finally:
            self._under_way -= 1
            await self._end_if_unused()

    async def give_up(self) -> None:
        """End them, each request that is under way first."""
        self._is_given_up = True
        await self._end_if_unused()

    async def _end_if_unused(self) -> None:
        if self._is_given_up and not self._under_way:
            await self._client.aclose()


class ApiServer:
    """Connections to one API server."""

    def __init__(self, access: ClusterAccess, silence_s: float = SILENCE_S) -> None:
        self._access, self._silence_s = access, silence_s
        self._connections: _Connections | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        """End all connections, each once its request is over."""
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.give_up()

    async def get(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a good answer; raises Unanswered, of which Outdated and Missing are kinds."""
        async with self._answer(path, query) as answer:
            found = bytearray()
            async for chunk in answer.aiter_bytes():
                found += chunk
                if len(found) > _MOST_BYTES_OF_LIST:
                    raise Unanswered(f"{path}: the answer is longer than {_MOST_BYTES_OF_LIST:,} bytes")
            return bytes(found)

    async def lines(self, path: str, query: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
        """The lines of an answer that goes on and on, until the server ends it or is silent for too long.

        Raises Unanswered, and Outdated.
        """
        async with self._answer(path, query) as answer:
            rest = bytearray()
            # Nothing may have happened: whoever watches goes on where it was.
            with suppress(httpx.ReadTimeout):
                async for chunk in answer.aiter_bytes():
                    *whole, last = chunk.split(b"\n")
                    for line in whole:
                        rest += line
                        yield bytes(rest)
                        rest.clear()
                    rest += last
                    if len(rest) > _MOST_BYTES_OF_EVENT:
                        raise Unanswered(f"{path}: an event is longer than {_MOST_BYTES_OF_EVENT:,} bytes")

    async def _connected(self) -> _Connections:
        """The same for all; raises BadInput."""
        async with self._connecting:
            if self._connections is None:
                client = await asyncio.to_thread(_client_of, self._access, self._silence_s)
                self._connections = _Connections(client)
            return self._connections

    @asynccontextmanager
    async def _answer(self, path: str, query: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        connections: _Connections | None = None
        try:
            connections = await self._connected()
            headers = {"Accept": "application/json", "User-Agent": _AGENT}
            if self._access.token is not None:
                headers["Authorization"] = f"Bearer {self._access.token.read().decode('ascii', 'replace').strip()}"
            made = {"trace": HalfMade()}
            async with (
                connections.used() as client,
                client.stream("GET", path, params=query, headers=headers, extensions=made) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    await _refuse(path, answer)
                yield answer
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, ssl.SSLError) as error:
            # Certificates may have been renewed: the next connection reads them anew.
            if self._connections is connections:
                await self.close()
            words = str(error) or type(error).__name__
            raise Unanswered(f"{self._access.server}{path}: {words[:_MOST_WORDS]}") from None
        except BadInput as error:
            raise Unanswered(str(error)) from None


async def _refuse(path: str, answer: httpx.Response) -> None:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES_OF_REFUSAL:
            break
    words = _said(body)[:_MOST_WORDS]
    raise _KINDS.get(answer.status_code, Unanswered)(f"{path}: {answer.status_code} {words}")


def _said(body: bytes | bytearray) -> str:
    """The message of a Status, or what else the server, or something before it, said."""
    try:
        message = msgspec.json.decode(body, type=_Status).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        message = ""
    return message or body.decode("utf-8", "replace").strip()


def _client_of(access: ClusterAccess, silence_s: float) -> httpx.AsyncClient:
    # Proxies of the environment are for the world outside of a cluster.
    return httpx.AsyncClient(
        base_url=access.server,
        verify=_context(access),
        timeout=httpx.Timeout(_CONNECTING_S, read=silence_s),
        trust_env=False,
        follow_redirects=False,
    )


def _context(access: ClusterAccess) -> ssl.SSLContext:
    try:
        authority = access.authority.read().decode("ascii") if access.authority else None
        context = ssl.create_default_context(cadata=authority)
        if access.certificate is not None and access.key is not None:
            _load_pair(context, access.certificate, access.key)
    except (ssl.SSLError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"the certificates for {access.server} cannot be used: {error}") from None
    return context


def _load_pair(context: ssl.SSLContext, certificate: Secret, key: Secret) -> None:
    """The library takes files only."""
    with tempfile.TemporaryDirectory(prefix="placement-") as folder:
        # The folder is open to nobody else.
        pair = Path(folder) / "pair.pem"
        pair.write_bytes(certificate.read() + b"\n" + key.read())
        context.load_cert_chain(pair)
