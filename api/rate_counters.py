"""Counters for rate limits that take no more room than they may, and run by the service's clock.

The library's own in memory start a thread every 10 ms to look for what has ended, and have no bound.
"""

from collections.abc import Callable
from datetime import datetime

from limits.storage import Storage

MOST_COUNTED = 10_000
"""At once; the oldest windows end early where there are more."""


class Counters(Storage):
    """What was counted in the windows that are open, the oldest first."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], datetime], most: int = MOST_COUNTED) -> None:
        super().__init__()
        self._clock, self._most = clock, most
        self._windows: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: nothing can fail here."""
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Counts on, and says how many they are; a window that has ended begins anew."""
        now = self._clock().timestamp()
        count, ends = self._windows.get(key, (0, 0.0))
        if not now < ends <= now + expiry:
            count, ends = 0, now + expiry
            self._windows.pop(key, None)
            self._make_room(now)
        self._windows[key] = (count + amount, ends)
        return count + amount

    def get(self, key: str) -> int:
        """How many were counted in the window that is open."""
        count, ends = self._windows.get(key, (0, 0.0))
        return count if self._clock().timestamp() < ends else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now, where none is open."""
        now = self._clock().timestamp()
        return max(now, self._windows.get(key, (0, now))[1])

    def check(self) -> bool:
        """True: memory is there."""
        return True

    def reset(self) -> int | None:
        """Forget everything; how many windows that were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one window."""
        self._windows.pop(key, None)

    def _make_room(self, now: float) -> None:
        while self._windows:
            oldest = next(iter(self._windows))
            if len(self._windows) < self._most and self._windows[oldest][1] > now:
                return
            del self._windows[oldest]
