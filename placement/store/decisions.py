"""A decision is kept as it was asked and answered, with the catalog version that replays it."""

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Float,
    Text,
    and_,
    cast,
    func,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from placement.domain.errors import UnknownDecision
from placement.store import tables

_table = tables.decision
_HEAD = (_table.c.id, _table.c.created_at, _table.c.fleet, _table.c.catalog_version)
LATEST = "latest"
"""Instead of an id: the newest decision."""
_PLACED = ("optimal", "feasible")
"""What a decision is that says where its fleet lies."""
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
    return stored(connection, wanted if wanted in found else found[0])


def stored(connection: Connection, identity: str) -> StoredDecision:
    """The decision with exactly this id, which must be there."""
    row = connection.execute(select(*_HEAD, _table.c.request_json, _table.c.answer_json).where(_table.c.id == identity))
    return StoredDecision(*row.one())


def decisions(connection: Connection, limit: int) -> list[DecisionHead]:
    """The newest `limit` decisions, newest first."""
    newest = select(*_HEAD).order_by(_table.c.created_at.desc(), _table.c.id).limit(limit)
    return [DecisionHead(*row) for row in connection.execute(newest)]


def first_at(connection: Connection) -> datetime | None:
    """When the oldest decision was made; None before there is any."""
    oldest = select(_table.c.created_at).order_by(_table.c.created_at).limit(1)
    found: datetime | None = connection.execute(oldest).scalar()
    return found


def in_force(connection: Connection, fleet_name: str) -> StoredDecision:
    """The newest decision of the fleet that places it; raises UnknownDecision."""
    placed = _member(connection, "status").in_(_PLACED)
    newest = select(_table.c.id).where(_table.c.fleet == fleet_name, placed)
    found = connection.execute(newest.order_by(_table.c.created_at.desc(), _table.c.id.desc()).limit(1)).scalar()
    if found is None:
        raise UnknownDecision(_never_placed(connection, fleet_name))
    return stored(connection, found)


def decisions_before(connection: Connection, until: datetime) -> list[DecisionHead]:
    """All that were made before that time, by fleet, oldest first."""
    heads = select(*_HEAD).where(_table.c.created_at < until)
    # Databases sort text each in their own way.
    return sorted(
        (DecisionHead(*row) for row in connection.execute(heads)),
        key=lambda head: (head.fleet_name, head.created_at, head.id),
    )


def _never_placed(connection: Connection, fleet_name: str) -> str:
    known = connection.execute(select(_table.c.fleet).distinct().limit(_SEARCHED)).scalars().all()
    alike = [name for name in get_close_matches(fleet_name, known, n=3) if name != fleet_name]
    hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
    return f"no decision places a fleet {fleet_name!r} yet: have it decided first (placement solve FLEET){hint}"


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


@dataclass(frozen=True, slots=True)
class DecisionLine(DecisionHead):
    """One line of the ledger."""

    status: str
    """Of the decision; of a request that has none: open, failed or cancelled."""
    usd_per_month: float | None


def ledger(
    connection: Connection, before: tuple[datetime, str] | None, fleet_name: str | None, limit: int
) -> list[DecisionLine]:
    """Decisions, and requests that have none, newest first; `before` is the (time, id) of a line."""
    asked = tables.decision_request.c
    made = select(*_HEAD, _member(connection, "status"), _member(connection, "cost_usd_per_month", "total"))
    others = select(
        asked.id, asked.asked_at, asked.fleet, asked.catalog_version, asked.state, cast(null(), Float)
    ).where(asked.state != "decided")
    lines = union_all(made, others).subquery()
    name, at, fleet = list(lines.c)[:3]
    wanted = select(lines).order_by(at.desc(), name.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(or_(at < before[0], and_(at == before[0], name < before[1])))
    if fleet_name is not None:
        wanted = wanted.where(fleet == fleet_name)
    return [DecisionLine(*row) for row in connection.execute(wanted)]


def _member(connection: Connection, *path: str) -> ColumnElement[Any]:
    """A member of the answer, without fetching all of it."""
    kind = Float if path[-1] == "total" else Text
    if connection.dialect.name == "postgresql":
        return cast(func.json_extract_path_text(cast(_table.c.answer_json, JSON), *path), kind)
    return type_coerce(func.json_extract(_table.c.answer_json, f"$.{'.'.join(path)}"), kind())
