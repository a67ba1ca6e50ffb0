"""Policies and fleets are kept by name, as they were written; a revision is never overwritten."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, insert, select

from placement.domain.access import AuditEntry
from placement.domain.errors import Conflicting, UnknownDocument
from placement.residency.spelling import did_you_mean
from placement.store import tables

Kind = Literal["policy", "fleet"]

_table = tables.document.c
_COLUMNS = (_table.kind, _table.name, _table.revision, _table.saved_at, _table.saved_by, _table.content_json)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One revision of what has this name."""

    kind: Kind
    name: str
    revision: int
    """From 1, without gaps; a name that is used again goes on counting."""
    saved_at: datetime
    saved_by: str
    content_json: str | None
    """As it was written, as JSON; None: removed."""

    @property
    def is_there(self) -> bool:
        """Whether it says anything, and does not only remove what did."""
        return self.content_json is not None


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving led to."""

    document: StoredDocument
    created: bool
    """There was none of this name just before."""
    changed: bool
    """Otherwise the newest revision said the same before, and is still the newest."""


def save(connection: Connection, new: StoredDocument, expected: int | None) -> Saved:
    """Add a revision after the newest, whatever number `new` has.

    `expected`: the revision that must be the newest, 0 for none that is there, None for any. Raises Conflicting
    otherwise, and UnknownDocument for the removal of what is not there.
    """
    before = _newest(connection, new.kind, new.name)
    current = before if before is not None and before.is_there else None
    if expected is not None and expected != (current.revision if current else 0):
        raise Conflicting(new.kind, new.name, current.revision if current else None)
    if current is None and not new.is_there:
        raise UnknownDocument(_unknown(connection, new.kind, new.name, before))
    if current is not None and current.content_json == new.content_json:
        return Saved(current, created=False, changed=False)
    saved = replace(new, revision=1 if before is None else before.revision + 1)
    connection.execute(
        insert(tables.document).values(
            kind=saved.kind,
            name=saved.name,
            revision=saved.revision,
            saved_at=saved.saved_at,
            saved_by=saved.saved_by,
            content_json=saved.content_json,
        )
    )
    return Saved(saved, created=current is None, changed=True)


def noted(saved: StoredDocument) -> AuditEntry:
    """What the audit log says of it."""
    word = "fleets" if saved.kind == "fleet" else "policies"
    action = f"{word}.{'put' if saved.is_there else 'delete'}"
    return AuditEntry(saved.saved_at, saved.saved_by, action, saved.name, f'{{"revision": {saved.revision}}}')


def document(connection: Connection, kind: Kind, name: str, revision: int | None) -> StoredDocument:
    """The newest revision, or the given one; raises UnknownDocument, also for a removal."""
    newest = _newest(connection, kind, name)
    found = newest if revision is None else _first(connection, _of(kind, name).where(_table.revision == revision))
    if found is None or not found.is_there:
        raise UnknownDocument(_unknown(connection, kind, name, newest, revision))
    return found


def documents(connection: Connection, kind: Kind) -> list[StoredDocument]:
    """The newest revision of each that is there, by name."""
    newest = _newest_revisions(kind).subquery()
    each = (_table.name == newest.c.name) & (_table.revision == newest.c.revision)
    rows = select(*_COLUMNS).join(newest, each).where(_table.kind == kind, _table.content_json.is_not(None))
    # Databases sort text each in their own way.
    return sorted((StoredDocument(*row) for row in connection.execute(rows)), key=lambda found: found.name)


def _newest_revisions(kind: Kind) -> Select[tuple[str, int]]:
    newest = func.max(_table.revision).label("revision")
    return select(_table.name, newest).where(_table.kind == kind).group_by(_table.name)


def _of(kind: Kind, name: str) -> Select[Any]:
    return select(*_COLUMNS).where(_table.kind == kind, _table.name == name)


def _newest(connection: Connection, kind: Kind, name: str) -> StoredDocument | None:
    return _first(connection, _of(kind, name).order_by(_table.revision.desc()).limit(1))


def _first(connection: Connection, wanted: Select[Any]) -> StoredDocument | None:
    row = connection.execute(wanted).first()
    return None if row is None else StoredDocument(*row)


def _unknown(
    connection: Connection, kind: Kind, name: str, newest: StoredDocument | None, revision: int | None = None
) -> str:
    word = "fleet" if kind == "fleet" else "policy document"
    if newest is None:
        known = [each.name for each in documents(connection, kind)]
        near = did_you_mean(name, known) if known else ", nor is any other yet"
        return f"no {word} {name!r} is stored{near}"
    if newest.is_there or (revision is not None and revision > newest.revision):
        return f"the {word} {name!r} has no revision {revision}; the newest is {newest.revision}"
    when = f"on {newest.saved_at:%Y-%m-%d} by {newest.saved_by}"
    return f"the {word} {name!r} was removed {when}; its last revision is {newest.revision - 1}"
