"""GET /healthz: the process answers. GET /readyz: it has a market that may be used, and reaches its database.

One that answers a cluster's scheduler also knows the cluster.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from fastapi import FastAPI
from starlette.responses import Response

from api.answers import json_answer
from api.cluster import ClusterFollower
from api.errors import NotReady
from api.market import Market
from api.openapi import documented
from api.problems import title_of
from api.schemas import Answer, CatalogStamp, stamp
from placement.domain.errors import StoreError


class Health(Answer):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Answer):
    """The service may be asked."""

    status: Literal["ready"]
    catalog: CatalogStamp


def add(
    app: FastAPI,
    market: Market,
    cluster: ClusterFollower | None,
    max_catalog_age_s: float | None,
    clock: Callable[[], datetime],
) -> None:
    """Add the paths to the app."""

    @app.get("/healthz", response_model=Health, responses=documented(data=False), tags=["operation"])
    async def health() -> Response:
        """Whether the process answers; if not, start it anew."""
        return json_answer({"status": "ok"})

    @app.get("/readyz", response_model=Readiness, responses=documented(NotReady, data=False), tags=["operation"])
    async def readiness() -> Response:
        """Whether the service may be asked; if not, the problem has `reasons`, and requests should go elsewhere."""
        reasons = _reasons(market, max_catalog_age_s, clock())
        if cluster is not None and (why_not := cluster.scheduler.why_not):
            reasons.append(why_not)
        if reasons:
            raise NotReady(reasons)
        return json_answer({"status": "ready", "catalog": stamp(market.now.catalog)})


def _reasons(market: Market, max_catalog_age_s: float | None, now: datetime) -> list[str]:
    reasons, snapshot = [], market.snapshot
    if market.failure is not None:
        # What the database says of itself is for the log.
        hidden = isinstance(market.failure, StoreError)
        reasons.append(title_of(type(market.failure)) if hidden else str(market.failure))
    if snapshot is None:
        return reasons or ["the catalog is being read"]
    age_s = (now - snapshot.catalog.as_of).total_seconds()
    if max_catalog_age_s is not None and age_s > max_catalog_age_s:
        reasons.append(f"the newest collection was {age_s:.0f} s ago, {max_catalog_age_s:g} s are allowed")
    if not snapshot.has_fresh_offerings:
        reasons.append("every price of the catalog is too old to be used")
    return reasons
