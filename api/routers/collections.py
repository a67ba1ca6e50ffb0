"""/v1/collections: how the sweeps of all sources ended, newest first, page by page; and a sweep that is asked for."""

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import FastAPI
from fastapi import Path as FromPath
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.answers import json_answer
from api.cursor import decoded, encoded, unix_us
from api.database import Database
from api.errors import NoProvider
from api.jobs import Jobs
from api.openapi import FROM_STORE, documented
from api.parameters import Cursor, Limit, NoParameters, Query, Words, link_to_next
from api.schemas import Answer, RefusedRows, SourceKindWord, refused_rows
from placement.documents import moment
from placement.domain.access import AuditEntry
from placement.domain.provider import Surroundings
from placement.domain.sweep import Collection, FailedCollection
from placement.planner.sources import providers

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


class CollectionStarted(Answer):
    """A job that sweeps the sources of a provider, one after the other."""

    provider: str
    sources: list[str]
    job: Annotated[str | None, Field(description="null: one for this provider waits or runs already.")]


def add(app: FastAPI, database: Database, jobs: Jobs, clock: Callable[[], datetime]) -> None:
    """Add the paths to the app."""

    @app.get("/v1/collections", response_model=CollectionPage, responses=documented(*FROM_STORE), tags=["market"])
    async def collections(request: Request, query: Annotated[CollectionQuery, FromQuery()]) -> Response:
        """Sweeps that were stored, with what they refused, and sweeps that failed, with the reason."""
        before = None if query.cursor is None else decoded(query.cursor, _Place)
        sweeps = await database.ask(lambda store: sweeps_of(query, store.collections(), store.failures()))
        older = [sweep for sweep in sweeps if before is None or _place(sweep) < before]
        here = older[: query.limit]
        following = encoded(_place(here[-1])) if len(older) > query.limit else None
        document = {"collections": [_document(sweep) for sweep in here], "next_cursor": following}
        return json_answer(document, headers=link_to_next(request, following))

    @app.post(
        "/v1/collections/{provider}",
        status_code=202,
        response_model=CollectionStarted,
        responses=documented(*FROM_STORE, NoProvider),
        tags=["market"],
    )
    async def collect(
        request: Request,
        provider: Annotated[str, FromPath(description="Such as aws, azure, gcp or onprem.", max_length=100)],
        query: Annotated[NoParameters, FromQuery()],
    ) -> Response:
        """Sweep all sources of a provider now; how that ended is in `GET /v1/collections` afterwards."""
        names, job = await begin(provider, str(request.scope[WHO]), jobs, database, clock())
        document = {"provider": provider, "sources": names, "job": job}
        return json_answer(document, 202, {"Location": "/v1/collections"})


async def begin(provider: str, who: str, jobs: Jobs, database: Database, now: datetime) -> tuple[list[str], str | None]:
    """Have all sources of a provider swept, and note who asked: their names, and the job, None where one is under way.

    Raises NoProvider and StoreError.
    """
    names = await to_thread.run_sync(_sources_of, provider)
    job = f"collect-{provider}-{now:%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"
    if not await jobs.collect(job, provider, names):
        return names, None
    await database.ask(lambda store: store.note(AuditEntry(now, who, "collections.create", provider)))
    return names, job


def _sources_of(provider: str) -> list[str]:
    known = providers(Surroundings(os.environ))
    if provider not in known:
        near = get_close_matches(provider, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise NoProvider(f"there is no provider {provider[:80]!r}; {hint}")
    return [source.name for source in known[provider]]


def sweeps_of(query: CollectionQuery, stored: Sequence[Collection], failed: Sequence[FailedCollection]) -> list[Sweep]:
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
        return _Place(unix_us(sweep.finished_at), sweep.version, sweep.source, "")
    digest = hashlib.sha256(sweep.reason.encode()).hexdigest()[:16]
    return _Place(unix_us(sweep.failed_at), 0, sweep.source, digest)


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
