"""Every rule that a placement breaks, in words and without any solver."""

from collections import Counter

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.datasets import refuses_copy
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.problem import Problem, may_scatter


def violations(problem: Problem, placement: Placement) -> list[str]:
    """Empty for a placement that may stand. Screens are asked offering by offering, couplings as a whole."""
    broken = [*_misplaced(problem, placement)]
    if broken:
        return broken
    for workload in problem.fleet.workloads:
        screens = screens_of(problem, workload)
        for part in placement.assignments[workload.name]:
            for screen in screens:
                reason = screen.rejects(workload, part.offering, problem.as_of)
                if reason is not None:
                    broken.append(f"{screen.name}: {workload.name}: {reason}")
    for coupling in COUPLINGS:
        broken += [f"{coupling.name}: {reason}" for reason in coupling.violations(problem, placement)]
    return broken


def _misplaced(problem: Problem, placement: Placement) -> list[str]:
    """What makes a placement incomplete or malformed, whatever the rules say."""
    broken = []
    for workload in problem.fleet.workloads:
        parts = placement.assignments.get(workload.name, ())
        placed = sum(part.replicas for part in parts)
        if placed != workload.replicas or any(part.replicas < 1 for part in parts):
            broken.append(f"placed_once: {placed} of {workload.replicas} replicas of {workload.name} are placed")
        regions = {part.offering.region.id for part in parts}
        if len(regions) > 1 and not may_scatter(workload):
            broken.append(f"one_region: {workload.name} has no spread and lies in {', '.join(sorted(regions))}")
        kinds = Counter((part.offering.region.id, part.offering.capacity_type) for part in parts)
        for (region, kind), count in kinds.items():
            if count > 1:
                broken.append(f"one_type: {workload.name} has {count} {kind} instance types in {region}")
        on_spot = sum(p.replicas for p in parts if p.offering.capacity_type is CapacityType.SPOT)
        if on_spot > max_spot_replicas(workload):
            broken.append(
                f"max_spot_fraction: {on_spot} replicas of {workload.name} on spot, "
                f"at most {max_spot_replicas(workload)} may be"
            )
    for dataset in problem.fleet.datasets:
        regions_of_copies = placement.datasets.get(dataset.name, ())
        copies = dataset.copies if dataset.movable else len(dataset.at)
        if len(set(regions_of_copies)) != copies:
            broken.append(f"copies: {dataset.name} lies in {len(set(regions_of_copies))} regions, not {copies}")
        if not dataset.movable and set(regions_of_copies) != set(dataset.at):
            broken.append(f"at: {dataset.name} cannot be moved from {', '.join(dataset.at)}")
        for region in regions_of_copies:
            index = problem.catalog.region_index.get(region)
            if index is None:
                broken.append(f"copies: {dataset.name} lies in {region}, which the catalog does not have")
            elif reason := refuses_copy(problem, dataset, index):
                broken.append(reason)
    return broken or _misread(problem, placement)


def _misread(problem: Problem, placement: Placement) -> list[str]:
    broken = []
    for index, flow in enumerate(problem.fleet.flows):
        copies = placement.datasets.get(flow.src, ())
        if flow.src not in problem.datasets or len(copies) < 2:
            continue
        if flow.dst == INTERNET:
            readers = {INTERNET}
        elif flow.dst in problem.datasets:
            readers = set(placement.datasets[flow.dst])
        else:
            readers = {part.offering.region.id for part in placement.assignments[flow.dst]}
        for reader in readers:
            if placement.reads.get((index, reader)) not in copies:
                broken.append(f"reads: {flow.dst} in {reader} reads no copy of {flow.src}")
    return broken
