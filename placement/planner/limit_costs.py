"""What each limit costs, and what a little more of it would be worth: the fleet is placed again with more of it.

A multiplier of the solver would be a price at the margin of a relaxed problem. Workloads are whole, so the truth is a
step function: one vCPU more may be worth nothing, and four may be worth a lot. So two placements are made for each
limit, one without it and one with the least more that could make a difference; each figure says which of them it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from placement.domain.decision import Decision
from placement.domain.errors import BadInput
from placement.domain.fleet import Fleet
from placement.domain.money import MicroUsd
from placement.domain.policy import PolicySet
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner.deciding import decide, problem_of
from placement.planner.loosened import Limit, limits_of
from placement.planner.stored_placements import stored_placement

MOST_LIMITS = 20
"""That are asked about: those that are used up first."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What it saves to have more of a limit. Micro-USD a month, with what is no money (see `penalties`)."""

    saving: MicroUsd
    """Never below 0."""
    at_most: MicroUsd
    """What the bounds leave possible; more than `saving` where an answer was not proven cheapest."""
    used: float
    """Of the limit, then."""


@dataclass(frozen=True, slots=True)
class LimitCost:
    """One limit."""

    limit: Limit
    used: float
    without: Worth
    """What it costs to have the limit at all."""
    one_step: Worth | None
    """With `step` more of it; None where it costs nothing, or has no more or less."""
    step: float


@dataclass(frozen=True, slots=True)
class LimitCosts:
    """All that were asked about, against one answer."""

    total: MicroUsd
    each: tuple[LimitCost, ...]
    """The dearest first."""
    loose: Worth
    """Without any of them: where that saves nothing, none costs anything."""
    not_asked: int


def limit_costs(
    catalog: Catalog,
    fleet: Fleet,
    decided: Mapping[str, Any],
    policies: PolicySet | None,
    settings: Settings,
    now: datetime,
    *,
    allow_stale: bool = False,
) -> LimitCosts:
    """Place the fleet with its limits, without each that could bind, and with a little more of it.

    `decided` is the document of the decision, which each search begins with. BadInput where it places nothing.
    """
    if not decided["placements"] and not decided["datasets"]:
        raise BadInput(
            f"decision {decided['id']} is {decided['status']}: it places nothing, so that no limit has a price"
        )
    problem = problem_of(catalog, fleet, now, policies=policies, allow_stale=allow_stale)
    known = stored_placement(problem, decided)

    def solved(asked: tuple[Fleet, Catalog]) -> Decision:
        return decide(asked[1], asked[0], settings, now, policies=policies, allow_stale=allow_stale, known=known)

    before = solved((fleet, catalog))
    placement = before.placement or known
    found = limits_of(problem, placement)

    everything = fleet, catalog
    for limit in found[:MOST_LIMITS]:
        everything = limit.loosened(*everything, None)
    loose = _worth(before, solved(everything), 0.0)
    each = []
    for limit in found[:MOST_LIMITS]:
        used = limit.used(problem, placement)
        # One of them cannot save what all of them cannot.
        without, one_step, step = Worth(MicroUsd(0), loose.at_most, used), None, limit.step
        if loose.saving:
            after = solved(limit.loosened(fleet, catalog, None))
            wanted = after.placement or placement
            without, step = _worth(before, after, limit.used(problem, wanted)), limit.step_towards(problem, wanted)
        if limit.unit is not None and without.saving:
            after = solved(limit.loosened(fleet, catalog, step))
            one_step = _worth(before, after, limit.used(problem, after.placement or placement))
        each.append(LimitCost(limit, used, without, one_step, step))
    each.sort(key=lambda cost: -cost.without.saving)
    return LimitCosts(_weighed(before), tuple(each), loose, max(0, len(found) - MOST_LIMITS))


def _worth(before: Decision, after: Decision, used: float) -> Worth:
    # More of a limit never costs more: what was known stands for an answer that was not found in time.
    saving = MicroUsd(max(0, _weighed(before) - _weighed(after)))
    bound = (after.lower_bound or 0) + sum(after.penalties.values())
    at_most = MicroUsd(max(saving, _weighed(before) - bound))
    return Worth(saving, at_most, used)


def _weighed(decision: Decision) -> MicroUsd:
    """The bill and what is no money: what the optimizer makes least of."""
    assert decision.bill is not None
    return MicroUsd(decision.bill.total + sum(decision.penalties.values()))
