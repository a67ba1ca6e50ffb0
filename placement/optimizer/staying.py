"""What some of a fleet would cost if it stayed where it is while the rest is placed as planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import Workload
from placement.domain.money import MicroUsd
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.costs.migration import held_now
from placement.optimizer.explain import refusal
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.options import mix
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads
from placement.optimizer.violations import violations


@dataclass(frozen=True, slots=True)
class Stayed:
    """What staying costs more than the plan, by line of the bill; or what forbids it."""

    names: tuple[str, ...]
    """Who stays: rules may tie others to the one that was asked about."""
    dearer: Mapping[str, MicroUsd]
    """Empty if refused."""
    refused: str | None


def staying(
    problem: Problem,
    plan: Placement,
    planned: Priced,
    present: Mapping[str, tuple[Assignment, ...]],
    nodes: Mapping[str, WorkloadNode],
    names: Sequence[str],
) -> Stayed:
    """Price the plan with these workloads and datasets where they are now.

    `present` has what runs now, by workload, at today's prices; empty where that is not known or not offered any
    more: then the cheapest that their region has. Workloads lie in `current`, datasets in `at`.
    """
    assigned, datasets = dict(plan.assignments), dict(plan.datasets)
    for name in names:
        if name in problem.datasets:
            datasets[name] = problem.datasets[name].at
            continue
        parts, refused = present_parts(problem, nodes[name], present.get(name, ()))
        if refused is not None:
            return Stayed(tuple(names), {}, refused)
        assigned[name] = parts
    reads = nearest_reads(problem, assigned, datasets)
    stayed = replace(plan, assignments=assigned, datasets=datasets, reads=reads)
    broken = violations(problem, stayed)
    if broken:
        return Stayed(tuple(names), {}, broken[0])
    then = price(problem, stayed)
    dearer = {line: MicroUsd(then.bill.lines[line] - planned.bill.lines[line]) for line in planned.bill.lines}
    return Stayed(tuple(names), dearer, None)


def present_parts(
    problem: Problem, node: WorkloadNode, parts: tuple[Assignment, ...]
) -> tuple[tuple[Assignment, ...], str | None]:
    """What runs now if it may still run there, else the cheapest of the same region; or what refuses both."""
    workload = node.workload
    refused = _refused(problem, workload, parts)
    if parts and refused is None:
        return parts, None
    regions = list(held_now(workload))
    if len(regions) != 1:
        return (), refused or "not all of it can be had any more where it is now"
    index = problem.region(regions[0])
    split = mix(node.options, index, workload, arriving=False)
    if not split:
        return (), refusal(problem, workload, index)[0]
    return tuple(Assignment(problem.catalog.offering(int(node.options.rows[o])), count) for o, count in split), None


def _refused(problem: Problem, workload: Workload, parts: tuple[Assignment, ...]) -> str | None:
    for part in parts:
        for screen in screens_of(problem, workload):
            reason = screen.rejects(workload, part.offering, problem.as_of)
            if reason is not None:
                return f"{screen.name}: {reason}"
    return None
