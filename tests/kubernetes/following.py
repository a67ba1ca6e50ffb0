"""An informer that follows a cluster in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.informer import Informer
from tests.api.serving import AT_MOST_S

Told = list[tuple[str, str | None]]


@contextmanager
def following(access: ClusterAccess, silence_s: float = 20.0) -> Iterator[tuple[Informer, Told]]:
    """The informer, and what it told: (what, words), None where it went well again."""
    told: Told = []
    found: list[Informer] = []
    started, ending = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        quick = {"first_wait_s": 0.01, "most_wait_s": 0.1, "silence_s": silence_s}
        found.append(Informer(access, lambda *words: told.append(words), **quick))
        async with found[0].following():
            started.set()
            await ending.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert started.wait(AT_MOST_S)
    try:
        yield found[0], told
    finally:
        loops[0].call_soon_threadsafe(ending.set)
        thread.join(AT_MOST_S)
        assert not thread.is_alive()
