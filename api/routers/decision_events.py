"""GET /v1/decisions/{id}/events: how a request is coming along, as server-sent events, until it ends."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import FastAPI
from fastapi import Query as FromQuery
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.database import Database
from api.decision_forms import pending_document
from api.errors import NoDecision
from api.jobs import Jobs
from api.openapi import FROM_STORE, documented
from api.parameters import DecisionId, NoParameters
from api.routers.decisions import found_decision
from placement.domain.errors import StoreError
from placement.store.decisions import StoredDecision
from placement.store.requests import DecisionRequest

EVENTS = "text/event-stream"
_EVERY_S = 1.0
_LONGEST_S = 3600.0
"""A client that is still interested asks again."""


def add(app: FastAPI, jobs: Jobs, database: Database) -> None:
    """Add the path to the app."""

    @app.get(
        "/v1/decisions/{decision_id}/events",
        response_class=StreamingResponse,
        responses=documented(*FROM_STORE, NoDecision)
        | {200: {"description": "Events `progress`, then `end`.", "content": {EVENTS: {}}}},
        tags=["decisions"],
    )
    async def events(
        request: Request, decision_id: DecisionId, query: Annotated[NoParameters, FromQuery()]
    ) -> StreamingResponse:
        """`progress` each second, with the request as it stands; at last `end`, with where the decision is."""
        found = await database.ask(lambda store: found_decision(store, decision_id))
        return StreamingResponse(_told(found, jobs, request), media_type=EVENTS)


async def _told(found: StoredDecision | DecisionRequest, jobs: Jobs, request: Request) -> AsyncIterator[str]:
    waited_s = 0.0
    while isinstance(found, DecisionRequest) and found.state == "open" and waited_s < _LONGEST_S:
        yield _event("progress", json.dumps(pending_document(found)))
        if await request.is_disconnected():
            return
        # While the database is away, what was known is told again.
        with suppress(StoreError):
            found = await jobs.ended(found.id, _EVERY_S) or found
        waited_s += _EVERY_S
    status = "decided" if isinstance(found, StoredDecision) else found.state
    yield _event("end", json.dumps({"id": found.id, "status": status, "location": f"/v1/decisions/{found.id}"}))


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
