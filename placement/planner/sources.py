"""Providers are found by their entry points; one that is broken is a source that says so, and harms no other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Fact, Source, Surroundings
from placement.domain.sweep import SourceKind

_GROUP = "placement.providers"


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """In the place of a provider whose module cannot be used."""

    name: str
    provider: str
    reason: str
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(days=1)

    def facts(self) -> Iterator[Fact]:
        """Raises CollectionFailed."""
        raise CollectionFailed(f"{self.name}: {self.reason}")


def providers(surroundings: Surroundings) -> Mapping[str, Sequence[Source]]:
    """The sources of each provider that is installed, by the provider's name, in the order of the names."""
    found = sorted(entry_points(group=_GROUP), key=lambda entry: entry.name)
    return {entry.name: _sources(entry, surroundings) for entry in found}


def _sources(entry: EntryPoint, surroundings: Surroundings) -> Sequence[Source]:
    try:
        return tuple(entry.load()(surroundings))
    except Exception as broken:
        reason = f"its adapter {entry.value} cannot be used: {type(broken).__name__}: {broken}"
        return (BrokenSource(entry.name, entry.name, reason),)
