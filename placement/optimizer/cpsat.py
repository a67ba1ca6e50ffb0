"""CP-SAT on a problem whose nodes have few regions left: exact, with every coupling and every tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import INTERNET
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.flow_model import FlowModel
from placement.optimizer.model import Expression, PlacementModel
from placement.optimizer.nodes import DatasetNode, WorkloadNode
from placement.optimizer.options import mix
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.rules import Rule
from placement.optimizer.traffic import tiered

Ended = Literal["optimal", "feasible", "infeasible", "unknown"]
_ENDED: Mapping[Any, Ended] = {
    cp_model.OPTIMAL: "optimal",
    cp_model.FEASIBLE: "feasible",
    cp_model.INFEASIBLE: "infeasible",
}


@dataclass(frozen=True, slots=True)
class Solved:
    """What CP-SAT found on the regions that it was given."""

    ended: Ended
    placement: Placement | None
    bound_usd: float
    """No placement on these regions costs less, penalties included."""
    variables: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how hard to try."""

    seconds: float
    gap: float
    seed: int
    workers: int


def solve_exactly(relaxation: Relaxation, effort: Effort, hint: Placement | None) -> Solved:
    """The cheapest placement on the relaxation's domains."""
    problem = relaxation.problem
    model = PlacementModel(problem, relaxation.nodes, relaxation.domains)
    largest = relaxation.largest_gb()
    flows = FlowModel(model, relaxation.traffic, tiered(problem.egress.tariffs, largest), largest)
    flows.post()
    for coupling in COUPLINGS:
        if coupling.active(problem):
            coupling.post(model)
    budget = problem.fleet.limits.budget_usd_per_month
    scale = model.minimise(budget, Rule("budget", ("fleet",), f"at most {budget} USD a month"))
    if hint is not None:
        _hint(model, hint)
    solver = _solver(effort)
    ended = _ENDED.get(solver.solve(model.cp), "unknown")
    placement = _placement(model, flows.reads, solver) if ended in ("optimal", "feasible") else None
    bound = float("inf") if ended == "infeasible" else solver.best_objective_bound / scale + model.constant_usd
    if ended == "unknown":
        bound = max(bound, 0.0)
    return Solved(ended, placement, bound, len(model.cp.proto.variables))


def first_answer(relaxation: Relaxation, rest: Sequence[NDArray[np.float64]], effort: Effort, *, spot: bool) -> Solved:
    """A placement that keeps the couplings, without looking at flows one by one.

    What a region costs a node is then what the relaxation says of it: `rest`, by node and region, which knows the
    flows on average. Its bound is none. Without `spot` counted workloads stay off it, so that no rule about spot can
    stand in the way; with it, what it finds infeasible is.
    """
    problem = relaxation.problem
    model = PlacementModel(problem, relaxation.nodes, relaxation.domains)
    for index, (node, domain, left) in enumerate(zip(relaxation.nodes, relaxation.domains, rest, strict=True)):
        for r, extra in zip(domain, left - node.region_usd[domain], strict=True):
            if not (isinstance(node, DatasetNode) and node.fixed):
                model.charge(model.part[index][int(r)], float(extra) / node.units)
        if not spot and isinstance(node, WorkloadNode):
            for option, count in model.count[index].items():
                if node.options.spot[option]:
                    model.cp.add(count == 0)
    for coupling in COUPLINGS:
        coupling.post(model)
    model.minimise(None, None)
    solver = _solver(effort)
    ended = _ENDED.get(solver.solve(model.cp), "unknown")
    placement = _placement(model, {}, solver) if ended in ("optimal", "feasible") else None
    return Solved(ended, placement, 0.0, len(model.cp.proto.variables))


def _solver(effort: Effort) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(effort.seconds, 0.05)
    solver.parameters.relative_gap_limit = effort.gap
    solver.parameters.random_seed = effort.seed
    solver.parameters.num_workers = effort.workers
    solver.parameters.interleave_search = effort.workers > 1
    solver.parameters.linearization_level = 2
    # OR-Tools issue 5293: this step of the presolve may cut off the optimum and prove a worse one.
    solver.parameters.presolve_inclusion_work_limit = 0
    return solver


def assignments(node: WorkloadNode, problem: Problem, counts: Mapping[int, int]) -> tuple[Assignment, ...]:
    """Counts by option as assignments, in catalog order."""
    return tuple(
        Assignment(problem.catalog.offering(int(node.options.rows[option])), count)
        for option, count in sorted(counts.items())
        if count
    )


def _placement(
    model: PlacementModel,
    chosen_reads: Mapping[tuple[int, int | None], Mapping[int, Expression]],
    solver: cp_model.CpSolver,
) -> Placement:
    problem, regions = model.problem, model.problem.catalog.regions
    assigned: dict[str, tuple[Assignment, ...]] = {}
    datasets: dict[str, tuple[str, ...]] = {}
    for index, node in enumerate(model.nodes):
        here = [r for r, used in model.used[index].items() if solver.value(used)]
        if isinstance(node, DatasetNode):
            datasets[node.name] = tuple(regions[r].id for r in here)
        elif node.folded:
            arriving = node.arriving(regions[here[0]].id)
            counts = dict(mix(node.options, here[0], node.workload, arriving=arriving))
            assigned[node.name] = assignments(node, problem, counts)
        else:
            counts = {option: int(solver.value(count)) for option, count in model.count[index].items()}
            assigned[node.name] = assignments(node, problem, counts)
    reads = {
        (flow, INTERNET if reader is None else regions[reader].id): regions[r].id
        for (flow, reader), choice in chosen_reads.items()
        for r, chosen in choice.items()
        if solver.value(chosen)
    }
    return Placement(assigned, datasets, reads)


def _hint(model: PlacementModel, placement: Placement) -> None:
    """Start from a known placement."""
    regions = model.problem.catalog.regions
    for index, node in enumerate(model.nodes):
        if isinstance(node, DatasetNode):
            here = {region: 1 for region in placement.datasets[node.name]}
            replicas: dict[tuple[str, str, str], int] = {}
        else:
            parts = placement.assignments[node.name]
            here = {part.offering.region.id: 1 for part in parts}
            replicas = {
                (p.offering.region.id, p.offering.instance_type.name, p.offering.capacity_type): p.replicas
                for p in parts
            }
        for r, used in model.used[index].items():
            _suggest(model, used, here.get(regions[r].id, 0))
        for _, row, count in _counts(model, index):
            offering = model.problem.catalog.offering(row)
            key = (offering.region.id, offering.instance_type.name, offering.capacity_type)
            _suggest(model, count, replicas.get(key, 0))


def _counts(model: PlacementModel, index: int) -> Sequence[tuple[int, int, cp_model.IntVar]]:
    return list(model.instances(model.nodes[index].name)) if model.count[index] else []


def _suggest(model: PlacementModel, variable: Expression, value: int) -> None:
    if isinstance(variable, cp_model.IntVar):
        model.cp.add_hint(variable, value)
