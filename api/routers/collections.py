"""GET /v1/collections: how the sweeps of all sources ended, newest first, page by page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.cursor import decoded, encoded
from api.database import Database
from api.openapi import FROM_STORE, documented
from api.parameters import Cursor, Limit, Query, Words, link_to_next
from api.schemas import Answer, RefusedRows, SourceKindWord, refused_rows
from placement.documents import moment
from placement.domain.sweep import Collection, FailedCollection

Sweep = Collection | FailedCollection


class CollectionQuery(Query):
    """Which sweeps."""

    source: Annotated[Words, Field(description="May be repeated; all, if left out.")] = ()
    result: Annotated[Literal["stored", "failed"] | None, Field(description="Either, if left out.")] = None
    limit: Limit = 100
    cursor: Cursor = None


class CollectionShown(Answer):
    """One sweep; null: not known, or nothing of the kind in a failed one."""

    source: str
    result: Literal["stored", "failed"]
    started_at: datetime | None
    finished_at: datetime
    kind: SourceKindWord | None
    version: Annotated[int | None, Field(description="Catalog version that it made.")]
    prices: Annotated[int | None, Field(description="Rows that the source gave.")]
    changed: Annotated[int | None, Field(description="Prices that are new or differ from before.")]
    ended: Annotated[int | None, Field(description="Offerings that the source no longer has.")]
    refused: list[RefusedRows]
    reason: Annotated[str | None, Field(description="Why it failed; of equal failures in a row the last is kept.")]


class CollectionPage(Answer):
    """A part of the list."""

    collections: list[CollectionShown]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a sweep stands: by time, then by what tells it from others of the same moment."""

    finished_unix_us: int
    version: int
    source: str
    reason: str
    """A digest: reasons are long."""


def add(app: FastAPI, database: Database) -> None:
    """Add the path to the app."""

    @app.get("/v1/collections", response_model=CollectionPage, responses=documented(*FROM_STORE), tags=["market"])
    async def collections(request: Request, query: Annotated[CollectionQuery, FromQuery()]) -> Response:
        """Sweeps that were stored, with what they refused, and sweeps that failed, with the reason."""
        before = None if query.cursor is None else decoded(query.cursor, _Place)
        sweeps = await database.ask(lambda store: _sweeps(query, store.collections(), store.failures()))
        older = [sweep for sweep in sweeps if before is None or _place(sweep) < before]
        here = older[: query.limit]
        following = encoded(_place(here[-1])) if len(older) > query.limit else None
        document = {"collections": [_document(sweep) for sweep in here], "next_cursor": following}
        return json_answer(document, headers=link_to_next(request, following))


def _sweeps(query: CollectionQuery, stored: Sequence[Collection], failed: Sequence[FailedCollection]) -> list[Sweep]:
    """Those that are asked for, newest first."""
    asked: list[Sweep] = []
    if query.result != "failed":
        asked += stored
    if query.result != "stored":
        asked += failed
    wanted = [sweep for sweep in asked if not query.source or sweep.source in query.source]
    return sorted(wanted, key=_place, reverse=True)


def _place(sweep: Sweep) -> _Place:
    if isinstance(sweep, Collection):
        return _Place(_microseconds(sweep.finished_at), sweep.version, sweep.source, "")
    digest = hashlib.sha256(sweep.reason.encode()).hexdigest()[:16]
    return _Place(_microseconds(sweep.failed_at), 0, sweep.source, digest)


def _microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def _document(sweep: Sweep) -> dict[str, Any]:
    if isinstance(sweep, Collection):
        return {
            "source": sweep.source,
            "result": "stored",
            "started_at": None if sweep.started_at is None else moment(sweep.started_at),
            "finished_at": moment(sweep.finished_at),
            "kind": sweep.kind.value,
            "version": sweep.version,
            "prices": sweep.rows,
            "changed": sweep.changed,
            "ended": sweep.ended,
            "refused": refused_rows(sweep),
            "reason": None,
        }
    unknown = dict.fromkeys(("kind", "version", "prices", "changed", "ended"))
    return {
        "source": sweep.source,
        "result": "failed",
        "started_at": moment(sweep.started_at),
        "finished_at": moment(sweep.failed_at),
        **unknown,
        "refused": [],
        "reason": sweep.reason,
    }
