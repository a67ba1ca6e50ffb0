"""The service asks issuers for their keys, and nobody for anything else: in bounded time, bounded size, one address."""

import asyncio
import json
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import httpx

from placement.domain.half_made import HalfMade
from placement.domain.loopback import is_loopback

AT_MOST_S = 5.0
"""Until the answer is there, all of it."""
MOST_BYTES = 262_144
_HEADERS = {
    "Accept": "application/json",
    # A small answer may unfold to a huge one.
    "Accept-Encoding": "identity",
    "User-Agent": f"cloud-placement/{version('cloud-placement')}",
}


class Unfetched(Exception):
    """There is no document to be had; the text says why."""


async def document_at(url: str) -> Any:
    """The JSON at an address; raises Unfetched."""
    try:
        async with asyncio.timeout(AT_MOST_S):
            raw = await _bytes_at(url)
    except TimeoutError:
        raise Unfetched(f"{url} did not answer within {AT_MOST_S:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unfetched(f"{url} cannot be reached: {type(error).__name__}") from None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Unfetched(f"{url} did not answer with JSON") from None


async def _bytes_at(url: str) -> bytes:
    found = bytearray()
    async with (
        httpx.AsyncClient(follow_redirects=False, mounts=_past_proxies(url), timeout=AT_MOST_S) as client,
        client.stream("GET", url, headers=_HEADERS, extensions={"trace": HalfMade()}) as answer,
    ):
        if answer.is_redirect:
            raise Unfetched(f"{url} redirects, which is not followed; name the address that answers")
        if answer.status_code != httpx.codes.OK:
            raise Unfetched(f"{url} answered {answer.status_code}")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise Unfetched(f"{url} answered with an encoding that was not asked for")
        async for chunk in answer.aiter_raw():
            found += chunk
            if len(found) > MOST_BYTES:
                raise Unfetched(f"{url} answered with more than {MOST_BYTES:,} bytes")
    return bytes(found)


def _past_proxies(url: str) -> dict[str, None]:
    """A proxy that the environment names cannot reach this machine's own addresses."""
    host = urlsplit(url).hostname or ""
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None} if is_loopback(host) else {}
