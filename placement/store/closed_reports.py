"""Reports of months that are over, as they were made; what turns out later is a new revision, and none is altered."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, func, insert, select

from placement.store import tables

_C = tables.closed_report.c


@dataclass(frozen=True, slots=True)
class ClosedReport:
    """One revision of a month's report."""

    month: str
    """Such as 2026-10."""
    revision: int
    """From 1, without gaps."""
    closed_at: datetime
    closed_by: str
    content: bytes
    """The report as JSON."""

    @property
    def sha256(self) -> str:
        """Of the content."""
        return sha256(self.content).hexdigest()


def closed_report(connection: Connection, month: str, revision: int | None) -> ClosedReport | None:
    """The newest revision, or the given one; None where there is none."""
    columns = (_C.month, _C.revision, _C.closed_at, _C.closed_by, _C.content)
    wanted = select(*columns).where(_C.month == month).order_by(_C.revision.desc()).limit(1)
    if revision is not None:
        wanted = wanted.where(_C.revision == revision)
    row = connection.execute(wanted).first()
    return None if row is None else ClosedReport(*row[:4], zlib.decompress(row[4]))


@dataclass(frozen=True, slots=True)
class ClosedHead:
    """Which revision of which month was closed when, and by whom."""

    month: str
    revision: int
    closed_at: datetime
    closed_by: str


def closed_heads(connection: Connection) -> list[ClosedHead]:
    """All revisions of all months, the newest month and revision first."""
    rows = connection.execute(select(_C.month, _C.revision, _C.closed_at, _C.closed_by))
    return sorted((ClosedHead(*row) for row in rows), key=lambda head: (head.month, head.revision), reverse=True)


def newest_revision(connection: Connection, month: str) -> int:
    """0 where the month was never closed."""
    return connection.execute(select(func.max(_C.revision)).where(_C.month == month)).scalar() or 0


def deliveries(connection: Connection, month: str) -> dict[str, datetime]:
    """Where the month's report was delivered, and when."""
    done = tables.report_delivery.c
    rows = connection.execute(select(done.target, done.delivered_at).where(done.month == month))
    return {target: at for target, at in rows}


def note_delivery(connection: Connection, month: str, target: str, at: datetime) -> None:
    """Keep that it was delivered there."""
    if target not in deliveries(connection, month):
        connection.execute(insert(tables.report_delivery).values(month=month, target=target, delivered_at=at))


def close_report(connection: Connection, closed: ClosedReport) -> bool:
    """Keep it as the next revision; False, with nothing kept, where another came first."""
    if newest_revision(connection, closed.month) != closed.revision - 1:
        return False
    connection.execute(
        insert(tables.closed_report).values(
            month=closed.month,
            revision=closed.revision,
            closed_at=closed.closed_at,
            closed_by=closed.closed_by,
            content_sha256=closed.sha256,
            content=zlib.compress(closed.content),
        )
    )
    return True
