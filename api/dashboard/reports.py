"""`/reports`: the months, open and closed, with their revisions, and the report of each in every format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.pages import Pages
from api.dashboard.paging import page_number, page_of
from api.database import Database
from placement.report_file import FORMATS
from placement.store.closed_reports import ClosedHead

_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the calendar, in UTC."""

    name: str
    """Such as 2026-10."""
    is_over: bool
    revisions: tuple[ClosedHead, ...]
    """The newest first; none: it is not closed."""


def add(app: FastAPI, pages: Pages, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""

    @app.get("/reports", include_in_schema=False)
    async def listed(request: Request) -> Response:
        first, closed = await database.ask(lambda store: (store.first_decision_at(), store.closed_heads()))
        months = page_of(months_since(first, clock(), closed), page_number(request), _MONTHS)
        return pages.show(request, "reports", months=months, formats=[form.name for form in FORMATS])


def months_since(first: datetime | None, now: datetime, closed: Sequence[ClosedHead]) -> list[Month]:
    """From the month of the first decision, or the first that was closed, to the one that runs; the newest first."""
    begins = [head.month for head in closed]
    if first is not None:
        begins.append(f"{first.astimezone(UTC):%Y-%m}")
    if not begins:
        return []
    running = f"{now.astimezone(UTC):%Y-%m}"
    found, (year, month) = list[Month](), map(int, min(begins).split("-"))
    while (name := f"{year:04}-{month:02}") <= running:
        found.append(Month(name, name < running, tuple(head for head in closed if head.month == name)))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found[::-1]
