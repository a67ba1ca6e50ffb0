"""The same problem with fewer rules: without one of a conflict, or without all that the conflict does not name."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from placement.domain.decision import Conflict
from placement.domain.fleet import (
    CapacityRequest,
    Fleet,
    Globs,
    Job,
    Limits,
    Overhead,
    Resources,
    Spread,
    Workload,
)
from placement.domain.offering import CAPACITY_TYPES
from placement.market.catalog import NO_LIMIT
from placement.optimizer.problem import Problem
from tests.optimizer.policies import without_policies

Change = Callable[[Workload], Workload]


def without(problem: Problem, conflict: Conflict) -> Problem:
    """Takes back what this rule asks of its subjects, and nothing else."""
    fleet, limits = problem.fleet, problem.fleet.limits
    rule, subjects = conflict.rule, set(conflict.subjects)
    if rule == "capacity":
        return _unlimited(problem, conflict.subjects[0])
    if rule == "freshness":
        return _all_fresh(problem)
    if rule.startswith("policy "):
        return without_policies(problem, [rule.removeprefix("policy ")])
    changed: Fleet
    if rule in _OF_WORKLOADS:
        change = _OF_WORKLOADS[rule]
        workloads = tuple(change(w) if w.name in subjects else w for w in fleet.workloads)
        datasets = tuple(replace(d, places=Globs()) if d.name in subjects else d for d in fleet.datasets)
        changed = replace(fleet, workloads=workloads, datasets=datasets if rule == "places" else fleet.datasets)
    elif rule == "at":
        movable = tuple(replace(d, movable=True, copies=len(d.at)) if d.name in subjects else d for d in fleet.datasets)
        changed = replace(fleet, datasets=movable)
    elif rule == "spread":
        change = _spread(conflict.reason)
        changed = replace(fleet, workloads=tuple(change(w) if w.name in subjects else w for w in fleet.workloads))
    elif rule == "affinity":
        changed = replace(fleet, affinity=tuple(t for t in fleet.affinity if set(t.workloads) != subjects))
    elif rule == "anti_affinity":
        changed = replace(fleet, anti_affinity=tuple(t for t in fleet.anti_affinity if set(t.workloads) != subjects))
    elif rule == "flows":
        changed = replace(fleet, flows=tuple(f for f in fleet.flows if (f.src, f.dst) != conflict.subjects))
    else:
        changed = replace(fleet, limits=_limits(limits, rule, subjects))
    assert changed != fleet, f"{conflict} names nothing that the fleet asks for"
    return replace(problem, fleet=changed)


def only(problem: Problem, conflicts: Sequence[Conflict]) -> Problem:
    """Takes back the rules between workloads that the conflict does not name, but for spreads."""
    named = {(c.rule, c.subjects) for c in conflicts}
    fleet, limits = problem.fleet, problem.fleet.limits
    pools = limits.pool_exposure_max_fraction if ("pool_exposure", ("fleet",)) in named else None
    reduced = replace(
        problem,
        fleet=replace(
            fleet,
            flows=tuple(f for f in fleet.flows if ("flows", (f.src, f.dst)) in named),
            affinity=tuple(t for t in fleet.affinity if ("affinity", t.workloads) in named),
            anti_affinity=tuple(t for t in fleet.anti_affinity if ("anti_affinity", t.workloads) in named),
            limits=replace(
                limits,
                quotas=tuple(q for q in limits.quotas if ("quotas", (q.region,)) in named),
                spot_share=tuple(s for s in limits.spot_share if ("spot_share", s.workloads) in named),
                pool_exposure_max_fraction=pools,
                budget_usd_per_month=None,
            ),
        ),
    )
    for name in _limited(problem):
        if ("capacity", (name,)) not in named:
            reduced = _unlimited(reduced, name)
    return reduced


def _places(workload: Workload) -> Workload:
    return replace(workload, places=Globs())


def _capacity_types(workload: Workload) -> Workload:
    return replace(workload, capacity=CapacityRequest(CAPACITY_TYPES, max(workload.capacity.max_spot_fraction, 1.0)))


def _resources(workload: Workload) -> Workload:
    gpus = workload.resources.gpus
    return replace(workload, overhead=Overhead(), resources=Resources(0.1, 0.1, ("x86_64", "arm64"), True, gpus))


def _gpus(workload: Workload) -> Workload:
    return replace(workload, resources=replace(workload.resources, gpus=None))


def _instance_types(workload: Workload) -> Workload:
    return replace(workload, instance_types=Globs())


def _min_zones(workload: Workload) -> Workload:
    assert workload.spread is not None
    return replace(workload, spread=replace(workload.spread, min_zones=1))


def _deadline(workload: Workload) -> Workload:
    assert isinstance(workload.run, Job)
    return replace(workload, run=replace(workload.run, deadline_hours=None))


def _max_spot_fraction(workload: Workload) -> Workload:
    return replace(workload, capacity=replace(workload.capacity, max_spot_fraction=1.0))


_OF_WORKLOADS: dict[str, Change] = {
    "places": _places,
    "capacity_types": _capacity_types,
    "resources": _resources,
    "gpus": _gpus,
    "instance_types": _instance_types,
    "min_zones": _min_zones,
    "deadline": _deadline,
    "max_spot_fraction": _max_spot_fraction,
}


def _spread(reason: str) -> Change:
    taken = {"replicas in one region": "fraction", "regions": "regions", "providers": "providers"}
    which = next(kind for words, kind in taken.items() if reason.endswith(words))

    def change(workload: Workload) -> Workload:
        old = workload.spread or Spread()
        changes = {
            "fraction": replace(old, max_fraction_per_region=1.0),
            "regions": replace(old, min_regions=1),
            "providers": replace(old, min_providers=1),
        }
        return replace(workload, spread=changes[which])

    return change


def _limits(limits: Limits, rule: str, subjects: set[str]) -> Limits:
    if rule == "quotas":
        return replace(limits, quotas=tuple(q for q in limits.quotas if q.region not in subjects))
    if rule == "spot_share":
        return replace(limits, spot_share=tuple(s for s in limits.spot_share if set(s.workloads) != subjects))
    if rule == "pool_exposure":
        return replace(limits, pool_exposure_max_fraction=None)
    assert rule == "budget", rule
    return replace(limits, budget_usd_per_month=None)


def _limited(problem: Problem) -> dict[str, list[int]]:
    """Rows with a stated count by what a conflict calls them: `region[/zone] type capacity_type`."""
    named: dict[str, list[int]] = {}
    for row in range(len(problem.catalog.offerings)):
        o = problem.catalog.offering(row)
        if o.capacity is not None:
            zone = f"/{o.zone}" if o.zone else ""
            named.setdefault(f"{o.region.id}{zone} {o.instance_type.name} {o.capacity_type}", []).append(row)
    return named


def _all_fresh(problem: Problem) -> Problem:
    offerings = replace(problem.catalog.offerings, stale=np.zeros(len(problem.catalog.offerings), np.bool_))
    return replace(problem, catalog=replace(problem.catalog, offerings=offerings))


def _unlimited(problem: Problem, name: str) -> Problem:
    capacity = problem.catalog.offerings.capacity.copy()
    capacity[_limited(problem)[name]] = NO_LIMIT
    offerings = replace(problem.catalog.offerings, capacity=capacity)
    return replace(problem, catalog=replace(problem.catalog, offerings=offerings))
