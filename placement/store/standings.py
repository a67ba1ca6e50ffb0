"""How each fleet stands: its newest decision, and the newest that placed it, which is in force."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select

from placement.store import tables
from placement.store.decisions import StoredDecision

_table = tables.decision
_COLUMNS = (
    _table.c.id,
    _table.c.created_at,
    _table.c.fleet,
    _table.c.catalog_version,
    _table.c.request_json,
    _table.c.answer_json,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One fleet."""

    newest: StoredDecision
    in_force: StoredDecision | None
    """None: it was never placed."""

    @property
    def fleet_name(self) -> str:
        """Whose standing this is."""
        return self.newest.fleet_name


def standings(connection: Connection) -> list[Standing]:
    """Of all fleets, by name."""
    ranked = select(
        _table.c.id,
        func.row_number()
        .over(partition_by=_table.c.fleet, order_by=(_table.c.created_at.desc(), _table.c.id.desc()))
        .label("rank"),
    ).subquery()
    newest = select(*_COLUMNS).join(ranked, ranked.c.id == _table.c.id).where(ranked.c.rank == 1)
    found = [StoredDecision(*row) for row in connection.execute(newest)]
    # Databases sort text each in their own way.
    return [Standing(each, _in_force(connection, each)) for each in sorted(found, key=lambda each: each.fleet_name)]


def _in_force(connection: Connection, newest: StoredDecision) -> StoredDecision | None:
    looked_at: StoredDecision | None = newest
    while looked_at is not None and not _places(looked_at):
        looked_at = _before(connection, looked_at)
    return looked_at


def _places(decision: StoredDecision) -> bool:
    answer = json.loads(decision.answer_json)
    return bool(answer["placements"] or answer["datasets"])


def _before(connection: Connection, decision: StoredDecision) -> StoredDecision | None:
    at, name = _table.c.created_at, _table.c.id
    older = (
        select(*_COLUMNS)
        .where(_table.c.fleet == decision.fleet_name)
        .where(or_(at < decision.created_at, and_(at == decision.created_at, name < decision.id)))
        .order_by(at.desc(), name.desc())
        .limit(1)
    )
    row = connection.execute(older).first()
    return None if row is None else StoredDecision(*row)
