"""GET /v1/audit: who decided, changed policies and fleets, made and revoked keys; for keys that may do everything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.cursor import decoded, encoded
from api.database import Database
from api.openapi import FROM_STORE, documented
from api.parameters import Cursor, Limit, Query, link_to_next
from api.schemas import Answer
from placement.documents import moment


class AuditQuery(Query):
    """Which part of the log."""

    limit: Limit = 100
    cursor: Cursor = None


class AuditEntryShown(Answer):
    """Who did what, and when."""

    number: Annotated[int, Field(description="In the order in which it was noted; none is missing.")]
    at: datetime
    who: Annotated[str, Field(description="`key:ID`, `oidc:...`, `cli:USER` or `local`.")]
    action: Annotated[str, Field(description="Such as `policies.put`, `keys.revoke` or `decisions.create`.")]
    subject: str
    detail: dict[str, Any]


class AuditPage(Answer):
    """A part of the log, newest first."""

    entries: list[AuditEntryShown]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


@dataclass(frozen=True, slots=True)
class _Place:
    """Before which entry the next page begins."""

    audit_number: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


def add(app: FastAPI, database: Database) -> None:
    """Add the path to the app."""

    @app.get("/v1/audit", response_model=AuditPage, responses=documented(*FROM_STORE), tags=["operation"])
    async def audit(request: Request, query: Annotated[AuditQuery, FromQuery()]) -> Response:
        """Who did what, newest first. Entries are only ever added; needs the scope admin."""
        before = None if query.cursor is None else decoded(query.cursor, _Place).audit_number
        entries = await database.ask(lambda store: store.audit(query.limit + 1, before))
        here = entries[: query.limit]
        following = encoded(_Place(here[-1].number)) if len(entries) > query.limit else None
        document = {
            "entries": [
                {
                    "number": entry.number,
                    "at": moment(entry.at),
                    "who": entry.who,
                    "action": entry.action,
                    "subject": entry.subject,
                    "detail": msgspec.Raw(entry.detail_json.encode()),
                }
                for entry in here
            ],
            "next_cursor": following,
        }
        return json_answer(document, headers=link_to_next(request, following))
