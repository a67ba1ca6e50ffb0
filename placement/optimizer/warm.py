"""What the optimizer compiles is compiled when it is first used after an installation, and kept: here before that."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

from placement.optimizer.coupled import warm as coupled
from placement.optimizer.pairwise import warm as pairwise

_LOADED_S = 1.0
"""What takes longer is not loaded, but compiled."""
_AROUND = "from placement.optimizer.warm import around; around()"


def ready() -> None:
    """Compile, or load what was compiled before. Less than 20 s the first time on two processors, a fraction of one
    later."""
    with _beside():
        pairwise.core()
    around()


def around() -> None:
    """All but the pairwise core."""
    pairwise.around()
    coupled.ready()


@contextmanager
def _beside() -> Iterator[None]:
    """While the core is compiled, another process does so with the rest: one alone compiles one thing at a time."""
    others: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        # Where there can be no other process, this one does all of it.
        with suppress(OSError):
            quiet, command = subprocess.DEVNULL, [sys.executable, "-c", _AROUND]
            others.append(subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet))

    timer = Timer(_LOADED_S, begin)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for other in others:
            other.wait()


if __name__ == "__main__":
    ready()
