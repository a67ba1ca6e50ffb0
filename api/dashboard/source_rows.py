"""Sources as people look after them: what each offers, how old that is, and how its last sweep ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.provenance import Provenance
from placement.domain.offering import CapacityType
from placement.domain.sweep import Collection, FailedCollection, SourceKind


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source of the catalog, or one that never stored anything."""

    name: str
    kind: SourceKind | None
    """None: it never stored anything."""
    regions: int
    offerings: int
    oldest_at: datetime | None
    newest_at: datetime | None
    stale: tuple[CapacityType, ...]
    """Capacity types with prices that are too old to be used."""
    last: Collection | None
    failure: FailedCollection | None
    """Where its last sweep failed."""

    @property
    def refused(self) -> int:
        """Rows that its last stored sweep did not believe."""
        return sum(each.rows for each in self.last.refused) if self.last else 0


def source_rows(known: Provenance, now: datetime) -> Sequence[SourceRow]:
    """By name."""
    last = {done.source: done for done in known.collections}
    names = sorted({*last, *known.failures, *(each.source for each in known.freshness)})
    return [_row(name, known, last.get(name), now) for name in names]


def _row(name: str, known: Provenance, last: Collection | None, now: datetime) -> SourceRow:
    parts = [each for each in known.freshness if each.source == name]
    stale = {kind for each in parts for kind in each.stale(now)}
    return SourceRow(
        name,
        parts[0].kind if parts else (last.kind if last else None),
        len(parts),
        sum(sum(each.offerings.values()) for each in parts),
        min((each.oldest_observed_at for each in parts), default=None),
        max((each.newest_observed_at for each in parts), default=None),
        tuple(kind for kind in CapacityType if kind in stale),
        last,
        known.failures.get(name),
    )
