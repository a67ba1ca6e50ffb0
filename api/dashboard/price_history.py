"""`/market/history`: what one or several offerings cost over time, as a chart and as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.pages import Pages
from api.dashboard.price_chart import Series, chart
from api.database import Database
from api.errors import InvalidRequest
from placement.domain.money import rate_in_usd
from placement.domain.offering import CapacityType
from placement.store.history import PricePoint, Subject
from placement.store.repository import Store

_BETWEEN = "|"
_MOST = 6
"""Series in one chart, as there are colours."""
_DAYS = (7, 30, 90, 365)
_USUAL_DAYS = 90
_WIDE, _NARROW = 1180.0, 350.0
_POINTS = 200
"""Rows of the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change."""

    series: str
    point: PricePoint
    usd_per_hour: float | None


def add(app: FastAPI, pages: Pages, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""

    @app.get("/market/history", include_in_schema=False)
    async def history(request: Request) -> Response:
        chosen = list(dict.fromkeys(request.query_params.getlist("offering")))[:_MOST]
        subjects = [_subject(text) for text in chosen]
        days = _days(request.query_params.get("days", ""))
        until = clock()
        since = until - timedelta(days=days)
        found = await database.ask(lambda store: _points(store, subjects, since, until))
        rows = [Row(_name(point, subject), point, _usd(point)) for subject, points in found for point in points]
        series = _series(rows)
        return pages.show(
            request,
            "history",
            chosen=chosen,
            days=days,
            windows=_DAYS,
            since=since,
            until=until,
            series=series[:_MOST],
            left_out=max(0, len(series) - _MOST),
            wide=chart(series[:_MOST], since, until, _WIDE),
            narrow=chart(series[:_MOST], since, until, _NARROW),
            rows=sorted(rows, key=lambda row: row.point.since, reverse=True)[:_POINTS],
            total=len(rows),
        )


def _subject(text: str) -> Subject:
    """Raises InvalidRequest for what names no offering."""
    region, *rest = text[:500].split(_BETWEEN)
    provider, _, name = region.partition(":")
    kinds = {kind.value: kind for kind in CapacityType}
    if len(rest) != 3 or not (provider and name and rest[0]) or (rest[1] and rest[1] not in kinds):
        form = "provider:region|instance type|capacity type|zone, the last two perhaps empty"
        words = f"{text[:80]!r} is no offering; write {form}"
        raise InvalidRequest([{"detail": words, "parameter": "offering"}])
    return Subject(provider, name, rest[0], kinds.get(rest[1]), rest[2] or None)


def _days(text: str) -> int:
    return int(text) if text.isdigit() and int(text) in _DAYS else _USUAL_DAYS


def _points(
    store: Store, subjects: Sequence[Subject], since: datetime, until: datetime
) -> list[tuple[Subject, list[PricePoint]]]:
    return [(subject, store.price_history(subject, since, until)) for subject in subjects]


def _name(point: PricePoint, subject: Subject) -> str:
    where = point.zone or f"{subject.provider}:{subject.region}"
    return f"{subject.instance_type} {point.capacity_type.value.replace('_', ' ')} in {where}, by {point.source}"


def _series(rows: Sequence[Row]) -> list[Series]:
    by_name: dict[str, list[tuple[datetime, float | None]]] = {}
    for row in rows:
        by_name.setdefault(row.series, []).append((row.point.since, row.usd_per_hour))
    return [Series(name, tuple(points)) for name, points in by_name.items()]


def _usd(point: PricePoint) -> float | None:
    return None if point.usd_per_hour is None else rate_in_usd(point.usd_per_hour)
