"""`/`: the fleets with what is in force, what it costs and saves, how old its prices are, and where everything lies."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.dashboard.baselines import Baselines
from api.dashboard.fleet_rows import fleet_rows
from api.dashboard.map import drawn
from api.dashboard.pages import Pages
from api.dashboard.region_rows import region_rows
from api.database import Database
from api.market import Market
from placement.domain.errors import EmptyCatalog
from placement.store.repository import Store


def add(
    app: FastAPI,
    pages: Pages,
    market: Market,
    database: Database,
    baselines: Baselines,
    clock: Callable[[], datetime],
) -> None:
    """Add the path to the app."""

    @app.get("/", include_in_schema=False)
    async def now(request: Request) -> Response:
        try:
            standings = await database.ask(Store.standings)
            snapshot = market.now
        except EmptyCatalog:
            return pages.show(request, "no_market")
        rows, never = fleet_rows(standings)
        frozen = await baselines.of([row.decision for row in rows])
        known = [
            (row, frozen[row.decision]["usd_per_month"])
            for row in rows
            if row.decision in frozen and frozen[row.decision]["usd_per_month"] is not None
        ]
        regions = region_rows((row.answer for row in rows), {each.id: each for each in snapshot.catalog.regions})
        return pages.show(
            request,
            "now",
            rows=rows,
            never=never,
            frozen=frozen,
            total=sum(row.usd_per_month for row in rows),
            baseline=sum(usd for _, usd in known) if known else None,
            saved=sum(usd - row.usd_per_month for row, usd in known) if known else None,
            compared=len(known),
            regions=regions,
            map=drawn(regions, snapshot.catalog.regions),
            catalog=snapshot.catalog,
            offerings=len(snapshot.catalog.offerings),
            stale=snapshot.stale_offerings,
            failures=dict(market.provenance.failures) if market.provenance else {},
        )
