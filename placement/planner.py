"""The use cases: quote an instance, decide where a fleet goes, explain a decision."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import numpy as np

from placement.documents import bill_document
from placement.domain.decision import Assignment, Bill, Conflict, Decision, Placement, Rejection
from placement.domain.errors import BadInput
from placement.domain.fleet import CapacityRequest, Fleet, Globs, GpuRequest, Resources, Workload
from placement.domain.money import MicroUsd
from placement.domain.offering import CapacityType, Offering
from placement.fleet_file import parse_fleet
from placement.market.catalog import Catalog
from placement.market.shortlist import Screened, cheapest
from placement.optimizer.assumptions import assumptions
from placement.optimizer.baselines import baselines
from placement.optimizer.conflict import conflict, rejections
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.costs.compute import Compute
from placement.optimizer.costs.interruption import Interruption
from placement.optimizer.explain import alternatives
from placement.optimizer.price import placed_flows
from placement.optimizer.problem import Problem
from placement.optimizer.search import Search, Settings
from placement.optimizer.solve import Outcome, solve

_CONFLICT_SECONDS = 20.0
"""At least this long a minimal conflict is looked for, whatever the time limit was."""


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What is asked of one instance, and where it may be."""

    vcpus: float
    memory_gib: float
    architecture: tuple[str, ...] = ("x86_64",)
    burstable: bool = False
    gpus: GpuRequest | None = None
    capacity_types: tuple[CapacityType, ...] = (CapacityType.ON_DEMAND,)
    places: Globs = field(default_factory=Globs)
    top: int = 5
    risk_adjusted: bool = False
    """Rank by the month's compute and expected interruptions of a service, not by the price alone."""


def quote(catalog: Catalog, request: QuoteRequest, today: datetime) -> list[Offering]:
    """The cheapest offerings, ascending by price; exact over the whole catalog."""
    asked = _asked(request)
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
    return rejections(Problem(Fleet("quote", (_asked(request),)), catalog, today.date()))


def _asked(request: QuoteRequest) -> Workload:
    return Workload(
        "quote",
        Resources(request.vcpus, request.memory_gib, request.architecture, request.burstable, request.gpus),
        capacity=CapacityRequest(request.capacity_types),
        places=request.places,
    )


def decide(catalog: Catalog, fleet: Fleet, settings: Settings, today: datetime) -> Decision:
    """Place a fleet. Always answers: optimal, feasible, infeasible with a conflict, or no_answer in the time."""
    problem = Problem(fleet, catalog, today.date())
    outcome = solve(problem, settings)
    search = outcome.search
    identity = f"{today.astimezone(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(3)}"
    if search.placement is None or search.priced is None:
        return _without_answer(problem, outcome, settings, identity)
    parts = [part for parts in search.placement.assignments.values() for part in parts]
    bound = _bound(search)
    gap = (search.priced.bill.total - bound) / search.priced.bill.total if search.priced.bill.total else 0.0
    return Decision(
        id=identity,
        fleet=fleet.name,
        status="optimal" if gap <= 1e-4 else "feasible",
        stopped_by=outcome.stopped_by,
        catalog_version=catalog.version,
        catalog_as_of=catalog.as_of,
        oldest_price_at=min((part.offering.observed_at for part in parts), default=None),
        solve_seconds=search.seconds,
        bill=search.priced.bill,
        subject_bills=search.priced.by_subject,
        penalties=search.priced.penalties,
        lower_bound=bound,
        placement=search.placement,
        flows=placed_flows(problem, search.placement),
        baselines=baselines(problem, search.placement),
        assumptions=assumptions(problem, search.placement),
        steps=tuple(search.steps),
        settings=asdict(settings),
    )


def explain(catalog: Catalog, request: Mapping[str, Any], answer: Mapping[str, Any], workload: str) -> dict[str, Any]:
    """Why a workload lies where a stored decision put it: every other region with its cost or its refusal.

    `request` and `answer` are the stored documents, `catalog` the version they were made on. Raises BadInput for a
    workload that the fleet does not have.
    """
    fleet = parse_fleet(json.dumps(request["fleet"]), "stored decision").fleet
    problem = Problem(fleet, catalog, datetime.fromisoformat(request["as_of"]).date())
    if workload not in problem.workloads:
        near = get_close_matches(workload, problem.workloads, 1)
        hint = f", did you mean {near[0]!r}?" if near else f"; it has {', '.join(problem.workloads)}"
        raise BadInput(f"fleet {fleet.name} has no workload {workload!r}{hint}")
    placement = stored_placement(problem, answer)
    found = alternatives(problem, placement, problem.workloads[workload])
    return {
        "decision": answer["id"],
        "workload": workload,
        "regions": sorted({part.offering.region.id for part in placement.assignments[workload]}),
        "alternatives": [
            {
                "region": other.region,
                "instance_types": list(other.instance_types),
                "difference_usd_per_month": bill_document(Bill(other.difference)) if other.difference else None,
                "refused": other.refused,
            }
            for other in found
        ],
    }


def stored_placement(problem: Problem, answer: Mapping[str, Any]) -> Placement:
    """The placement of a stored decision, on its own catalog version."""
    rows = {}
    for row in range(len(problem.catalog.offerings)):
        offering = problem.catalog.offering(row)
        key = (offering.region.id, offering.zone, offering.instance_type.name, offering.capacity_type.value)
        rows[key] = offering
    assignments = {
        placed["workload"]: tuple(
            Assignment(rows[p["region"], p["zone"], p["instance_type"], p["capacity_type"]], p["replicas"])
            for p in placed["assignments"]
        )
        for placed in answer["placements"]
    }
    datasets = {placed["dataset"]: tuple(placed["regions"]) for placed in answer["datasets"]}
    position = {(flow.src, flow.dst): index for index, flow in enumerate(problem.fleet.flows)}
    reads = {
        (position[flow["from"], flow["to"]], flow["to_region"]): flow["from_region"]
        for flow in answer["flows"]
        if len(datasets.get(flow["from"], ())) > 1
    }
    return Placement(assignments, datasets, reads)


def _bound(search: Search) -> MicroUsd:
    """On the bill: the bound on the objective less the penalties of the answer, in whole micro-USD."""
    assert search.priced is not None
    penalties = search.priced.objective - search.priced.bill.total
    proven = int(np.ceil(search.bound_usd * 1e6 - 0.5)) - penalties
    return MicroUsd(max(0, min(proven, search.priced.bill.total)))


def _without_answer(problem: Problem, outcome: Outcome, settings: Settings, identity: str) -> Decision:
    search = outcome.search
    infeasible = outcome.infeasible
    return Decision(
        id=identity,
        fleet=problem.fleet.name,
        status="infeasible" if infeasible else "no_answer",
        stopped_by=outcome.stopped_by,
        catalog_version=problem.catalog.version,
        catalog_as_of=problem.catalog.as_of,
        oldest_price_at=None,
        solve_seconds=search.seconds,
        lower_bound=None if infeasible else MicroUsd(int(search.bound_usd * 1e6)),
        conflict=_reasons(problem, outcome, settings) if infeasible else (),
        rejections=rejections(problem),
        steps=tuple(search.steps),
        settings=asdict(settings),
    )


def _reasons(problem: Problem, outcome: Outcome, settings: Settings) -> tuple[Conflict, ...]:
    """A minimal conflict among the rules; where these can hold, it is the budget that cannot."""
    found = conflict(problem, outcome.nodes, max(_CONFLICT_SECONDS, settings.time_limit_s))
    limits = problem.fleet.limits
    if found or limits.budget_usd_per_month is None:
        return found
    free = replace(problem.fleet, limits=replace(limits, budget_usd_per_month=None))
    cheapest_search = solve(replace(problem, fleet=free), settings).search
    reason = (
        f"the budget is {limits.budget_usd_per_month:,.2f} USD a month, "
        f"every lawful placement costs at least {cheapest_search.bound_usd:,.2f}"
    )
    return (Conflict("budget", ("fleet",), reason),)
