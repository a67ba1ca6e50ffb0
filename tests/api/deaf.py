"""A server that takes a connection and never says a word: no TLS handshake with it ends."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.api.serving import AT_MOST_S


class Deaf:
    """Has one caller."""

    def __init__(self, listener: socket.socket, open_: ExitStack) -> None:
        self._listener, self._open = listener, open_
        self.url = f"https://127.0.0.1:{listener.getsockname()[1]}"

    async def called(self) -> None:
        """Wait until somebody has begun to speak."""
        await asyncio.to_thread(self._take)

    async def left(self) -> None:
        """Wait until the caller has hung up."""
        await asyncio.to_thread(self._hear_all)

    def _take(self) -> None:
        self._caller = self._open.enter_context(self._listener.accept()[0])
        self._caller.settimeout(AT_MOST_S)
        assert self._caller.recv(1)

    def _hear_all(self) -> None:
        while self._caller.recv(4096):
            pass


@contextmanager
def deaf() -> Iterator[Deaf]:
    """Such a server, on a loopback port."""
    with ExitStack() as open_:
        listener = open_.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(AT_MOST_S)
        yield Deaf(listener, open_)
