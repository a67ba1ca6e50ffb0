"""GET /v1/prices/history: what an offering cost over time, the same as `placement prices history --json` gives."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.responses import Response

from api.answers import json_answer
from api.database import Database
from api.errors import InvalidRequest
from api.openapi import FROM_STORE, documented
from api.parameters import Moment, Query, Word
from api.schemas import Answer, CapacityTypeWord, Usd
from placement.documents import history_document
from placement.domain.offering import CapacityType
from placement.store.history import Subject

_USUAL_WINDOW = timedelta(days=90)


class HistoryQuery(Query):
    """Whose prices, and when."""

    region: Annotated[
        str, Field(pattern=r"^[^:]{1,100}:.{1,200}$", description="provider:region, such as aws:eu-central-1.")
    ]
    instance_type: Annotated[Word, Field(description="Such as m5.large.")]
    capacity_type: Annotated[CapacityTypeWord | None, Field(description="Any, if left out.")] = None
    zone: Annotated[Word | None, Field(description="Any, if left out.")] = None
    since: Annotated[Moment | None, Field(description="ISO 8601; 90 days before `until`, if left out.")] = None
    until: Annotated[Moment | None, Field(description="ISO 8601; now, if left out.")] = None


class PriceHistoryPoint(Answer):
    """Holds until the next point of the same source, zone and capacity type."""

    source: str
    zone: str | None
    capacity_type: CapacityTypeWord
    since: datetime
    since_is_stated: Annotated[bool, Field(description="By the source; otherwise the price was first seen then.")]
    usd_per_hour: Annotated[Usd | None, Field(description="null: withdrawn.")]


class PriceHistory(Answer):
    """By source, zone, capacity type and time; the first point of each is the one that holds at `since`."""

    region: str
    instance_type: str
    since: datetime
    until: datetime
    points: list[PriceHistoryPoint]


def add(app: FastAPI, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""

    @app.get("/v1/prices/history", response_model=PriceHistory, responses=documented(*FROM_STORE), tags=["market"])
    async def price_history(query: Annotated[HistoryQuery, FromQuery()]) -> Response:
        """When the price changed; no points where none is known."""
        start, end = _window(query, clock())
        provider, _, name = query.region.partition(":")
        bought = None if query.capacity_type is None else CapacityType(query.capacity_type)
        subject = Subject(provider, name, query.instance_type, bought, query.zone)
        points = await database.ask(lambda store: store.price_history(subject, start, end))
        return json_answer(history_document(query.region, query.instance_type, (start, end), points))


def _window(query: HistoryQuery, now: datetime) -> tuple[datetime, datetime]:
    end = query.until or now
    try:
        start = query.since or end - _USUAL_WINDOW
    except OverflowError:
        start = end
    if start >= end:
        raise InvalidRequest([{"detail": "is not before until", "parameter": "since"}])
    return start, end
