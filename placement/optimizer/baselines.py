"""What the fleet would cost without this service, to see what a decision saves.

single_region   everything on demand: each workload where it lies now, the others together in the one region where the
                whole fleet then costs least; of the rules that tie workloads together only quotas and capacities are
                asked: what cannot be had there is no baseline
no_spot         the same places as the decision, spot replicas on the cheapest on-demand offering of the region
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from placement.domain.decision import Assignment, Baseline, Placement
from placement.domain.fleet import CapacityRequest, Workload
from placement.domain.money import MicroUsd
from placement.domain.offering import CapacityType, Offering
from placement.market.shortlist import Screened
from placement.optimizer.constraints.couplings.capacity import Capacity
from placement.optimizer.constraints.couplings.quotas import Quotas
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.costs.compute import hours_per_month
from placement.optimizer.costs.migration import held_now
from placement.optimizer.likeness import likeness
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads

_Cheapest = dict[str, dict[str, Offering]]
"""By workload and region: the cheapest on-demand offering."""


def baselines(problem: Problem, placement: Placement) -> tuple[Baseline, ...]:
    """Both, each with its monthly total, or None where there is no such placement."""
    on_demand = _cheapest_on_demand(problem)
    region, single = _single_region(problem, placement, on_demand)
    where = f"in {region}" if region else "each in its current region"
    return (
        Baseline("single_region", f"everything on demand {where}", single),
        Baseline("no_spot", "the same places without spot", _without_spot(problem, placement, on_demand)),
    )


def home_placement(problem: Problem, placement: Placement) -> Placement | None:
    """The placement behind the baseline single_region; None where there is none."""
    on_demand = _cheapest_on_demand(problem)
    region, total = _single_region(problem, placement, on_demand)
    return None if total is None else _placed(problem, placement, partial(_stay, on_demand, region))


_PHYSICAL = (Capacity(), Quotas())


def _cheapest_on_demand(problem: Problem) -> _Cheapest:
    known: dict[Hashable, dict[str, Offering]] = {}
    on_demand: _Cheapest = {}
    for workload in problem.fleet.workloads:
        like = likeness(problem, workload)
        if like not in known:
            known[like] = _by_region(problem, workload)
        on_demand[workload.name] = known[like]
    return on_demand


def _by_region(problem: Problem, workload: Workload) -> dict[str, Offering]:
    asked = replace(workload, capacity=CapacityRequest((CapacityType.ON_DEMAND,)))
    screened = Screened(asked, problem.catalog, screens_of(problem, asked), problem.as_of)
    columns, cheapest = problem.catalog.offerings, {}
    passed = screened.admissible()
    for index, region in enumerate(problem.catalog.regions):
        rows = problem.catalog.segment(index, CapacityType.ON_DEMAND)
        found = np.flatnonzero(passed[rows])
        if len(found):
            first = rows.start + int(found[np.argmin(columns.nano_usd_per_hour[rows][found])])
            cheapest[region.id] = problem.catalog.offering(first)
    return cheapest


def _single_region(problem: Problem, placement: Placement, on_demand: _Cheapest) -> tuple[str | None, MicroUsd | None]:
    moving = [workload for workload in problem.fleet.workloads if not workload.current]
    candidates: Sequence[str | None] = [None]
    if moving:
        common = set.intersection(*(set(on_demand[workload.name]) for workload in moving))
        candidates = sorted(common)
    best: tuple[str | None, MicroUsd | None] = (None, None)
    hours = {workload.name: workload.replicas * hours_per_month(workload) for workload in moving}
    at_least = {region: _instances(on_demand, hours, region) for region in candidates}
    for region in sorted(candidates, key=lambda name: (at_least[name], name or "")):
        if best[1] is not None and at_least[region] >= best[1]:
            break
        total = _total(problem, placement, partial(_stay, on_demand, region))
        if total is not None and (best[1] is None or total < best[1]):
            best = (region, total)
    return best


def _instances(on_demand: _Cheapest, hours: Mapping[str, float], region: str | None) -> float:
    """Micro-USD a month that the instances alone cost in a region, by the replica-hours of each workload."""
    if region is None:
        return 0.0
    return sum(replica_hours * on_demand[name][region].usd_per_hour / 1000 for name, replica_hours in hours.items())


def _stay(on_demand: _Cheapest, region: str | None, workload: Workload) -> list[Assignment] | None:
    offers = on_demand[workload.name]
    held = held_now(workload)
    if held:
        home = max(held, key=lambda name: held[name])
        return [Assignment(offers[home], workload.replicas)] if home in offers else None
    return [Assignment(offers[region], workload.replicas)] if region in offers else None


def _without_spot(problem: Problem, placement: Placement, on_demand: _Cheapest) -> MicroUsd | None:
    def same_place(workload: Workload) -> list[Assignment] | None:
        merged: dict[Offering, int] = {}
        for part in placement.assignments[workload.name]:
            offering: Offering | None = part.offering
            if part.offering.capacity_type is CapacityType.SPOT:
                offering = on_demand[workload.name].get(part.offering.region.id)
            if offering is None:
                return None
            merged[offering] = merged.get(offering, 0) + part.replicas
        return [Assignment(offering, count) for offering, count in merged.items()]

    return _total(problem, placement, same_place, moved=False)


_Choice = Callable[[Workload], list[Assignment] | None]


def _total(problem: Problem, decided: Placement, choose: _Choice, *, moved: bool = True) -> MicroUsd | None:
    placement = _placed(problem, decided, choose, moved=moved)
    if placement is None or (moved and any(list(rule.violations(problem, placement)) for rule in _PHYSICAL)):
        return None
    try:
        return price(problem, placement).bill.total
    except (LookupError, OverflowError):
        return None


def _placed(problem: Problem, decided: Placement, choose: _Choice, *, moved: bool = True) -> Placement | None:
    """The workloads placed by `choose`; movable datasets stay where they are or go with the workloads."""
    assigned = {workload.name: choose(workload) for workload in problem.fleet.workloads}
    if any(parts is None for parts in assigned.values()):
        return None
    chosen = {name: tuple(parts or ()) for name, parts in assigned.items()}
    datasets, reads = dict(decided.datasets), dict(decided.reads)
    if moved:
        somewhere = next(iter(chosen.values()))[0].offering.region.id
        for dataset in problem.fleet.datasets:
            if dataset.movable:
                datasets[dataset.name] = dataset.at[:1] or (somewhere,)
        reads = nearest_reads(problem, chosen, datasets)
    return Placement(chosen, datasets, reads)
