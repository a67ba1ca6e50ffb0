"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime


class Clock:
    """Begins now: keys and tokens are made by it, and by libraries that look at the real time."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now
