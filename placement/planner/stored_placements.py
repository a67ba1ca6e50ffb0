"""A placement as a document tells of it, on the catalog that it was made on."""

from collections.abc import Mapping
from typing import Any

from placement.domain.decision import Assignment, Placement
from placement.domain.offering import CapacityType
from placement.optimizer.problem import Problem


def stored_placement(problem: Problem, answer: Mapping[str, Any]) -> Placement:
    """The placement in a decision's document: `placements`, `datasets`, and of `flows` which copy is read."""
    find = problem.catalog.find
    assignments = {
        placed["workload"]: tuple(
            Assignment(
                find(part["region"], part["zone"], part["instance_type"], CapacityType(part["capacity_type"])),
                part["replicas"],
            )
            for part in placed["assignments"]
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
