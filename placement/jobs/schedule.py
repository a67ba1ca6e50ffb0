"""Each minute the providers of the timetable are looked over, and those with something due get a job.

A job's id holds its minute, so that of several executors with the same timetable one makes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from placement.domain.provider import Source, Surroundings
from placement.planner import rounds, sources
from placement.store.repository import Store

_RETRIED_AFTER = timedelta(minutes=5)
"""A source that failed is left alone for so long."""


@dataclass(frozen=True, slots=True)
class Sweeping:
    """A job that is due."""

    id: str
    provider: str
    source_names: tuple[str, ...]


class Timetable:
    """Which sources are collected without being asked for."""

    def __init__(self, names: Sequence[str], surroundings: Surroundings) -> None:
        """Raises BadInput for a name that is no provider and no source."""
        self._surroundings = surroundings
        self._sources: Sequence[Source] = ()
        if names:
            self._sources = rounds.chosen(sources.providers(surroundings), names)
        self._minute: datetime | None = None

    def due(self, store: Store) -> Iterator[Sweeping]:
        """The jobs of this minute; none, if they were given out already."""
        now = self._surroundings.clock()
        minute = now.replace(second=0, microsecond=0)
        if not self._sources or minute == self._minute:
            return
        self._minute = minute
        failed = {each.source: each.failed_at for each in store.failures()}
        for provider, names in _by_provider(rounds.due(store, self._sources, self._surroundings.clock)).items():
            rested = tuple(n for n in names if n not in failed or now - failed[n] >= _RETRIED_AFTER)
            if rested:
                yield Sweeping(f"collect-{provider}-{minute:%Y%m%dt%H%M}", provider, rested)


def _by_provider(due: Sequence[Source]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in due:
        found.setdefault(source.provider, []).append(source.name)
    return found
