"""The cheapest instances for one request, exact over the whole catalog."""

from datetime import datetime

import numpy as np

from placement.domain.decision import Rejection
from placement.domain.fleet import CapacityRequest, Fleet, Resources, Workload
from placement.domain.offering import Offering
from placement.domain.quote import QuoteRequest
from placement.market.catalog import Catalog
from placement.market.freshness import judged
from placement.market.shortlist import Screened, cheapest
from placement.optimizer.conflict import rejections
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.costs.compute import Compute
from placement.optimizer.costs.interruption import Interruption
from placement.optimizer.problem import Problem


def quote(catalog: Catalog, request: QuoteRequest, today: datetime) -> list[Offering]:
    """The cheapest offerings, ascending by price; exact over the whole catalog."""
    asked, catalog = _asked(request), _market(catalog, request, today)
    screened = Screened(asked, catalog, SCREENS, today.date())
    if not request.risk_adjusted:
        rows = cheapest(screened, request.capacity_types, request.top)
    else:
        found = np.flatnonzero(screened.admissible())
        problem = Problem(Fleet("quote", (asked,)), catalog, today.date())
        usd = Compute().per_replica(problem, asked, found) + Interruption().per_replica(problem, asked, found)
        rows = found[np.lexsort((found, usd))][: request.top]
    return [catalog.offering(int(row)) for row in rows]


def refusals(catalog: Catalog, request: QuoteRequest, today: datetime) -> tuple[Rejection, ...]:
    """How many offerings each rule alone refuses, and what it asks: why a quote may be short or empty."""
    market = _market(catalog, request, today)
    return rejections(Problem(Fleet("quote", (_asked(request),)), market, today.date()))


def _market(catalog: Catalog, request: QuoteRequest, now: datetime) -> Catalog:
    return catalog if request.allow_stale else judged(catalog, now)


def _asked(request: QuoteRequest) -> Workload:
    return Workload(
        "quote",
        Resources(request.vcpus, request.memory_gib, request.architecture, request.burstable, request.gpus),
        capacity=CapacityRequest(request.capacity_types),
        places=request.places,
    )
