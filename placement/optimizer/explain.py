"""Why here and not there: what moving one workload alone would cost, or which rule forbids it, region by region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import Workload
from placement.domain.money import MicroUsd
from placement.domain.policy import Reason
from placement.market.shortlist import Screened
from placement.optimizer.constraints.couplings.capacity import Capacity
from placement.optimizer.constraints.couplings.pool_exposure import PoolExposure
from placement.optimizer.constraints.couplings.quotas import Quotas
from placement.optimizer.constraints.couplings.spot_share import SpotShares
from placement.optimizer.constraints.policies import screens_by_policy
from placement.optimizer.menus import mixes_in
from placement.optimizer.nodes import WorkloadNode, workload_node
from placement.optimizer.options import Counting, mix
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads
from placement.optimizer.violations import violations

_BY_TYPE = frozenset(rule.name for rule in (Capacity, PoolExposure, Quotas, SpotShares))
"""Rules that other instances in the same region may keep."""
_TRIED = 20
"""Mixes of instance types that are tried where the cheapest breaks one of these."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """All replicas of one workload in one region, everything else unchanged."""

    region: str
    instance_types: tuple[str, ...]
    difference: Mapping[str, MicroUsd]
    """By line of the bill: what it costs more. Empty if refused."""
    penalties: Mapping[str, MicroUsd]
    """By name, those that differ: what it weighs in more that is no money."""
    refused: str | None
    """The rule that forbids it, in words."""
    reasons: tuple[Reason, ...] = ()
    """All that residency policies have against it."""


def alternatives(problem: Problem, placement: Placement, workload: Workload) -> list[Alternative]:
    """One for each region but those where the workload already lies alone; the cheapest first, refused ones last."""
    node = workload_node(problem, workload, Counting.of(problem))
    now = price(problem, placement)
    lies = {part.offering.region.id for part in placement.assignments[workload.name]}
    found = [
        alternative(problem, placement, node, index, now)
        for index, region in enumerate(problem.catalog.regions)
        if lies != {region.id}
    ]
    return sorted(found, key=lambda a: (a.refused is not None, sum(a.difference.values()), a.region))


def alternative(problem: Problem, placement: Placement, node: WorkloadNode, index: int, now: Priced) -> Alternative:
    """All replicas of one workload in one region; `now` is what the placement costs."""
    workload, region = node.workload, problem.catalog.regions[index]
    split = mix(node.options, index, workload, arriving=node.arriving(region.id))
    if not split or _reasons(problem, workload, index):
        refused, reasons = refusal(problem, workload, index)
        return Alternative(region.id, (), {}, {}, refused, reasons)
    moved, broken = _moved(problem, placement, node, split)
    if broken and broken[0].partition(":")[0] in _BY_TYPE:
        others = (_moved(problem, placement, node, other) for other in mixes_in(problem, node, index)[:_TRIED])
        moved, broken = next((other for other in others if not other[1]), (moved, broken))
    types = tuple(part.offering.instance_type.name for part in moved.assignments[workload.name])
    if broken:
        return Alternative(region.id, types, {}, {}, broken[0])
    then = price(problem, moved)
    return Alternative(region.id, types, *difference(then, now), None)


def difference(then: Priced, now: Priced) -> tuple[Mapping[str, MicroUsd], Mapping[str, MicroUsd]]:
    """What one costs more than the other: all lines of the bill, and those penalties that differ."""
    lines = {line: MicroUsd(then.bill.lines[line] - usd) for line, usd in now.bill.lines.items()}
    penalties = {name: MicroUsd(then.penalties[name] - usd) for name, usd in now.penalties.items()}
    return lines, {name: usd for name, usd in penalties.items() if usd}


def _moved(
    problem: Problem, placement: Placement, node: WorkloadNode, split: Sequence[tuple[int, int]]
) -> tuple[Placement, list[str]]:
    """With the workload on these options instead, (option, replicas) of each, and what that breaks."""
    rows = node.options.rows
    parts = tuple(Assignment(problem.catalog.offering(int(rows[option])), count) for option, count in split)
    assigned = {**placement.assignments, node.name: parts}
    reads = {**placement.reads, **nearest_reads(problem, assigned, placement.datasets, only=node.name)}
    moved = replace(placement, assignments=assigned, reads=reads)
    return moved, violations(problem, moved)


def refusal(problem: Problem, workload: Workload, index: int) -> tuple[str, tuple[Reason, ...]]:
    """Why a region that cannot hold a workload cannot, in words, and all that policies have against it."""
    reasons = _reasons(problem, workload, index)
    return (f"residency: {reasons[0]}", reasons) if reasons else (_closed(problem, workload, index), ())


def _reasons(problem: Problem, workload: Workload, index: int) -> tuple[Reason, ...]:
    return problem.residency.reasons(workload.name, index) if problem.residency else ()


def _closed(problem: Problem, workload: Workload, index: int) -> str:
    """The first screen that alone refuses every offering of the region, else all that refuse some."""
    here = problem.catalog.offerings.region == index
    if not here.any():
        return "the catalog has no offering there"
    screened = Screened(workload, problem.catalog, screens_by_policy(problem, workload), problem.as_of)
    some = []
    for screen, mask in screened.masks:
        passed = screened.over_offerings(screen, mask)[here]
        if not passed.any():
            return f"{screen.name}: {screen.asks(workload)}"
        if not np.all(passed):
            some.append(f"{screen.name}: {screen.asks(workload)}")
    return " and ".join(some) or "its replicas cannot all be had there"
