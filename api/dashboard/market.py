"""`/market`: offerings by filter, the cheapest lawful region of each data class."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from anyio import to_thread
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.filters import Filters
from api.dashboard.pages import Pages
from api.dashboard.paging import Page, page_number
from api.database import Database
from api.market import Market
from api.routers.quotes import QuoteBody
from api.selection import selected
from api.snapshot import Snapshot
from api.validation import parameter_faults
from placement.domain.errors import BadPolicies, Flaw
from placement.domain.offering import Offering
from placement.domain.policy import PolicySet
from placement.planner.quoting import quote
from placement.planner.stored_policies import all_policies
from placement.policy_file import PolicyDocument

_ROWS = 50
_USUAL = {"vcpus": "4", "memory_gib": "16"}


def add(app: FastAPI, pages: Pages, market: Market, database: Database, clock: Callable[[], datetime]) -> None:
    """Add the paths to the app."""

    @app.get("/market", include_in_schema=False)
    def explorer(request: Request) -> Response:
        filters, snapshot = Filters(request), market.now
        page = _page(snapshot, filters, page_number(request))
        return pages.show(
            request,
            "market",
            422 if filters.faults else 200,
            filters=filters,
            page=page,
            catalog=snapshot.catalog,
            providers=[("", "any"), *((name, name) for name in sorted(snapshot.catalog.providers))],
        )

    @app.get("/market/lawful", include_in_schema=False)
    async def lawful(request: Request) -> Response:
        snapshot, now = market.now, clock()
        given = {name: request.query_params.get(name, "").strip() or usual for name, usual in _USUAL.items()}
        spot = request.query_params.get("spot") == "yes"
        policies: PolicyDocument | None = None
        unreadable: tuple[Flaw, ...] = ()
        try:
            policies = await database.ask(lambda store: all_policies(store, now.date(), snapshot.catalog.providers))
        except BadPolicies as error:
            unreadable = error.flaws
        asked, faults = _instance(given, spot=spot)
        rows: list[tuple[str, Offering | None]] = []
        if asked is not None and policies is not None:
            rows = await to_thread.run_sync(_cheapest_lawful, snapshot, asked, policies.policies, now)
        return pages.show(
            request,
            "lawful",
            422 if faults else 200,
            given=given,
            spot=spot,
            faults=faults,
            rows=rows,
            has_policies=policies is not None,
            unreadable=unreadable,
            catalog=snapshot.catalog,
        )


def _page(snapshot: Snapshot, filters: Filters, number: int) -> Page[Mapping[str, Any]]:
    """The rows are offerings with whether they are stale."""
    catalog, stale = snapshot.catalog, snapshot.fresh.offerings.stale
    found = np.zeros(0, np.intp) if filters.faults else selected(catalog, stale, filters.query)
    last = max(1, -(-len(found) // _ROWS))
    number = min(number, last)
    rows = [
        {"offering": catalog.offering(int(row)), "stale": bool(stale[row])}
        for row in found[(number - 1) * _ROWS : number * _ROWS]
    ]
    return Page(rows, number, last, len(found))


def _instance(given: Mapping[str, str], *, spot: bool) -> tuple[QuoteBody | None, dict[str, str]]:
    """What is asked for, or what is wrong by field."""
    resources: dict[str, float] = {}
    faults: dict[str, str] = {}
    for name, text in given.items():
        try:
            resources[name] = float(text)
        except ValueError:
            faults[name] = "must be a number"
    if faults:
        return None, faults
    capacity = {"types": ["on_demand", "spot"] if spot else ["on_demand"]}
    try:
        return QuoteBody.model_validate({"resources": resources, "capacity": capacity, "top": 1}), {}
    except ValidationError as error:
        found = [{**each, "loc": ("query", each["loc"][-1])} for each in error.errors()]
        return None, {fault["parameter"]: fault["detail"] for fault in parameter_faults(found)}


def _cheapest_lawful(
    snapshot: Snapshot, asked: QuoteBody, policies: PolicySet, now: datetime
) -> list[tuple[str, Offering | None]]:
    """By class: the cheapest fresh offering where all stored policies together admit it; None where there is none."""
    found: list[tuple[str, Offering | None]] = []
    for each in policies.classes:
        request = asked.model_copy(update={"classification": (each.name,)}).request()
        offerings = quote(snapshot.fresh, request, now, policies)
        found.append((each.name, offerings[0] if offerings else None))
    return found
