"""Facts hold no cycles, yet while many are made the collector looks for some, in all of them, again and again."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_waiting: list[bool] = []
"""One for each block under way, in any thread; the first says whether the collector was on before."""


@contextmanager
def collector_waits() -> Iterator[None]:
    """No search for cycles inside the block; a quarter of the time of reading a whole market goes into it."""
    with _lock:
        _waiting.append(_waiting[0] if _waiting else gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            was_on = _waiting.pop()
            if not _waiting and was_on:
                gc.enable()
