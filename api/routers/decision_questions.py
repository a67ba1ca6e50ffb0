"""Questions about a decision, which a solver answers: why it is as it is, and whether it holds."""

import json
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field, RootModel
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.database import Database
from api.decision_forms import Replayed
from api.errors import InvalidRequest, NoDecision
from api.jobs import Jobs
from api.openapi import FROM_STORE, documented
from api.parameters import DecisionId, NoParameters, Query, Word
from api.routers.decisions import decided, found_decision
from placement.domain.errors import BadInput
from placement.jobs.solvers import SolversBusy
from placement.store.decisions import StoredDecision


class ExplanationQuery(Query):
    """What about it."""

    workload: Annotated[Word | None, Field(description="Why this workload lies there, and not elsewhere.")] = None
    policy_cost: Annotated[bool, Field(description="What each policy costs, by placing the fleet without it.")] = False
    limit_cost: Annotated[bool, Field(description="What each limit costs, by placing the fleet with more of it.")] = (
        False
    )
    time_limit: Annotated[float, Field(ge=0.1, le=20, description="Seconds for each placement of the fleet.")] = 5.0


class Explanation(RootModel[dict[str, Any]]):
    """The same as `placement explain --json` gives."""


def add(app: FastAPI, jobs: Jobs, database: Database) -> None:
    """Add the paths to the app."""

    @app.get(
        "/v1/decisions/{decision_id}/explanation",
        response_model=Explanation,
        responses=documented(*FROM_STORE, NoDecision, BadInput, SolversBusy),
        tags=["decisions"],
    )
    async def explanation(decision_id: DecisionId, query: Annotated[ExplanationQuery, FromQuery()]) -> Response:
        """Every other region of a workload, with what it would cost more or what forbids it; or what rules cost.

        A region's `difference_usd_per_month` is priced with all else in its place, its `at_least_usd_per_month` is
        proven with all else free to move. `runner_up` is the fleet placed again without the workload's regions.
        """
        if (query.workload is not None) + query.policy_cost + query.limit_cost != 1:
            words = "name a workload, or ask for policy_cost=true or limit_cost=true, which are about the whole fleet"
            raise InvalidRequest([{"detail": words, "parameter": "workload"}])
        stored = decided(await database.ask(lambda store: found_decision(store, decision_id)))
        task = task_of(
            "policy_costs" if query.policy_cost else "limit_costs" if query.limit_cost else "explain", stored
        )
        if query.workload is not None and not task["answer"]["placements"]:
            raise BadInput(f"decision {stored.id} is {task['answer']['status']}: it places nothing")
        task |= {"workload": query.workload, "time_limit_s": query.time_limit}
        return json_answer(await jobs.ask_solver(task))

    @app.post(
        "/v1/decisions/{decision_id}/replay",
        response_model=Replayed,
        responses=documented(*FROM_STORE, NoDecision, BadInput, SolversBusy),
        tags=["decisions"],
    )
    async def replay(
        request: Request, decision_id: DecisionId, query: Annotated[NoParameters, FromQuery()]
    ) -> Response:
        """Rebuild the market of the decision and make it again: it must come out the same, or be proven right."""
        stored = decided(await database.ask(lambda store: found_decision(store, decision_id)))
        return json_answer(await jobs.ask_solver(task_of("replay", stored)))


def task_of(name: str, stored: StoredDecision) -> dict[str, Any]:
    """A solver's task of this name about a stored decision."""
    return {
        "task": name,
        "id": stored.id,
        "catalog_version": stored.catalog_version,
        "request": json.loads(stored.request_json),
        "answer": json.loads(stored.answer_json),
    }
