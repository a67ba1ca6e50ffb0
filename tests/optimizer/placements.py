"""Placements by hand, and what to ask of one."""

from collections.abc import Mapping

from placement.domain.decision import Assignment, Placement
from placement.domain.money import MicroUsd
from placement.domain.offering import Offering
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.problem import Problem


def placed(
    assignments: Mapping[str, Offering | list[tuple[Offering, int]]],
    datasets: Mapping[str, tuple[str, ...]] | None = None,
    reads: Mapping[tuple[int, str], str] | None = None,
) -> Placement:
    """Each workload on one offering (a single replica), or on several with their replicas."""
    parts = {
        name: (Assignment(where, 1),) if isinstance(where, Offering) else tuple(Assignment(o, n) for o, n in where)
        for name, where in assignments.items()
    }
    return Placement(parts, datasets or {}, reads or {})


def owed(term: str, problem: Problem, placement: Placement) -> dict[str, MicroUsd]:
    """What one cost term asks of each workload and dataset, in micro-USD."""
    found: dict[str, MicroUsd] = {}
    for line in next(t for t in (*COST_TERMS, *PENALTIES) if t.name == term).lines(problem, placement):
        found[line.subject] = MicroUsd(found.get(line.subject, 0) + line.amount)
    return found


def regions_of(placement: Placement, workload: str) -> dict[str, int]:
    """Replicas by region."""
    found: dict[str, int] = {}
    for part in placement.assignments[workload]:
        found[part.offering.region.id] = found.get(part.offering.region.id, 0) + part.replicas
    return found
