"""Where several sources speak of one subject, the strongest is believed, and the others where it says nothing.

A sheet is stronger than an API, since people wrote it to be believed; of two alike the later collected is stronger.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from placement.domain.sweep import SourceKind
from placement.store import tables


@dataclass(frozen=True, slots=True)
class RankedSource:
    """A source as it was in some version, `rank` 0 being the weakest."""

    id: int
    name: str
    kind: SourceKind
    rank: int
    observed_unix_s: int | None
    """When most of its prices were observed."""


def sources_at(connection: Connection, version: int) -> list[RankedSource]:
    """The sources collected up to `version`, the weakest first."""
    source, done = tables.source.c, tables.collection.c
    newest = (
        select(done.source_id, func.max(done.version).label("version"))
        .where(done.version <= version)
        .group_by(done.source_id)
        .subquery()
    )
    rows = connection.execute(
        select(source.id, source.name, source.kind, done.version, done.observed_unix_s)
        .join_from(tables.source, newest, newest.c.source_id == source.id)
        .join(tables.collection, done.version == newest.c.version)
    ).all()
    rows = sorted(rows, key=lambda row: (row.kind == SourceKind.SHEET, row.version))
    return [
        RankedSource(row.id, row.name, SourceKind(row.kind), rank, row.observed_unix_s) for rank, row in enumerate(rows)
    ]


def strongest(rows: Iterable[Sequence[Any]], subject: int, rank: Mapping[int, int]) -> dict[Any, tuple[Any, ...]]:
    """Facts by subject, whole from the strongest source.

    Each row is a source's id, `subject` columns and the facts; `rank` is by source id.
    """
    found: dict[Any, tuple[Any, ...]] = {}
    for row in sorted(rows, key=lambda row: rank[row[0]]):
        found[tuple(row[1 : 1 + subject])] = tuple(row[1 + subject :])
    return found


def merged(rows: Iterable[Sequence[Any]], rank: Mapping[int, int]) -> dict[int, tuple[Any, ...]]:
    """Facts by a subject of one column, each fact from the strongest source that says anything of it."""
    found: dict[int, list[Any]] = {}
    for row in sorted(rows, key=lambda row: -rank[row[0]]):
        facts = found.setdefault(row[1], list(row[2:]))
        for index, (known, other) in enumerate(zip(facts, row[2:], strict=True)):
            if _says_nothing(known):
                facts[index] = other
    return {subject: tuple(facts) for subject, facts in found.items()}


def _says_nothing(fact: Any) -> bool:
    """Unknown, or what a source writes that was not asked: not burstable, no GPU. 0 degrees is a place."""
    return fact is None or (isinstance(fact, int) and fact == 0)
