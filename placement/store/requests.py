"""A request for a decision is kept before anybody works on it, and ends once: decided, failed or cancelled.

The decision and the end of its request are written together, so that work which was done twice leaves one answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from placement.domain.errors import KeyReused
from placement.store import decisions, tables
from placement.store.decisions import StoredDecision

State = Literal["open", "decided", "failed", "cancelled"]

_table = tables.decision_request
_C = _table.c


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What was asked, by whom, and how it stands."""

    id: str
    """Of the decision that it becomes."""
    asked_at: datetime
    asked_by: str
    fleet_name: str
    catalog_version: int
    request_json: str
    body_sha256: str
    """Of all that the answer depends on, to tell a repetition from another request with the same key."""
    idempotency_key: str | None = None
    state: State = "open"
    reason: str = ""
    """Why it failed."""
    progress_json: str | None = None
    """What its search has found so far; None: not begun."""
    ended_at: datetime | None = None


_COLUMNS = (
    _C.id,
    _C.asked_at,
    _C.asked_by,
    _C.fleet,
    _C.catalog_version,
    _C.request_json,
    _C.body_sha256,
    _C.idempotency_key,
    _C.state,
    _C.reason,
    _C.progress_json,
    _C.ended_at,
)


def keep(connection: Connection, asked: DecisionRequest) -> tuple[DecisionRequest, bool]:
    """The request as it is kept, and whether it is new: the same again is the one that came first.

    KeyReused where its idempotency key came with another request before.
    """
    if asked.idempotency_key is not None:
        before = repeated(connection, asked.asked_by, asked.idempotency_key, asked.body_sha256)
        if before is not None:
            return before, False
    connection.execute(
        insert(_table).values(
            id=asked.id,
            asked_at=asked.asked_at,
            asked_by=asked.asked_by,
            fleet=asked.fleet_name,
            catalog_version=asked.catalog_version,
            request_json=asked.request_json,
            idempotency_key=asked.idempotency_key,
            body_sha256=asked.body_sha256,
            state=asked.state,
            reason=asked.reason,
        )
    )
    return asked, True


def repeated(connection: Connection, asked_by: str, idempotency_key: str, body_sha256: str) -> DecisionRequest | None:
    """The request that came with this key before, if it was the same; raises KeyReused if it was another."""
    before = _first(connection, (_C.asked_by == asked_by) & (_C.idempotency_key == idempotency_key))
    if before is not None and before.body_sha256 != body_sha256:
        raise KeyReused(idempotency_key)
    return before


def request(connection: Connection, request_id: str) -> DecisionRequest | None:
    """The request with this id."""
    return _first(connection, _C.id == request_id)


def state(connection: Connection, request_id: str) -> State | None:
    """How the request stands; None where there is none."""
    found: State | None = connection.execute(select(_C.state).where(_C.id == request_id)).scalar()
    return found


def note_progress(connection: Connection, request_id: str, progress_json: str) -> None:
    """What the search of an open request has found so far."""
    open_one = (_C.id == request_id) & (_C.state == "open")
    connection.execute(update(_table).where(open_one).values(progress_json=progress_json))


def end(connection: Connection, request_id: str, how: State, reason: str, at: datetime) -> bool:
    """End an open request; False where it had ended before, and stays as it is."""
    open_one = (_C.id == request_id) & (_C.state == "open")
    return connection.execute(update(_table).where(open_one).values(state=how, reason=reason, ended_at=at)).rowcount > 0


def decide(connection: Connection, decision: StoredDecision, at: datetime) -> bool:
    """Keep the decision of an open request; False, with nothing kept, where it had ended before."""
    if not end(connection, decision.id, "decided", "", at):
        return False
    decisions.save_decision(connection, decision)
    return True


def open_requests(connection: Connection, asked_before: datetime) -> list[str]:
    """Ids of those that nobody has ended, oldest first."""
    old = (_C.state == "open") & (_C.asked_at <= asked_before)
    return list(connection.execute(select(_C.id).where(old).order_by(_C.asked_at, _C.id)).scalars())


def count_open(connection: Connection) -> tuple[int, int]:
    """How many are open and not begun, and how many are being worked on."""
    begun = func.count(_C.progress_json)
    whole, working = connection.execute(select(func.count(), begun).where(_C.state == "open")).one()
    return whole - working, working


def _first(connection: Connection, which: object) -> DecisionRequest | None:
    row = connection.execute(select(*_COLUMNS).where(which)).first()  # type: ignore[arg-type]
    return None if row is None else DecisionRequest(*row)
