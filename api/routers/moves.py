"""GET /v1/fleets/{name}/moves: what would move if a stored fleet were placed again now."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.responses import Response

from api.answers import json_answer
from api.database import Database
from api.errors import NoDecision
from api.jobs import Jobs
from api.market import Market
from api.move_forms import MovesShown
from api.named_documents import Name
from api.openapi import FROM_MEMORY, FROM_STORE, OF_FLEETS, documented
from api.parameters import Query
from placement.domain.errors import BadInput, UnknownDecision, UnknownDocument
from placement.fleet_file import check_places, parse_fleet
from placement.jobs.solvers import SolversBusy
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner.judging import unjudged
from placement.planner.ledger import request_document
from placement.planner.stored_policies import policies_of
from placement.store.repository import Store


class MovesQuery(Query):
    """How hard to try."""

    time_limit: Annotated[float, Field(ge=0.1, le=20, description="Seconds; the best answer by then.")] = 5.0
    gap: Annotated[float, Field(ge=0, le=1, description="Stop when (answer - bound) / answer is no more.")] = 1e-4
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="The same input and seed give the same answer.")] = 0
    allow_stale: Annotated[bool, Field(description="Use prices that are too old as well.")] = False


def add(app: FastAPI, market: Market, jobs: Jobs, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""

    @app.get(
        "/v1/fleets/{name}/moves",
        response_model=MovesShown,
        responses=documented(*FROM_MEMORY, *FROM_STORE, *OF_FLEETS, UnknownDocument, NoDecision, BadInput, SolversBusy),
        tags=["fleets"],
    )
    async def moves(name: Name, query: Annotated[MovesQuery, FromQuery()]) -> Response:
        """What would move if the stored fleet were placed again now, why, and what it saves; as `placement replan`.

        It runs where its newest decision put it, unless `current` of a workload changed since. Nothing is moved, and
        no decision is kept.
        """
        catalog, now = market.now.catalog, clock()
        task = await database.ask(lambda store: _task(store, name, catalog, now, query))
        return json_answer(await jobs.ask_solver(task))


def _task(store: Store, name: str, catalog: Catalog, now: datetime, query: MovesQuery) -> dict[str, Any]:
    """Raises UnknownDocument, NoDecision, BadFleet and BadPolicies."""
    content = store.document("fleet", name).content_json
    assert content is not None
    document = parse_fleet(content, "fleet")
    policies = policies_of(store, document, now.date(), catalog.providers)
    warnings = [*document.warnings, *unjudged(document.fleet), *check_places(document, catalog)]
    try:
        stored = store.in_force(name)
    except UnknownDecision as unknown:
        raise NoDecision(str(unknown)) from None
    return {
        "task": "moves",
        "catalog_version": catalog.version,
        "request": request_document(
            document.fleet,
            policies.document.policies if policies else None,
            now,
            Settings(query.time_limit, query.gap, query.seed),
            allow_stale=query.allow_stale,
            warnings=[*warnings, *(policies.document.warnings if policies else ())],
        ),
        "in_force": {
            "id": stored.id,
            "made_at": stored.created_at.isoformat(),
            "catalog_version": stored.catalog_version,
            "fleet": json.loads(stored.request_json)["fleet"],
            "answer": json.loads(stored.answer_json),
        },
    }
