"""A fleet on a catalog becomes a decision: placed with its proof, or refused with its reasons."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

import numpy as np

from placement.domain.decision import Conflict, Decision, Placement, Provenance
from placement.domain.fleet import Fleet
from placement.domain.money import MicroUsd
from placement.domain.policy import PolicySet
from placement.market.catalog import Catalog
from placement.market.freshness import is_stale, judged
from placement.optimizer.assumptions import assumptions
from placement.optimizer.baselines import baselines
from placement.optimizer.conflict import conflict, rejections
from placement.optimizer.outcome import Outcome, Start
from placement.optimizer.price import placed_flows
from placement.optimizer.problem import Problem
from placement.optimizer.search import Search, Settings, Watch
from placement.optimizer.solve import solve
from placement.optimizer.warm import ready
from placement.planner.dividing import put_together, solved_parts
from placement.planner.judging import judged_by

_CONFLICT_SECONDS = 20.0
"""At least this long a minimal conflict is looked for, whatever the time limit was."""


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What was done for a decision before, by others."""

    parts: Sequence[Mapping[str, Any]] = ()
    """Answers of `dividing.solved_part`, in order."""
    spent_s: float = 0.0
    """Of the time limit."""


def problem_of(
    catalog: Catalog, fleet: Fleet, today: datetime, *, policies: PolicySet | None = None, allow_stale: bool = False
) -> Problem:
    """A fleet on a catalog, judged by its policies; prices that are too old are there only with `allow_stale`."""
    day = today.date()
    residency = judged_by(policies, fleet, catalog, day)
    return Problem(fleet, catalog if allow_stale else judged(catalog, today), day, residency)


def decide(
    catalog: Catalog,
    fleet: Fleet,
    settings: Settings,
    today: datetime,
    *,
    policies: PolicySet | None = None,
    allow_stale: bool = False,
    identity: str | None = None,
    beforehand: Beforehand | None = None,
    known: Placement | None = None,
    watch: Watch = lambda progress: None,
) -> Decision:
    """Place a fleet. Always answers: optimal, feasible, infeasible with a conflict, or no_answer in the time.

    Prices that are too old are used only where `allow_stale` says so; the decision then lists those that it used.
    `identity` is the decision's id; without one it is made from the time. A large fleet is solved part by part, unless
    that was done `beforehand`. `known` is a placement to begin with, if it breaks no rule.
    """
    ready()
    began = monotonic()
    problem = problem_of(catalog, fleet, today, policies=policies, allow_stale=allow_stale)
    residency, day = problem.residency, problem.as_of
    proven = Provenance(policies.digest, residency.applied) if policies and residency else Provenance()
    if beforehand is None:
        beforehand = Beforehand(solved_parts(problem, settings), monotonic() - began)
    start = put_together(problem, beforehand.parts)
    if start is None and known is not None:
        start = Start(known, 0.0, "began with where it runs now")
    outcome = solve(problem, settings, start, beforehand.spent_s, watch)
    search = outcome.search
    identity = identity or new_identity(today)
    if search.placement is None or search.priced is None:
        return _without_answer(problem, outcome, settings, identity, proven)
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
        stale=tuple(dict.fromkeys(part.offering for part in parts if is_stale(part.offering, catalog, today))),
        solve_seconds=search.seconds,
        policies=proven,
        bill=search.priced.bill,
        subject_bills=search.priced.by_subject,
        penalties=search.priced.penalties,
        lower_bound=bound,
        placement=search.placement,
        flows=placed_flows(problem, search.placement),
        baselines=baselines(problem, search.placement),
        assumptions=(*assumptions(problem, search.placement), *waived(policies, fleet, day)),
        steps=tuple(search.steps),
        settings=asdict(settings),
    )


def new_identity(today: datetime) -> str:
    """Of a decision: its time, so that ids are in order, and chance."""
    return f"{today.astimezone(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(6)}"


def waived(policies: PolicySet | None, fleet: Fleet, day: date) -> tuple[str, ...]:
    """The exemptions that this answer may rest on, in words."""
    names = {*(workload.name for workload in fleet.workloads), *(dataset.name for dataset in fleet.datasets)}
    return tuple(
        f"policy {w.policy} is waived for {w.workload} until {w.expires} by {w.by} ({w.ticket})"
        for w in (policies.waivers if policies else ())
        if w.workload in names and day <= w.expires
    )


def _bound(search: Search) -> MicroUsd:
    """On the bill: the bound on the objective less the penalties of the answer, in whole micro-USD."""
    assert search.priced is not None
    penalties = search.priced.objective - search.priced.bill.total
    proven = int(np.ceil(search.bound_usd * 1e6 - 0.5)) - penalties
    return MicroUsd(max(0, min(proven, search.priced.bill.total)))


def _without_answer(
    problem: Problem, outcome: Outcome, settings: Settings, identity: str, proven: Provenance
) -> Decision:
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
        policies=proven,
        lower_bound=None if infeasible else MicroUsd(int(search.bound_usd * 1e6)),
        conflict=_reasons(problem, outcome, settings) if infeasible else (),
        rejections=rejections(problem),
        steps=tuple(search.steps),
        settings=asdict(settings),
    )


def _reasons(problem: Problem, outcome: Outcome, settings: Settings) -> tuple[Conflict, ...]:
    """A minimal conflict among the rules; where these can hold, it is the budget that cannot."""
    if outcome.least_usd is not None:
        return (_above_budget(problem, outcome.least_usd),)
    found = conflict(problem, outcome.nodes, max(_CONFLICT_SECONDS, settings.time_limit_s))
    limits = problem.fleet.limits
    if found or limits.budget_usd_per_month is None:
        return found
    free = replace(problem.fleet, limits=replace(limits, budget_usd_per_month=None))
    cheapest_search = solve(replace(problem, fleet=free), settings).search
    return (_above_budget(problem, cheapest_search.bound_usd),)


def _above_budget(problem: Problem, least_usd: float) -> Conflict:
    budget = problem.fleet.limits.budget_usd_per_month
    reason = f"the budget is {budget:,.2f} USD a month, every lawful placement costs at least {least_usd:,.2f}"
    return Conflict("budget", ("fleet",), reason)
