"""`/decisions`: what was decided, newest first, each with its placements, bill, proof and assumptions."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.cursor import decoded, encoded, moment_of, unix_us
from api.dashboard.decision_facts import charged_flows, proof_words, replaced_by, savings
from api.dashboard.forms import read_form, to
from api.dashboard.pages import Pages
from api.dashboard.paging import page_number, page_of
from api.database import Database
from api.decision_forms import pending_document
from api.errors import AlreadyEnded, NoDecision
from api.routers.decisions import Place, found_decision
from placement.store.decisions import DecisionLine, StoredDecision
from placement.store.repository import Store
from placement.store.requests import DecisionRequest

_LINES = 50
_WORKLOADS = 100
_FLOWS = 30
_OTHERS = 10
_MOST_BYTES = 10_000


def add(app: FastAPI, pages: Pages, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the paths to the app."""

    @app.get("/decisions", include_in_schema=False)
    async def listed(request: Request) -> Response:
        fleet = request.query_params.get("fleet", "").strip() or None
        cursor = request.query_params.get("after") or None
        place = None if cursor is None else decoded(cursor, Place)
        before = None if place is None else (moment_of(place.unix_us), place.id)
        lines = await database.ask(lambda store: store.ledger(before, fleet, _LINES + 1))
        here = lines[:_LINES]
        following = encoded(Place(unix_us(here[-1].created_at), here[-1].id)) if len(lines) > _LINES else None
        return pages.show(request, "decisions", lines=here, fleet=fleet, following=following, first=place is None)

    @app.get("/decisions/{decision_id}", include_in_schema=False)
    async def decision(request: Request, decision_id: str) -> Response:
        found, lines = await database.ask(lambda store: _with_others(store, decision_id))
        if isinstance(found, DecisionRequest):
            return pages.show(request, "pending", asked=pending_document(found), asked_at=found.asked_at)
        answer: dict[str, Any] = json.loads(found.answer_json)
        return pages.show(
            request,
            "decision",
            answer=answer,
            stored=found,
            policies=json.loads(found.request_json).get("policy_revisions") or [],
            proof_words=proof_words(answer),
            savings=savings(answer),
            workloads=page_of(answer["placements"], page_number(request), _WORKLOADS),
            flows=charged_flows(answer)[:_FLOWS],
            replaced=replaced_by(found.id, lines),
            others=[line for line in lines if line.id != found.id],
        )

    @app.post("/decisions/{decision_id}/cancel", include_in_schema=False)
    async def cancel(request: Request, decision_id: str) -> Response:
        await read_form(request, _MOST_BYTES)
        who, now = str(request.scope[WHO]), clock()
        if not await database.ask(lambda store: store.end_request(decision_id, "cancelled", "", now, who)):
            found = await database.ask(lambda store: found_decision(store, decision_id))
            raise AlreadyEnded(found.id, "decided" if isinstance(found, StoredDecision) else found.state)
        return to(f"/decisions/{decision_id}")


def _with_others(store: Store, identity: str) -> tuple[StoredDecision | DecisionRequest, list[DecisionLine]]:
    """The decision or request, and the newest of its fleet."""
    if not identity or len(identity) > 200:
        raise NoDecision(f"there is no decision {identity[:80]!r}")
    found = found_decision(store, identity)
    return found, store.ledger(None, found.fleet_name, _OTHERS)
