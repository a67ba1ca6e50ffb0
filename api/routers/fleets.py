"""/v1/fleets/{name}: fleet files by name; every revision is kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api import named_documents as named
from api.database import Database
from api.named_documents import Change, Head, Name, RevisionQuery, SavedShown
from api.openapi import FROM_STORE, OF_BODIES, documented, text_body
from api.parameters import NoParameters
from api.preconditions import NOT_MODIFIED, Conditions, IfMatch, IfNewer, IfNoneMatch
from api.texts import read_text
from placement.domain.errors import BadFleet, Conflicting, Flaw, UnknownDocument
from placement.fleet_file import FleetDocument, parse_fleet
from placement.planner.stored_policies import missing_policies
from placement.store.documents import Saved
from placement.store.repository import Store
from placement.written.plain import json_of


class FleetShown(Head):
    """One revision of a stored fleet."""

    digest: str
    document: Annotated[dict[str, Any], Field(description="As it was written, as JSON.")]


def add(app: FastAPI, database: Database, clock: Callable[[], datetime], max_body_bytes: int) -> None:
    """Add the paths to the app."""

    @app.get(
        "/v1/fleets/{name}",
        response_model=FleetShown,
        responses=documented(*FROM_STORE, UnknownDocument) | NOT_MODIFIED,
        tags=["fleets"],
    )
    async def shown(
        name: Name, query: Annotated[RevisionQuery, FromQuery()], if_none_match: IfNewer = None
    ) -> Response:
        """The newest revision of a fleet, or another; as it was written, as JSON."""
        stored = await database.ask(lambda store: store.document("fleet", name, query.revision))
        return named.not_modified(stored, if_none_match) or named.shown(stored, named.digest(stored))

    @app.put(
        "/v1/fleets/{name}",
        response_model=SavedShown,
        responses=documented(*FROM_STORE, *OF_BODIES, BadFleet, Conflicting)
        | {201: {"description": "There was none of this name.", "model": SavedShown}},
        openapi_extra=text_body("A fleet file, JSON or YAML."),
        tags=["fleets"],
    )
    async def save(
        request: Request,
        name: Name,
        query: Annotated[NoParameters, FromQuery()],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Store a fleet as the next revision of its name, which it must bear itself."""
        text = await read_text(request, max_body_bytes)
        document, content = await to_thread.run_sync(_read, name, text)
        change = Change.of(request, clock(), "fleet", name, content, Conditions(if_match, if_none_match))

        def kept(store: Store) -> tuple[Saved, list[str]]:
            known = {each.name for each in store.documents("policy")}
            return change.make(store), [str(flaw) for flaw in missing_policies(document, known)]

        saved, missing = await database.ask(kept)
        warnings = [*document.warnings, *missing]
        return named.saved_answer(saved, named.digest(saved.document), warnings, f"/v1/fleets/{name}")


def _read(name: str, text: str) -> tuple[FleetDocument, str]:
    """The fleet, and the same as JSON; raises BadFleet."""
    document = parse_fleet(text, "fleet")
    if document.fleet.name != name:
        reason = f"is {document.fleet.name!r}, but the path says {name!r}; they must be the same"
        raise BadFleet([document.flaw_at(("fleet",), reason)])
    try:
        return document, json_of(document.root)
    except ValueError as error:
        raise BadFleet([Flaw("fleet", None, None, "", str(error))]) from None
