"""/v1/decisions: a fleet is placed, now or in the queue; what was decided stays."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.answers import JSON, json_answer
from api.cursor import decoded, encoded, moment_of, unix_us
from api.database import Database
from api.deciding import Asking, Deciding, DecisionQuery
from api.decision_forms import Cancelled, DecisionPage, DecisionShown, PendingDecision, pending_document
from api.errors import AlreadyEnded, InvalidRequest, NoDecision
from api.jobs import Jobs
from api.openapi import FROM_MEMORY, FROM_STORE, OF_BODIES, OF_FLEETS, documented, text_body
from api.parameters import Cursor, DecisionId, Limit, NoParameters, Query, Word, link_to_next
from api.texts import read_text
from placement.documents import moment
from placement.domain.errors import KeyReused, UnknownDecision
from placement.store.decisions import StoredDecision
from placement.store.repository import Store
from placement.store.requests import DecisionRequest

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,6})(?:$|[,;\s])")
_ASYNC = re.compile(r"(?:^|[,\s])respond-async(?:$|[,;\s])")
_MARGIN_S = 2.0
"""An answer is begun so long before the service's own time limit."""
_RETRY_S = 1

IdempotencyKey = Annotated[
    str | None,
    Header(description="A request that is sent again with the key of before is not decided twice."),
]
Prefer = Annotated[
    str | None, Header(description="`respond-async` for an answer at once, `wait=SECONDS` for the longest wait.")
]


class LedgerQuery(Query):
    """Which decisions."""

    fleet: Annotated[Word | None, Field(description="Name of a fleet; all, if left out.")] = None
    limit: Limit = 100
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class Place:
    """After which line the next page begins."""

    unix_us: int
    id: str


def add(
    app: FastAPI,
    deciding: Deciding,
    jobs: Jobs,
    database: Database,
    clock: Callable[[], datetime],
    max_body_bytes: int,
    request_timeout_s: float,
) -> None:
    """Add the paths to the app."""
    longest_wait_s = max(0.0, request_timeout_s - _MARGIN_S)

    @app.post(
        "/v1/decisions",
        status_code=201,
        response_model=DecisionShown,
        responses=documented(*FROM_MEMORY, *FROM_STORE, *OF_BODIES, *OF_FLEETS, KeyReused)
        | {202: {"description": "It takes longer; `Location` is where the answer will be.", "model": PendingDecision}},
        openapi_extra=text_body("A fleet file, JSON or YAML."),
        tags=["decisions"],
    )
    async def decide(
        request: Request,
        query: Annotated[DecisionQuery, FromQuery()],
        idempotency_key: IdempotencyKey = None,
        prefer: Prefer = None,
    ) -> Response:
        """Place a fleet at the lowest cost under its rules and policies, with a proof.

        The answer is the same as `placement solve --json` gives. That nothing can be placed is an answer, too.
        """
        key = _key(idempotency_key)
        text = await read_text(request, max_body_bytes)
        asked, new = await deciding.accept(Asking(str(request.scope[WHO]), text, query, key))
        if new:
            await jobs.decide(asked.id)
        ended = await jobs.ended(asked.id, _wait_s(prefer, longest_wait_s)) or asked
        location = {"Location": f"/v1/decisions/{asked.id}"}
        if ended.state == "decided":
            stored = await database.ask(lambda store: store.decision(asked.id))
            return Response(stored.answer_json, 201, location, JSON)
        return json_answer(pending_document(ended), 202, location | {"Retry-After": str(_RETRY_S)})

    @app.get("/v1/decisions", response_model=DecisionPage, responses=documented(*FROM_STORE), tags=["decisions"])
    async def ledger(request: Request, query: Annotated[LedgerQuery, FromQuery()]) -> Response:
        """What was decided, newest first, also from the command line; and what was asked and is not decided."""
        place = None if query.cursor is None else decoded(query.cursor, Place)
        before = None if place is None else (moment_of(place.unix_us), place.id)
        lines = await database.ask(lambda store: store.ledger(before, query.fleet, query.limit + 1))
        here = lines[: query.limit]
        following = None
        if len(lines) > query.limit:
            last = here[-1]
            following = encoded(Place(unix_us(last.created_at), last.id))
        document = {
            "decisions": [
                {
                    "id": line.id,
                    "fleet": line.fleet_name,
                    "created_at": moment(line.created_at),
                    "catalog_version": line.catalog_version,
                    "status": line.status,
                    "usd_per_month": line.usd_per_month,
                }
                for line in here
            ],
            "next_cursor": following,
        }
        return json_answer(document, headers=link_to_next(request, following))

    @app.get(
        "/v1/decisions/{decision_id}",
        response_model=DecisionShown | PendingDecision,
        responses=documented(*FROM_STORE, NoDecision),
        tags=["decisions"],
    )
    async def decision(decision_id: DecisionId, query: Annotated[NoParameters, FromQuery()]) -> Response:
        """A decision by its id, the first characters of it, or `latest`; a request that is not decided by its id."""
        found = await database.ask(lambda store: found_decision(store, decision_id))
        if isinstance(found, StoredDecision):
            return Response(found.answer_json, media_type=JSON)
        headers = {"Retry-After": str(_RETRY_S)} if found.state == "open" else {}
        return json_answer(pending_document(found), headers=headers)

    @app.delete(
        "/v1/decisions/{decision_id}",
        response_model=Cancelled,
        responses=documented(*FROM_STORE, NoDecision, AlreadyEnded),
        tags=["decisions"],
    )
    async def cancel(
        request: Request, decision_id: DecisionId, query: Annotated[NoParameters, FromQuery()]
    ) -> Response:
        """Cancel a request that is not decided yet; what was decided stays."""
        who, now = str(request.scope[WHO]), clock()
        cancelled = await database.ask(lambda s: s.end_request(decision_id, "cancelled", "", now, who))
        if not cancelled:
            found = await database.ask(lambda store: found_decision(store, decision_id))
            raise AlreadyEnded(found.id, "decided" if isinstance(found, StoredDecision) else found.state)
        return json_answer({"id": decision_id, "status": "cancelled"})


def found_decision(store: Store, wanted: str) -> StoredDecision | DecisionRequest:
    """The decision, or the request that has none; raises NoDecision."""
    asked = store.request(wanted)
    if asked is not None and asked.state != "decided":
        return asked
    try:
        return store.decision(wanted)
    except UnknownDecision as unknown:
        raise NoDecision(str(unknown)) from None


def _key(given: str | None) -> str | None:
    if given is None or _KEY.fullmatch(given):
        return given
    words = "must be 1 to 255 visible ASCII characters"
    raise InvalidRequest([{"detail": words, "parameter": "Idempotency-Key"}])


def _wait_s(prefer: str | None, longest_s: float) -> float:
    """RFC 7240; what cannot be understood is ignored, as it says."""
    if prefer is None:
        return longest_s
    if _ASYNC.search(prefer.lower()):
        return 0.0
    found = _WAIT.search(prefer.lower())
    return min(longest_s, float(found[1])) if found else longest_s


def decided(found: StoredDecision | DecisionRequest) -> StoredDecision:
    """The decision; raises NoDecision for a request that has none."""
    if isinstance(found, StoredDecision):
        return found
    raise NoDecision(f"{found.id} is not decided: it is {pending_document(found)['status']}")
