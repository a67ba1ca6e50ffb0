"""Who is dead: an executor whose beat has not changed for a while, by the clock of whoever looks.

The beats are times of other machines; only whether they change is believed, not what they say.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar


class Obituaries:
    """What one executor knows of the others."""

    LEFT: ClassVar[datetime] = datetime(1970, 1, 1, tzinfo=UTC)
    """The beat of one that has said farewell: it is dead at once."""

    def __init__(self, own_id: str, dead_after_s: float) -> None:
        self._own_id, self._dead_after_s = own_id, dead_after_s
        self._seen: dict[str, tuple[datetime, float]] = {}

    def dead(self, beats: Mapping[str, datetime], now_s: float) -> list[str]:
        """The others that are dead, by their last beats; `now_s` is of a clock that never goes back."""
        for name, beat in beats.items():
            if name not in self._seen or self._seen[name][0] != beat:
                self._seen[name] = beat, now_s
        self._seen = {name: seen for name, seen in self._seen.items() if name in beats}
        return [
            name
            for name, (beat, since_s) in self._seen.items()
            if name != self._own_id and (beat == self.LEFT or now_s - since_s > self._dead_after_s)
        ]
