"""What would move if a fleet were placed again today: a report. Nothing is moved by it, and no decision is kept.

A workload leaves its region only where the fleet then saves the `min_saving_fraction` that the fleet asks for; what
moving costs is part of the bill, written off over `horizon_months`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from placement.domain.decision import Assignment, Decision, Placement
from placement.domain.fleet import Fleet, Workload
from placement.fleet_file import parse_fleet
from placement.market.catalog import Catalog
from placement.market.freshness import judged
from placement.optimizer.best_moves import best_moves
from placement.optimizer.costs.hurdle import hurdle_usd
from placement.optimizer.costs.migration import held_now
from placement.optimizer.explain import Alternative
from placement.optimizer.nodes import WorkloadNode, nodes_of
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads
from placement.optimizer.search import Settings
from placement.optimizer.staying import Stayed, present_parts, staying
from placement.optimizer.violations import violations
from placement.planner.deciding import decide, problem_of
from placement.planner.explaining import stored_policies
from placement.planner.move_reasons import MoveReason, Then, move_reasons
from placement.planner.running_now import InForce, RunningNow, running_now

if TYPE_CHECKING:
    from placement.store.decisions import StoredDecision

_MOST_STAYS = 40
"""Workloads that stay and whose best move is priced: each takes a twelfth of a second in a fleet of 300."""


@dataclass(frozen=True, eq=False)
class Move:
    """A workload or dataset that would lie elsewhere, or on other instances, than now."""

    name: str
    was: Sequence[str]
    """Regions."""
    reasons: tuple[MoveReason, ...]
    stayed: Stayed
    """What it would cost more to leave it as it is."""
    hurdle_usd: float
    """What leaving its region had to save beyond its cost."""


@dataclass(frozen=True, eq=False)
class Stay:
    """A workload that stays in its region, and the best it could have done elsewhere."""

    name: str
    best: Alternative | None
    hurdle_usd: float
    looked_at: bool
    """False where there are so many that its best move was not looked for."""


@dataclass(frozen=True, eq=False)
class Replan:
    """What a fleet would gain from being placed again."""

    in_force: InForce
    running: RunningNow
    decision: Decision
    present: Priced | None
    """What runs now, at today's prices; None where some of it is not known or cannot be had any more."""
    broken: tuple[str, ...]
    """Rules of today that what runs now breaks."""
    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]


def in_force_of(stored: "StoredDecision") -> InForce:
    """A stored decision as the one in force."""
    fleet, answer = json.loads(stored.request_json)["fleet"], json.loads(stored.answer_json)
    return InForce(stored.id, stored.created_at, stored.catalog_version, _fleet(fleet), answer)


def in_force_in(told: Mapping[str, Any]) -> InForce:
    """The same from plain JSON: `{id, made_at, catalog_version, fleet, answer}`."""
    made_at = datetime.fromisoformat(told["made_at"])
    return InForce(told["id"], made_at, told["catalog_version"], _fleet(told["fleet"]), told["answer"])


def _fleet(document: Mapping[str, Any]) -> Fleet:
    return parse_fleet(json.dumps(document), "stored fleet").fleet


def replan(catalog: Catalog, then: Catalog | None, request: Mapping[str, Any], in_force: InForce) -> Replan:
    """Place the fleet of a request again, from where it runs now.

    `request` is as `ledger.request_document` makes it, for today; `catalog` is today's, `then` the one that the
    decision in force was made on.
    """
    asked = _fleet(request["fleet"])
    today = datetime.fromisoformat(request["as_of"])
    policies, allow_stale = stored_policies(request, catalog), bool(request.get("allow_stale"))
    running = running_now(asked, in_force, catalog if allow_stale else judged(catalog, today))
    problem = problem_of(catalog, running.fleet, today, policies=policies, allow_stale=allow_stale)
    nodes = {node.name: node for node in nodes_of(problem) if isinstance(node, WorkloadNode)}
    known = _present(problem, running, nodes)
    decision = decide(
        catalog,
        running.fleet,
        Settings(**request["settings"]),
        today,
        policies=policies,
        allow_stale=allow_stale,
        known=known,
    )
    broken = tuple(violations(problem, known)) if known is not None else ()
    present = _priced(problem, known)
    if decision.placement is None:
        return Replan(in_force, running, decision, present, broken, (), ())
    report = _Report(problem, running, in_force, then, nodes, decision.placement)
    return Replan(in_force, running, decision, present, broken, tuple(report.moves()), tuple(report.stays()))


def _present(problem: Problem, running: RunningNow, nodes: Mapping[str, WorkloadNode]) -> Placement | None:
    """Everything where it is, as far as that is known; None where something lies nowhere."""
    assigned = {}
    for name, node in nodes.items():
        if not node.workload.current:
            return None
        parts = running.parts[name] or present_parts(problem, node, ())[0]
        if not parts:
            return None
        assigned[name] = parts
    datasets = {dataset.name: dataset.at for dataset in running.fleet.datasets}
    if not all(datasets.values()):
        return None
    return Placement(assigned, datasets, nearest_reads(problem, assigned, datasets))


def _priced(problem: Problem, placement: Placement | None) -> Priced | None:
    try:
        return None if placement is None else price(problem, placement)
    except (LookupError, OverflowError):
        return None


class _Report:
    """Compares a plan with what runs now."""

    def __init__(
        self,
        problem: Problem,
        running: RunningNow,
        in_force: InForce,
        then: Catalog | None,
        nodes: Mapping[str, WorkloadNode],
        plan: Placement,
    ) -> None:
        self._problem, self._running, self._in_force, self._then = problem, running, in_force, then
        self._nodes, self._plan, self._planned = nodes, plan, price(problem, plan)
        self._asked = {workload.name: workload for workload in in_force.asked.workloads}

    def moves(self) -> Iterator[Move]:
        """In the order of the fleet, workloads first."""
        moving = [w for w in self._running.fleet.workloads if self._moves(w)]
        for workload in moving:
            together = self._together(workload.name, [other.name for other in moving])
            stayed = self._stayed(workload.name, together)
            decided = self._running.source[workload.name] == "decision"
            before = self._asked.get(workload.name)
            parts = self._in_force.parts(workload.name) if decided else ()
            reasons = move_reasons(
                self._problem,
                workload,
                Then(parts, before, self._then),
                self._plan.assignments[workload.name],
                stayed.dearer,
                stayed.refused,
            )
            leaves = self._leaves(workload)
            hurdle = hurdle_usd(self._problem, workload) if leaves else 0.0
            yield Move(workload.name, self._running.regions[workload.name], tuple(reasons), stayed, hurdle)
        for dataset in self._running.fleet.datasets:
            if dataset.at and set(dataset.at) != set(self._plan.datasets[dataset.name]):
                stayed = self._stayed(dataset.name, [dataset.name])
                refused = stayed.refused
                reasons = [MoveReason("rule", f"it cannot stay: {refused}")] if refused else [_of_bill(stayed)]
                yield Move(dataset.name, dataset.at, tuple(reasons), stayed, 0.0)

    def stays(self) -> Iterator[Stay]:
        """Those that keep their region."""
        staying_ = [w for w in self._running.fleet.workloads if w.current and not self._leaves(w)]
        best = best_moves(self._problem, self._plan, self._planned, self._nodes, staying_, _MOST_STAYS)
        for workload in staying_:
            hurdle = hurdle_usd(self._problem, workload)
            yield Stay(workload.name, best.get(workload.name), hurdle, workload.name in best)

    def _moves(self, workload: Workload) -> bool:
        """Whether anything about it is other than now; one that is new does not move."""
        if self._running.source[workload.name] == "nothing" or not workload.current:
            return self._running.source[workload.name] != "nothing"
        known = self._running.parts[workload.name]
        if known:
            return _counted(known) != _counted(self._plan.assignments[workload.name])
        # What was decided cannot be had any more; of what a file says only the region may be known.
        return self._leaves(workload) or self._running.source[workload.name] == "decision"

    def _leaves(self, workload: Workload) -> bool:
        planned = {part.offering.region.id for part in self._plan.assignments[workload.name]}
        return planned != set(held_now(workload))

    def _together(self, name: str, moving: Sequence[str]) -> list[str]:
        """It, and whoever moves along because a rule keeps them in one place."""
        found = [name]
        for group in self._running.fleet.affinity:
            if any(member in found for member in group.workloads):
                found += [member for member in group.workloads if member in moving and member not in found]
        return found

    def _stayed(self, name: str, together: Sequence[str]) -> Stayed:
        workload = self._problem.workloads.get(name)
        if workload is not None and not workload.current:
            return Stayed((name,), {}, f"the catalog no longer has {', '.join(self._running.regions[name])}")
        alone = staying(self._problem, self._plan, self._planned, self._running.parts, self._nodes, [name])
        if alone.refused is None or len(together) < 2:
            return alone
        both = staying(self._problem, self._plan, self._planned, self._running.parts, self._nodes, together)
        return alone if both.refused is not None else both


def _of_bill(stayed: Stayed) -> MoveReason:
    line = max(stayed.dearer, key=lambda name: stayed.dearer[name])
    return MoveReason("cheaper", f"{line} costs less there")


def _counted(parts: Sequence[Assignment]) -> dict[tuple[object, ...], int]:
    counts: dict[tuple[object, ...], int] = {}
    for part in parts:
        offering = part.offering
        key = (offering.region.id, offering.zone, offering.instance_type.name, offering.capacity_type)
        counts[key] = counts.get(key, 0) + part.replicas
    return counts
