"""`/collections`: how old each source is, how sweeps ended, and what was refused; and a sweep that is asked for."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from anyio import to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.dashboard.forms import read_form, to
from api.dashboard.pages import Pages
from api.dashboard.paging import page_number, page_of
from api.dashboard.source_rows import SourceRow, source_rows
from api.database import Database
from api.jobs import Jobs
from api.market import Market
from api.routers.collections import CollectionQuery, begin, sweeps_of
from placement.domain.provider import Surroundings
from placement.domain.sweep import Collection
from placement.planner.sources import providers

_SWEEPS = 30
_MOST_BYTES = 10_000


def add(
    app: FastAPI,
    pages: Pages,
    market: Market,
    database: Database,
    jobs: Jobs,
    clock: Callable[[], datetime],
) -> None:
    """Add the paths to the app."""

    @app.get("/collections", include_in_schema=False)
    async def listed(request: Request) -> Response:
        source = request.query_params.get("source", "").strip()[:200]
        query = CollectionQuery(source=(source,) if source else ())
        sweeps = await database.ask(lambda store: sweeps_of(query, store.collections(), store.failures()))
        rows: Sequence[SourceRow] = source_rows(market.provenance, clock()) if market.provenance else ()
        page = page_of([(sweep, isinstance(sweep, Collection)) for sweep in sweeps], page_number(request), _SWEEPS)
        return pages.show(
            request,
            "collections",
            rows=rows,
            page=page,
            source=source,
            providers=await to_thread.run_sync(_providers),
            asked=request.query_params.get("asked", ""),
            began=request.query_params.get("began") == "yes",
        )

    @app.post("/collections/{provider}", include_in_schema=False)
    async def collect(request: Request, provider: str) -> Response:
        await read_form(request, _MOST_BYTES)
        _, job = await begin(provider, str(request.scope[WHO]), jobs, database, clock())
        return to(f"/collections?asked={provider}&began={'yes' if job else 'no'}")


def _providers() -> Mapping[str, Sequence[str]]:
    """The names of the sources by provider."""
    return {name: [source.name for source in found] for name, found in providers(Surroundings(os.environ)).items()}
