"""A copy of all objects of one kind: listed page by page, then kept up to date by what the server says has changed.

A watch that ends is taken up where it ended; one that the server can no longer continue (410) begins with a new
list. Whatever fails is tried again, ever more slowly.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from placement.kubernetes.api_server import ApiServer, Outdated, Unanswered

_PAGE = 500
_WATCH_S = (240, 300)
"""A watch ends after a time between these, so that not all begin anew together."""
_BRIEF_S = 1.0
"""A watch that ends sooner is as good as one that failed."""

Object = TypeVar("Object")


class _ListMetadata(Struct, frozen=True, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class ObjectList(Struct, Generic[Object], frozen=True):
    """A page of a list."""

    items: list[Object]
    metadata: _ListMetadata = _ListMetadata()


class _Event(Struct, frozen=True):
    type: str = ""
    object: Raw = Raw(b"null")


class _Status(Struct, frozen=True):
    code: int = 0
    message: str = ""


class _VersionMetadata(Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _Version(Struct, frozen=True):
    metadata: _VersionMetadata = _VersionMetadata()


@dataclass(frozen=True, slots=True)
class Kind(Generic[Object]):
    """What is reflected, and into what."""

    path: str
    """Of the list, such as /api/v1/nodes."""
    form: type[Object]
    replace: Callable[[Iterable[Object]], None]
    """These are all that there are."""
    put: Callable[[Object], None]
    """This one is new or has changed."""
    drop: Callable[[Object], None]
    """This one is gone."""


class Backoff:
    """How long to wait before another try: twice as long each time, up to a most, less some of it by chance."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s, self._most_s, self._next_s = first_s, most_s, first_s

    def reset(self) -> None:
        """It went well."""
        self._next_s = self._first_s

    def wait_s(self) -> float:
        """The next wait, in seconds."""
        now, self._next_s = self._next_s, min(2 * self._next_s, self._most_s)
        return now * random.uniform(0.5, 1.0)


def list_decoder(form: type[Object]) -> "Callable[[bytes], ObjectList[Object]]":
    """Reads a page of a list of such objects; it raises msgspec.DecodeError."""
    return msgspec.json.Decoder(ObjectList[form]).decode  # type: ignore[valid-type]


async def listed(
    server: ApiServer, path: str, decode: "Callable[[bytes], ObjectList[Object]]"
) -> tuple[list[Object], str]:
    """(all objects of a list, its version), page by page; raises Unanswered and what `decode` raises."""
    found: list[Object] = []
    query = {"limit": str(_PAGE)}
    while True:
        page = decode(await server.get(path, query))
        found += page.items
        if not page.metadata.continue_:
            return found, page.metadata.resource_version
        query = {"limit": str(_PAGE), "continue": page.metadata.continue_}


class Reflector(Generic[Object]):
    """Keeps one kind of objects up to date for as long as `run` runs."""

    def __init__(
        self, server: ApiServer, kind: Kind[Object], told: Callable[[str | None], None], backoff: Backoff
    ) -> None:
        self._server, self._kind, self._told, self._backoff = server, kind, told, backoff
        self._list_of = list_decoder(kind.form)
        self._object_of = msgspec.json.Decoder(kind.form).decode
        self._event_of = msgspec.json.Decoder(_Event).decode
        self._version_of = msgspec.json.Decoder(_Version).decode
        self._status_of = msgspec.json.Decoder(_Status).decode
        self.listed = asyncio.Event()
        """Set once all objects were seen."""

    async def run(self) -> None:
        """Never ends by itself. `told` hears what went wrong, and None when it goes well again."""
        while True:
            try:
                version = await self._list()
                self.listed.set()
                self._told(None)
                await self._watch(version)
            except Outdated:
                pass
            except (Unanswered, msgspec.DecodeError) as failure:
                self._told(str(failure))
            await asyncio.sleep(self._backoff.wait_s())

    async def _list(self) -> str:
        """Read all objects; the version from which on changes must be watched."""
        found, version = await listed(self._server, self._kind.path, self._list_of)
        self._kind.replace(found)
        return version

    async def _watch(self, version: str) -> None:
        """Follow changes until the server no longer can; then raises Outdated."""
        while True:
            began = time.monotonic()
            query = {
                "watch": "1",
                "allowWatchBookmarks": "true",
                "resourceVersion": version,
                "timeoutSeconds": str(random.randint(*_WATCH_S)),
            }
            try:
                async with aclosing(self._server.lines(self._kind.path, query)) as lines:
                    async for line in lines:
                        version = self._take(line) or version
                        self._told(None)
            except Outdated:
                raise
            except Unanswered as failure:
                self._told(str(failure))
            finally:
                if time.monotonic() - began >= _BRIEF_S:
                    self._backoff.reset()
            await asyncio.sleep(self._backoff.wait_s())

    def _take(self, line: bytes) -> str:
        """One change; the version after it."""
        event = self._event_of(line)
        match event.type:
            case "ADDED" | "MODIFIED":
                self._kind.put(self._object_of(event.object))
            case "DELETED":
                self._kind.drop(self._object_of(event.object))
            case "ERROR":
                status = self._status_of(event.object)
                raise (Outdated if status.code == 410 else Unanswered)(f"{self._kind.path}: {status.message}")
        return self._version_of(event.object).metadata.resource_version
