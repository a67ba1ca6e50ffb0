"""How far a search is, told to whoever follows it."""

from collections.abc import Callable
from threading import Lock, Timer
from types import TracebackType

from placement.optimizer.search import Progress

_QUICK_S = 1.0
"""Nobody asks how far a search is that is done by then."""


class Followed:
    """Tells nothing in the first second, then how far the search has come in it, and from then on each step: many are
    taken in the first second, and the next may take long."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell, self._lock = tell, Lock()
        self._last: Progress | None = None
        self._is_long = False
        self._timer = Timer(_QUICK_S, self._has_become_long)
        self._timer.daemon = True

    def __enter__(self) -> Callable[[Progress], None]:
        self._timer.start()
        return self._step

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Nothing is told from here on."""
        self._timer.cancel()
        self._timer.join()

    def _step(self, progress: Progress) -> None:
        with self._lock:
            self._last = progress
            if self._is_long:
                self._tell(progress)

    def _has_become_long(self) -> None:
        with self._lock:
            self._is_long = True
            if self._last is not None:
                self._tell(self._last)
