"""Provenance is where the offerings of one catalog come from, and how the last sweeps of their sources ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from placement.domain.sweep import CapacityHint, Collection, FailedCollection
from placement.store.freshness import Freshness
from placement.store.repository import Store


@dataclass(frozen=True, slots=True)
class Provenance:
    """Read after its catalog, and of the same version."""

    version: int
    freshness: Sequence[Freshness]
    hints: Sequence[tuple[str, CapacityHint]]
    collections: Sequence[Collection]
    """The newest of each source."""
    failures: Mapping[str, FailedCollection]
    """By source, where its last sweep failed."""


def read_provenance(store: Store, version: int) -> Provenance:
    """The provenance of this catalog version."""
    newest = {done.source: done for done in store.collections() if done.version <= version}
    known = Provenance(version, store.freshness(version), store.hints(version), tuple(newest.values()), {})
    return with_failures(known, store.failures())


def with_failures(known: Provenance, failures: Sequence[FailedCollection]) -> Provenance:
    """The same, with the failures that are newer than what their sources stored last."""
    stored = {done.source: done.finished_at for done in known.collections}
    last = {f.source: f for f in failures if f.source not in stored or f.failed_at > stored[f.source]}
    return known if last == known.failures else replace(known, failures=last)
