"""Facts hold no cycles, yet while many are made the collector looks for some, in all of them, again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_waits() -> Iterator[None]:
    """No search for cycles inside the block; a quarter of the time of reading a whole market goes into it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
