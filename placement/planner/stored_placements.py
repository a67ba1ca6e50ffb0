"""A placement as a document tells of it, on the catalog that it was made on."""

from collections import Counter, defaultdict
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
    positions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, flow in enumerate(problem.fleet.flows):
        positions[flow.src, flow.dst].append(index)
    reads: dict[tuple[int, str], str] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for told in answer["flows"]:
        if len(datasets.get(told["from"], ())) > 1:
            # Several flows between the same two are told of in their order.
            here = told["from"], told["to"], told["to_region"]
            reads[positions[told["from"], told["to"]][seen[here]], told["to_region"]] = told["from_region"]
            seen[here] += 1
    return Placement(assignments, datasets, reads)
