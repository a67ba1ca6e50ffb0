"""A large fleet is solved part by part, here or by several solvers, and put together; one search takes it from there.

Where the parts' placements and bounds leave no gap over the whole fleet, nothing is left to do. Else the search begins
with the placement and the bound that they make together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum
from typing import Any

from placement.documents import assignment_document, flow_document
from placement.optimizer.components import parts
from placement.optimizer.large import PARTS_SHARE
from placement.optimizer.outcome import Start
from placement.optimizer.price import placed_flows
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.planner.stored_placements import stored_placement

Document = dict[str, Any]


def solved_part(part: Problem, settings: Settings, number_of_parts: int) -> Document:
    """One of the parts: `{bound_usd, placements, datasets, flows}`, or `{}` where no placement was found."""
    limit_s = settings.time_limit_s * PARTS_SHARE / number_of_parts
    search = solve(part, replace(settings, time_limit_s=limit_s)).search
    if search.placement is None:
        return {}
    return {
        "bound_usd": search.bound_usd,
        "placements": [
            {"workload": name, "assignments": [assignment_document(assigned) for assigned in assignments]}
            for name, assignments in search.placement.assignments.items()
        ],
        "datasets": [
            {"dataset": name, "regions": list(regions)} for name, regions in search.placement.datasets.items()
        ],
        "flows": [flow_document(flow) for flow in placed_flows(part, search.placement)],
    }


def solved_parts(problem: Problem, settings: Settings) -> list[Document]:
    """All parts, one after the other; none where the fleet is not divided."""
    divided = parts(problem)
    return [solved_part(part, settings, len(divided)) for part in divided]


def put_together(problem: Problem, answers: Sequence[Mapping[str, Any]]) -> Start | None:
    """What the parts say of the whole; None where some part has no placement, or there are no parts."""
    if not answers or not all(answers):
        return None
    members = ("placements", "datasets", "flows")
    whole = {name: [each for answer in answers for each in answer[name]] for name in members}
    bound = fsum(answer["bound_usd"] for answer in answers)
    return Start(stored_placement(problem, whole), bound, f"solved {len(answers)} parts")
