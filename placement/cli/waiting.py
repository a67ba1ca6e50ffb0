"""Long work shows on a terminal that it goes on, and Ctrl-C ends it at once."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPPED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""


@contextmanager
def progress(words: str) -> Iterator[Callable[[str], None]]:
    """A sign of life on a terminal's standard error, nothing on a pipe; inside, other words can be given to it."""
    if not sys.stderr.isatty():
        yield lambda words: None
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status(words) as status:
        yield status.update


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, Ctrl-C ends the process whatever code runs, also the solver's, which would take the signal for itself.

    The signal is blocked, and a thread of its own waits for it. Threads inherit the block: enter before any library
    starts some, so before it is imported. Nothing may be half done inside; a database transaction would be rolled back.
    """
    if not hasattr(signal, "pthread_sigmask") or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    ended = threading.Event()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    watcher = threading.Thread(target=_stop_on_interrupt, args=(ended,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        assert watcher.ident is not None
        signal.pthread_kill(watcher.ident, signal.SIGINT)
        watcher.join()
        if threading.current_thread() is threading.main_thread():
            # A solver that ran leaves its own handler behind.
            signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def say_stopped() -> None:
    """The last words after Ctrl-C."""
    print("stopped", file=sys.stderr)  # noqa: T201


def _stop_on_interrupt(ended: threading.Event) -> None:
    signal.sigwait({signal.SIGINT})
    if ended.is_set():
        return
    if sys.stderr.isatty():
        # The spinner may still turn in its thread, and has hidden the cursor.
        terminal = os.dup(sys.stderr.fileno())
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        os.write(terminal, b"\x1b[?25h\r\x1b[Kstopped\n")
    else:
        say_stopped()
    os._exit(STOPPED)
