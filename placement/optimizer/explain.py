"""Why here and not there: what moving one workload alone would cost, or which rule forbids it, region by region."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import Workload
from placement.domain.money import MicroUsd
from placement.domain.policy import Reason
from placement.market.shortlist import Screened
from placement.optimizer.baselines import nearest_reads
from placement.optimizer.constraints.policies import screens_by_policy
from placement.optimizer.nodes import WorkloadNode, workload_node
from placement.optimizer.options import Counting, mix
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.violations import violations


@dataclass(frozen=True, slots=True)
class Alternative:
    """All replicas of one workload in one region, everything else unchanged."""

    region: str
    instance_types: tuple[str, ...]
    difference: Mapping[str, MicroUsd]
    """By line of the bill: what it costs more. Empty if refused."""
    refused: str | None
    """The rule that forbids it, in words."""
    reasons: tuple[Reason, ...] = ()
    """All that residency policies have against it."""


def alternatives(problem: Problem, placement: Placement, workload: Workload) -> list[Alternative]:
    """One for each region but those where the workload already lies alone; the cheapest first, refused ones last."""
    node = workload_node(problem, workload, Counting())
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
        return Alternative(region.id, (), {}, refused, reasons)
    parts = tuple(Assignment(problem.catalog.offering(int(node.options.rows[o])), count) for o, count in split)
    assigned = {**placement.assignments, workload.name: parts}
    reads = {**placement.reads, **nearest_reads(problem, assigned, dict(placement.datasets), only=workload.name)}
    moved = replace(placement, assignments=assigned, reads=reads)
    types = tuple(part.offering.instance_type.name for part in parts)
    broken = violations(problem, moved)
    if broken:
        return Alternative(region.id, types, {}, broken[0])
    then = price(problem, moved)
    difference = {line: MicroUsd(then.bill.lines[line] - now.bill.lines[line]) for line in now.bill.lines}
    return Alternative(region.id, types, difference, None)


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
