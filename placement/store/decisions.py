"""A decision is kept as it was asked and answered, with the catalog version that replays it."""

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from placement.domain.errors import UnknownDecision
from placement.store import tables

_table = tables.decision
_HEAD = (_table.c.id, _table.c.created_at, _table.c.fleet, _table.c.catalog_version)
LATEST = "latest"
"""Instead of an id: the newest decision."""
_SEARCHED = 1000
"""So many of the newest ids are searched for one that looks alike."""


@dataclass(frozen=True, slots=True)
class DecisionHead:
    """Which decision was made when, for which fleet, on which market."""

    id: str
    created_at: datetime
    fleet_name: str
    catalog_version: int


@dataclass(frozen=True, slots=True)
class StoredDecision(DecisionHead):
    """A decision with the documents that were asked and answered, as they were."""

    request_json: str
    answer_json: str


def save_decision(connection: Connection, decision: StoredDecision) -> None:
    """Keep the decision. One that is there already stays as it is, so that a repeated job changes nothing."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(_table).values(
        id=decision.id,
        created_at=decision.created_at,
        fleet=decision.fleet_name,
        catalog_version=decision.catalog_version,
        request_json=decision.request_json,
        answer_json=decision.answer_json,
    )
    connection.execute(row.on_conflict_do_nothing(index_elements=[_table.c.id]))


def decision(connection: Connection, wanted: str) -> StoredDecision:
    """The decision with this id, the only one whose id begins so, or the LATEST; raises UnknownDecision."""
    if wanted == LATEST and (newest := decisions(connection, 1)):
        wanted = newest[0].id
    begins = select(_table.c.id).where(_table.c.id.startswith(wanted, autoescape=True)).order_by(_table.c.id)
    found = [name for name in connection.execute(begins).scalars() if wanted and name.startswith(wanted)]
    if wanted not in found and len(found) != 1:
        raise UnknownDecision(_unknown(connection, wanted, found))
    name = wanted if wanted in found else found[0]
    row = connection.execute(select(*_HEAD, _table.c.request_json, _table.c.answer_json).where(_table.c.id == name))
    return StoredDecision(*row.one())


def decisions(connection: Connection, limit: int) -> list[DecisionHead]:
    """The newest `limit` decisions, newest first."""
    newest = select(*_HEAD).order_by(_table.c.created_at.desc(), _table.c.id).limit(limit)
    return [DecisionHead(*row) for row in connection.execute(newest)]


def _unknown(connection: Connection, wanted: str, found: list[str]) -> str:
    if found:
        shown = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
        return f"{len(found)} decisions begin with {wanted!r}: {shown}; write more of the id"
    known = [head.id for head in decisions(connection, _SEARCHED)]
    if not known:
        return f"there is no decision {wanted!r}, nor any other yet; run: placement solve FLEET"
    alike = get_close_matches(wanted, known, n=3)
    hint = f"did you mean {' or '.join(alike)}?" if alike else f"the newest is {known[0]}"
    return f"there is no decision {wanted!r}; {hint}"
