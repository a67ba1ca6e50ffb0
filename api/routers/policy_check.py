"""POST /v1/policies/check: what the stored policies leave of the map for a fleet, before anything is placed."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Query as FromQuery
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.database import Database
from api.market import Market
from api.openapi import FROM_MEMORY, FROM_STORE, OF_BODIES, OF_FLEETS, documented, text_body
from api.parameters import Query
from api.schemas import Answer, CatalogStamp
from api.texts import read_text
from placement.documents import policy_report_document
from placement.domain.errors import BadFleet
from placement.fleet_file import check_places, parse_fleet
from placement.market.catalog import Catalog
from placement.planner.policy_check import check_policies
from placement.planner.stored_policies import policies_of
from placement.store.repository import Store


class CheckQuery(Query):
    """When."""

    as_of: Annotated[date | None, Field(description="Judge as of a day, such as 2027-01-31; today, if left out.")] = (
        None
    )


class AdmittedShown(Answer):
    """Where a data class, a workload or a dataset may lie."""

    name: str
    classes: Annotated[list[str], Field(description="Its own and inherited ones.")]
    regions: list[str]
    countries: list[str]
    conflict: Annotated[list[str], Field(description="Where there is no region: what refuses them all, in words.")]


class PolicyReportShown(Answer):
    """What a check found."""

    catalog: CatalogStamp
    digest: str
    as_of: date
    regions: Annotated[int, Field(description="Of the market.")]
    classes: Annotated[
        list[AdmittedShown], Field(description="Each by itself, as of a workload that computes with it.")
    ]
    subjects: Annotated[list[AdmittedShown], Field(description="The workloads and datasets of the fleet.")]
    refusals: Annotated[list[str], Field(description="What cannot be, wherever the rest is placed.")]
    warnings: list[str]
    note: str


def add(app: FastAPI, market: Market, database: Database, clock: Callable[[], datetime], max_body_bytes: int) -> None:
    """Add the path to the app."""

    @app.post(
        "/v1/policies/check",
        response_model=PolicyReportShown,
        responses=documented(*FROM_MEMORY, *FROM_STORE, *OF_BODIES, *OF_FLEETS),
        openapi_extra=text_body("A fleet file that names stored policies, JSON or YAML."),
        tags=["policies"],
    )
    async def check(request: Request, query: Annotated[CheckQuery, FromQuery()]) -> Response:
        """Look a fleet's policies over, and show where they admit what; the same as `placement policy check --json`."""
        text = await read_text(request, max_body_bytes)
        catalog = market.now.catalog
        day = query.as_of or clock().date()
        return json_answer(await database.ask(lambda store: _report(store, text, catalog, day)))


def _report(store: Store, text: str, catalog: Catalog, day: date) -> dict[str, Any]:
    document = parse_fleet(text, "fleet")
    policies = policies_of(store, document, day, catalog.providers)
    if policies is None:
        raise BadFleet([document.flaw_at(("policies",), "the fleet names no policies; write policies: [NAME]")])
    found = check_policies(policies.document, document.fleet, catalog.regions, day)
    about_fleet = [*document.warnings, *check_places(document, catalog)]
    return policy_report_document(found, catalog, policies.document.policies.digest, day, about_fleet)
