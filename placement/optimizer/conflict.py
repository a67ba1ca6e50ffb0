"""Why is there no placement? A minimal set of rules that cannot hold together, each in words.

A workload that no offering suits needs no solver: rules are dropped one by one while the rest still refuses
everything. Else those few that rules tie together are looked at by themselves (`clusters`), then what is counted over
the whole fleet (`short_of`), and only then all of it. CP-SAT is asked with every rule behind a literal of its own: the
literals it needs for its proof are the first core, and again each rule goes without which the rest still cannot hold.
The set is minimal, not always the smallest.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from placement.domain.decision import Conflict, Rejection
from placement.domain.fleet import Dataset, Workload
from placement.market.shortlist import Screen, Screened
from placement.optimizer.clusters import impossible_clusters
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.datasets import rules_of_data
from placement.optimizer.constraints.policies import policy_rule, screens_by_policy
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.costs import COST_TERMS
from placement.optimizer.model import PlacementModel, spot_rule
from placement.optimizer.nodes import DatasetNode, Node, WorkloadNode, dataset_node
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule
from placement.optimizer.short_of import short_of

AnyRule = TypeVar("AnyRule")
Closing = list[tuple[int, list[Rule]]]
"""(region, rules that close it together)"""


def rejections(problem: Problem) -> tuple[Rejection, ...]:
    """For each workload and screen that refuses anything: how many offerings, and what the rule asks."""
    found = []
    for workload in problem.fleet.workloads:
        screened = Screened(workload, problem.catalog, screens_by_policy(problem, workload), problem.as_of)
        for screen, mask in screened.masks:
            refused = int((~screened.over_offerings(screen, mask)).sum())
            if refused:
                found.append(Rejection(workload.name, screen.name, screen.asks(workload), refused))
    return tuple(found)


def conflict(problem: Problem, nodes: Sequence[Node], seconds: float) -> tuple[Conflict, ...]:
    """Rules that cannot hold together; empty if none were found within the time."""
    for node in nodes:
        if isinstance(node, WorkloadNode) and not len(node.options):
            return _homeless(problem, node.workload)
        if isinstance(node, DatasetNode) and node.fixed and (rules := _refused_where_it_lies(problem, node.dataset)):
            return rules
    deadline = time.monotonic() + seconds
    for part, inside in impossible_clusters(problem, nodes):
        if found := _by_logic(part, inside, deadline):
            return found
    return short_of(problem, nodes, deadline - time.monotonic()) or _by_logic(problem, nodes, deadline)


def _by_logic(problem: Problem, nodes: Sequence[Node], deadline: float) -> tuple[Conflict, ...]:
    """CP-SAT on every rule; empty if none were found until then."""
    model = _explaining(problem, nodes)
    core = _infeasible(model, list(model.rules), deadline)
    if core is None:
        return ()
    if not core:
        return _too_few_regions(problem, nodes)
    core = minimal(core, lambda rules: _infeasible(model, rules, deadline) is not None)
    stays = [
        Conflict("at", (node.name,), _stays(node.dataset))
        for node in nodes
        if isinstance(node, DatasetNode) and node.fixed and _is_held_by(problem, nodes, node.dataset, core, deadline)
    ]
    return (*(Conflict(rule.name, rule.subjects, rule.reason) for rule in core), *stays)


def _infeasible(model: PlacementModel, rules: Sequence[Rule], deadline: float) -> Sequence[Rule] | None:
    """The rules that a proof needs, or None if they can hold, or the time is up."""
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    model.cp.clear_assumptions()
    model.cp.add_assumptions([model.rules[rule] for rule in rules])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = left
    solver.parameters.presolve_inclusion_work_limit = 0  # see `cpsat`: else it may refuse what can hold
    if solver.solve(model.cp) != cp_model.INFEASIBLE:
        return None
    needed = set(solver.sufficient_assumptions_for_infeasibility())
    return [rule for rule in rules if model.rules[rule].index in needed]


def _is_held_by(
    problem: Problem, nodes: Sequence[Node], dataset: Dataset, rules: Sequence[Rule], deadline: float
) -> bool:
    """Whether these rules, which cannot hold, could if the dataset were movable."""
    if not any(dataset.name in rule.subjects for rule in rules):
        return False
    movable = replace(dataset, movable=True)
    datasets = tuple(movable if each.name == dataset.name else each for each in problem.fleet.datasets)
    freed = replace(problem, fleet=replace(problem.fleet, datasets=datasets))
    model = _explaining(freed, [dataset_node(freed, movable) if each.name == dataset.name else each for each in nodes])
    known = [rule for rule in model.rules if rule in rules or rule.subjects == (dataset.name,)]
    return time.monotonic() < deadline and _infeasible(model, known, deadline) is None


def _too_few_regions(problem: Problem, nodes: Sequence[Node]) -> tuple[Conflict, ...]:
    """Whatever the rules are."""
    count = len(problem.catalog.regions)
    for node in nodes:
        if isinstance(node, DatasetNode) and node.copies > count:
            reason = f"{node.copies} copies, each in a region of its own, and the catalog has {count} regions"
            return (Conflict("catalog", (node.name,), reason),)
    reason = "the catalog has too few regions for the replicas and copies, whatever the other rules are"
    return (Conflict("catalog", tuple(node.name for node in nodes), reason),)


def minimal(rules: Sequence[AnyRule], infeasible: Callable[[Sequence[AnyRule]], bool]) -> list[AnyRule]:
    """Drop every rule without which the rest still cannot hold."""
    core, index = list(rules), 0
    while index < len(core):
        rest = core[:index] + core[index + 1 :]
        if infeasible(rest):
            core = rest
        else:
            index += 1
    return core


def _homeless(problem: Problem, workload: Workload) -> tuple[Conflict, ...]:
    """Rules that together refuse every offering."""
    if not len(problem.catalog.offerings):
        return (Conflict("catalog", (workload.name,), "the catalog has no offerings"),)
    screened = Screened(workload, problem.catalog, screens_by_policy(problem, workload), problem.as_of)
    # Policies by region and not by offering: there may be hundreds.
    by_region = [(screen, mask) for screen, mask in screened.masks if screen.axis == "region"]
    by_offering = [(s, screened.over_offerings(s, mask)) for s, mask in screened.masks if s.axis != "region"]
    region = problem.catalog.offerings.region

    def refuse_all(rules: Sequence[tuple[Screen, NDArray[np.bool_]]]) -> bool:
        passed = np.ones(len(region), np.bool_)
        for screen, mask in rules:
            passed &= mask if screen.axis != "region" else mask[region]
        return not passed.any()

    if not refuse_all([*by_offering, *by_region]):
        reason = "no egress tariff carries its state or its reloads to any region that the rules allow"
        return (Conflict("egress", (workload.name,), reason),)
    core = minimal([*by_offering, *by_region], refuse_all)
    return tuple(Conflict(screen.name, (workload.name,), screen.asks(workload)) for screen, _ in core)


def _refused_where_it_lies(problem: Problem, dataset: Dataset) -> tuple[Conflict, ...]:
    """The first rule that does not let a dataset stay where it cannot be moved from, and that it cannot be moved."""
    here = [problem.region(region) for region in dataset.at]
    for rule, mask in rules_of_data(problem, dataset):
        for index in here:
            if not mask[index]:
                return (
                    Conflict(rule.name, rule.subjects, rule.reason),
                    Conflict("at", (dataset.name,), _stays(dataset)),
                )
    return ()


def _stays(dataset: Dataset) -> str:
    return f"it lies in {', '.join(dataset.at)} and cannot be moved; say movable: true if it can"


def _explaining(problem: Problem, nodes: Sequence[Node]) -> PlacementModel:
    """All rules behind literals; regions that only screens close are open until their rules are on."""
    closings = [
        _closed_to(problem, node) if isinstance(node, WorkloadNode) else _closed_to_data(problem, node.dataset)
        for node in nodes
    ]
    domains, bare = [], []
    for node, closing in zip(nodes, closings, strict=True):
        closed = frozenset(region for region, _ in closing)
        if isinstance(node, WorkloadNode):
            open_regions = set(node.options.region.tolist())
        else:
            open_regions = set(np.flatnonzero(np.isfinite(node.region_usd)).tolist())
        domains.append(np.array(sorted(open_regions | closed), np.intp))
        bare.append(closed)
    model = PlacementModel(problem, nodes, domains, explaining=True, bare=bare)
    for node, closing in zip(nodes, closings, strict=True):
        for region, rules in closing:
            model.close(node.name, region, rules)
    for coupling in COUPLINGS:
        coupling.post(model)
    return model


def _closed_to(problem: Problem, node: WorkloadNode) -> Closing:
    """Regions with offerings that the workload cannot use: by each policy that refuses it, by every minimal set of
    screens that refuses all there, or because no tariff carries its state or its reloads."""
    workload, region = node.workload, problem.catalog.offerings.region
    screened = Screened(workload, problem.catalog, SCREENS, problem.as_of)
    refusing = np.zeros(len(region), np.int64)
    for bit, (screen, mask) in enumerate(screened.masks):
        refusing |= ~screened.over_offerings(screen, mask) * np.int64(1 << bit)
    rules = [Rule(screen.name, (workload.name,), screen.asks(workload)) for screen, _ in screened.masks]
    unreached = Rule("egress", (workload.name,), "an egress tariff carries its state and its reloads")
    closing: Closing = []
    known: dict[frozenset[int], list[list[Rule]]] = {}
    for r in sorted(set(region.tolist()) - set(node.options.region.tolist())):
        refusals = frozenset(refusing[region == r].tolist())
        if refusals not in known:
            known[refusals] = [
                [rule for bit, rule in enumerate(rules) if chosen >> bit & 1]
                for chosen in _least_covers(refusals, len(rules))
            ]
        lawless = _refusing_policies(problem, workload.name, r)
        closing += [(r, [rule]) for rule in lawless]
        closing += [(r, together) for together in known[refusals]]
        if not (known[refusals] or lawless) or not _carried(problem, workload, int(np.argmax(region == r))):
            closing.append((r, [unreached]))
    if node.folded:  # else the replicas on each option are counted, and this is a row of its own
        without_room = set(node.options.region[~np.isfinite(node.region_usd[node.options.region])].tolist())
        closing += [(r, [spot_rule(workload)]) for r in sorted(without_room)]
    return closing


def _refusing_policies(problem: Problem, name: str, region: int) -> list[Rule]:
    if problem.residency is None:
        return []
    return [Rule(policy_rule(r), (name,), r.words) for r in problem.residency.rules(name) if not r.mask[region]]


def _least_covers(refusals: frozenset[int], screens: int) -> list[int]:
    """Sets of screens, as bits, of which each offering's refusals hold at least one; none holds another such set."""
    found: list[int] = []
    for chosen in sorted(range(1, 1 << screens), key=int.bit_count):
        if all(chosen & bits for bits in refusals) and not any(chosen & least == least for least in found):
            found.append(chosen)
    return found


def _carried(problem: Problem, workload: Workload, row: int) -> bool:
    """Whether a tariff carries the state to this row's region."""
    usd = [term.per_arrival(problem, workload, np.array([row])) for term in COST_TERMS]
    return all(np.isfinite(part).all() for part in usd if part is not None)


def _closed_to_data(problem: Problem, dataset: Dataset) -> Closing:
    """Regions where a movable dataset may not lie, or to which no tariff carries it."""
    if not dataset.movable:
        return []
    closing: Closing = []
    for rule, admitted in rules_of_data(problem, dataset):
        closing += [(r, [rule]) for r in np.flatnonzero(~admitted).tolist()]
    usd = sum((part for term in COST_TERMS if (part := term.per_copy(problem, dataset)) is not None), np.zeros(1))
    rule = Rule("egress", (dataset.name,), "an egress tariff carries its copies")
    return closing + [(r, [rule]) for r in np.flatnonzero(~np.isfinite(usd)).tolist()]
