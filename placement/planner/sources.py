"""Providers are found by their entry points; one that is broken is a source that says so, and harms no other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points

from placement.domain.errors import CollectionFailed, PlacementError
from placement.domain.provider import Fact, Source, Surroundings
from placement.domain.sweep import SourceKind

_GROUP = "placement.providers"


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """In the place of a provider whose module cannot be used, or of a source that would harm another."""

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
    listed = {entry.name: _sources(entry, surroundings) for entry in found}
    names = Counter(source.name for own in listed.values() for source in own)
    return {
        provider: tuple(source if names[source.name] == 1 else _namesake(source, names) for source in own)
        for provider, own in listed.items()
    }


def _namesake(source: Source, names: Mapping[str, int]) -> BrokenSource:
    """What a source says is known by its name: each of two with one name would end what the other says."""
    reason = f"there are {names[source.name]} sources with this name; rename all but one"
    return BrokenSource(source.name, source.provider, reason, source.kind)


def _sources(entry: EntryPoint, surroundings: Surroundings) -> Sequence[Source]:
    try:
        provider = entry.load()
    except Exception as broken:
        return _broken(entry, f"{type(broken).__name__}: {broken}")
    try:
        return tuple(provider(surroundings))
    except PlacementError as refused:
        return _broken(entry, str(refused))
    except Exception as broken:
        # It was given the settings, and its words may hold them.
        return _broken(entry, type(broken).__name__)


def _broken(entry: EntryPoint, reason: str) -> Sequence[Source]:
    return (BrokenSource(entry.name, entry.name, f"its adapter {entry.value} cannot be used: {reason}"),)
