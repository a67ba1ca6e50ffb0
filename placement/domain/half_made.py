"""A connection that is given up while it is made is closed at once, not when somebody collects its memory."""

from collections.abc import Mapping
from typing import Any, Protocol


class _Stream(Protocol):
    async def aclose(self) -> None: ...


class HalfMade:
    """Hears how the connection of one request is made: `extensions={"trace": HalfMade()}` of httpx.

    Below httpx a connection whose TLS handshake fails is closed, and one whose handshake is cancelled forgotten: until
    its peer ends it, a running event loop keeps it.
    """

    def __init__(self) -> None:
        self._stream: _Stream | None = None

    async def __call__(self, event: str, told: Mapping[str, Any]) -> None:
        """Something has happened to the request."""
        _, _, what = event.partition(".")
        if what == "connect_tcp.complete":
            self._stream = told["return_value"]
        elif what == "start_tls.failed" and self._stream is not None:
            await self._stream.aclose()
