"""`/decisions/{id}/why`: why a workload lies where it does, and not elsewhere; and what each policy costs."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.pages import Pages
from api.database import Database
from api.errors import InvalidRequest
from api.jobs import Jobs
from api.routers.decision_questions import task_of
from api.routers.decisions import decided, found_decision
from placement.domain.errors import BadInput

_POLICY_COST_S = 5.0
"""A placement without a policy is searched for so long."""


def add(app: FastAPI, pages: Pages, jobs: Jobs, database: Database) -> None:
    """Add the paths to the app."""

    @app.get("/decisions/{decision_id}/why", include_in_schema=False)
    async def why(request: Request, decision_id: str) -> Response:
        workload = request.query_params.get("workload", "")
        stored = decided(await database.ask(lambda store: found_decision(store, decision_id)))
        task = task_of("explain", stored)
        placed = next((each for each in task["answer"]["placements"] if each["workload"] == workload), None)
        if placed is None:
            words = f"is no workload that decision {stored.id} places: {workload[:80]!r}"
            raise InvalidRequest([{"detail": words, "parameter": "workload"}])
        found = await jobs.ask_solver(task | {"workload": workload, "time_limit_s": _POLICY_COST_S})
        allowed = [other for other in found["alternatives"] if other["refused"] is None]
        return pages.show(
            request,
            "why",
            decision=stored.id,
            fleet=stored.fleet_name,
            placed=placed,
            runner_up=found["runner_up"],
            allowed=allowed,
            refused=refused_alike(found["alternatives"]),
            lines=[line for line in placed["cost_usd_per_month"] if line != "total"],
        )

    @app.get("/decisions/{decision_id}/policy-costs", include_in_schema=False)
    async def policy_costs(request: Request, decision_id: str) -> Response:
        stored = decided(await database.ask(lambda store: found_decision(store, decision_id)))
        task = task_of("policy_costs", stored) | {"workload": None, "time_limit_s": _POLICY_COST_S}
        if not task["answer"]["policies"]["applied"]:
            raise BadInput(f"decision {stored.id} was made without policies")
        return pages.show(
            request,
            "policy_costs",
            decision=stored.id,
            fleet=stored.fleet_name,
            costs=await jobs.ask_solver(task),
        )


def refused_alike(alternatives: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Regions that are refused for the same reason, together; the reason that refuses most comes first."""
    found: dict[str, dict[str, Any]] = {}
    for other in alternatives:
        if other["refused"] is None:
            continue
        rule, words, more = _reason(other)
        group = found.setdefault(f"{rule} {words}", {"rule": rule, "words": words, "law": "", "regions": []})
        group["regions"].append(other["region"])
        group["law"] = more or group["law"]
    return sorted(found.values(), key=lambda group: -len(group["regions"]))


def _reason(other: Mapping[str, Any]) -> tuple[str, str, str]:
    """(rule, words, law); of policies without what is particular to the region."""
    if not other["reasons"]:
        rule, _, words = str(other["refused"]).partition(": ")
        return (rule, words, "") if words else ("", rule, "")
    first = other["reasons"][0]
    via = first["via"]
    inherited = f"; it inherits {via[0]} from {' via '.join(via[1:-1])}" if via else ""
    others = len(other["reasons"]) - 1
    more = f" (and {others} more)" if others else ""
    return str(first["policy"]), f"{first['required']}{inherited}{more}", str(first["legal_ref"] or "")
