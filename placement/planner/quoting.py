"""The cheapest instances for one request, exact over the whole catalog."""

from datetime import datetime

import numpy as np

from placement.domain.decision import Rejection
from placement.domain.fleet import CapacityRequest, Fleet, Resources, Workload
from placement.domain.offering import Offering
from placement.domain.policy import PolicySet
from placement.domain.quote import QuoteRequest
from placement.market.catalog import Catalog
from placement.market.freshness import judged
from placement.market.shortlist import Screened, cheapest
from placement.optimizer.conflict import rejections
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.costs.compute import Compute
from placement.optimizer.costs.interruption import Interruption
from placement.optimizer.problem import Problem
from placement.planner.judging import judged_by


def quote(
    catalog: Catalog, request: QuoteRequest, today: datetime, policies: PolicySet | None = None
) -> list[Offering]:
    """The cheapest offerings, ascending by price; exact over the whole catalog, where the policies admit them."""
    asked, catalog = _asked(request), _market(catalog, request, today)
    lawful = judged_by(policies, Fleet(asked.name, (asked,)), catalog, today.date())
    regions = None if lawful is None else lawful.mask(asked.name)
    screened = Screened(asked, catalog, SCREENS, today.date(), regions)
    if not request.risk_adjusted:
        rows = cheapest(screened, request.capacity_types, request.top)
    else:
        found = np.flatnonzero(screened.admissible())
        problem = Problem(Fleet("quote", (asked,)), catalog, today.date())
        usd = Compute().per_replica(problem, asked, found) + Interruption().per_replica(problem, asked, found)
        rows = found[np.lexsort((found, usd))][: request.top]
    return [catalog.offering(int(row)) for row in rows]


def refusals(
    catalog: Catalog, request: QuoteRequest, today: datetime, policies: PolicySet | None = None
) -> tuple[Rejection, ...]:
    """How many offerings each rule alone refuses, and what it asks: why a quote may be short or empty."""
    asked, market = Fleet("quote", (_asked(request),)), _market(catalog, request, today)
    lawful = judged_by(policies, asked, catalog, today.date())
    return rejections(Problem(asked, market, today.date(), lawful))


def _market(catalog: Catalog, request: QuoteRequest, now: datetime) -> Catalog:
    return catalog if request.allow_stale else judged(catalog, now)


def _asked(request: QuoteRequest) -> Workload:
    return Workload(
        "quote",
        Resources(request.vcpus, request.memory_gib, request.architecture, request.burstable, request.gpus),
        capacity=CapacityRequest(request.capacity_types),
        places=request.places,
        classification=request.classification,
    )
