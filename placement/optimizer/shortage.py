"""More is asked for than there is: quotas, counts of machines and spot shares against the demand of whole fleets.

Workloads that may use the same are a group, and only how many of them lie in a region is asked:

    count[g, r]     workloads of group g in region r;   sum over r <= number of g
    on[g, o]        replicas of group g on option o;    sum over o in r = replicas x count[g, r]
    sum over g, o of  each[row, o] x on[g, o]  <=  limit[row]

With fractions this is a small linear problem (GLOP), and what it says is missing is missing. Where the fractions fit,
CP-SAT is asked for whole workloads. Both leave other rules out, so that what they prove impossible is impossible.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]
from ortools.sat.python import cp_model

from placement.domain.fleet import Globs, Job, Workload
from placement.domain.money import exact
from placement.market.shortlist import Screened
from placement.optimizer.constraints.couplings import COUPLINGS, Coupling
from placement.optimizer.constraints.policies import policy_rule
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.model import spot_rule
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.options import Counting, options_on, thinned
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule

_LEAST_VCPUS, _DUAL = 1e-6, 1e-9
"""What is less is rounding."""
_WHOLE = 1000
"""Decimals of vCPUs that CP-SAT counts; what is written finer is rounded in favour of the workloads."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One option of a group: what each replica on it takes of the rows, and the rules each of which closes it."""

    region: int
    spot: bool
    each: tuple[tuple[int, float], ...]
    """(row, amount)"""
    vcpus: float
    limited_by: int
    """Bits of the rules of these rows, by their positions in `Shortage.rules`."""
    closed_by: int
    """Bits of the rules each of which closes it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Workloads that may use the same and have as many replicas."""

    names: tuple[str, ...]
    replicas: int
    most_spot: int
    spot_rule: int | None
    """Position of the rule by which no more may be on spot, where there is one."""
    scattered: bool
    cells: tuple[Cell, ...]

    @property
    def vcpus(self) -> float:
        """The least that a replica takes."""
        return min((cell.vcpus for cell in self.cells), default=0.0)

    def is_bound(self, on: int) -> bool:
        """Whether each option that these rules leave open is limited by them."""
        spot_bound = self.spot_rule is not None and on >> self.spot_rule & 1
        return all(cell.closed_by & on or cell.limited_by & on or (cell.spot and spot_bound) for cell in self.cells)


@dataclass(frozen=True, eq=False)
class Shortage:
    """Groups, rows and the rules behind them. Other rules about one offering are taken as they are."""

    rules: Sequence[Rule]
    rows: Sequence[tuple[int, float]]
    """(rule, limit)"""
    groups: Sequence[Group]

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node]) -> "Shortage":
        """Of a fleet's workloads, whose regions may be closed by `places` and by policies."""
        return _Reading(problem).read([node for node in nodes if isinstance(node, WorkloadNode)])

    def missing(self, on: Collection[int]) -> tuple[float, list[int]]:
        """vCPUs that cannot be had under some of the rules, were workloads divisible, and the rules that prove it."""
        active = _bits(on)
        solver = pywraplp.Solver.CreateSolver("GLOP")
        rows = {
            r: solver.Constraint(-solver.infinity(), limit) for r, (rule, limit) in enumerate(self.rows) if rule in on
        }
        demands = []
        for members in self._divisible(active):
            group = members[0]
            demand = solver.Constraint(float(sum(g.replicas * len(g.names) for g in members)), solver.infinity())
            short = solver.NumVar(0, solver.infinity(), "")
            solver.Objective().SetCoefficient(short, max(group.vcpus, _LEAST_VCPUS))
            demand.SetCoefficient(short, 1)
            spot = None
            if group.spot_rule is not None and group.spot_rule in on:
                spot = solver.Constraint(-solver.infinity(), float(sum(g.most_spot * len(g.names) for g in members)))
            for is_spot, each in {(cell.spot, cell.each) for cell in group.cells if not cell.closed_by & active}:
                part = solver.NumVar(0, solver.infinity(), "")
                demand.SetCoefficient(part, 1)
                if is_spot and spot is not None:
                    spot.SetCoefficient(part, 1)
                for row, amount in each:
                    if row in rows:
                        rows[row].SetCoefficient(part, amount)
            demands.append((group, demand, spot))
        if not demands or solver.Solve() != pywraplp.Solver.OPTIMAL or solver.Objective().Value() <= _LEAST_VCPUS:
            return 0.0, []
        paid = {row: -constraint.DualValue() for row, constraint in rows.items()}
        needed = _bits(self.rows[row][0] for row, price in paid.items() if price > _DUAL)
        for group, demand, spot in demands:
            worth = demand.DualValue()
            if worth <= _DUAL:
                continue
            for_spot = -spot.DualValue() if spot is not None else 0.0
            if for_spot > _DUAL and group.spot_rule is not None:
                needed |= 1 << group.spot_rule
            for cell in group.cells:
                closing = cell.closed_by & active
                if not closing or closing & needed:
                    continue
                price = sum(paid.get(row, 0.0) * amount for row, amount in cell.each) + (for_spot if cell.spot else 0.0)
                if worth - price > _DUAL:
                    needed |= closing & -closing
        return solver.Objective().Value(), [rule for rule in on if needed >> rule & 1]

    def impossible(self, on: Collection[int], seconds: float) -> bool:
        """Whether whole workloads cannot be placed under some of the rules; False also where time was too short."""
        active = _bits(on)
        if self._packed(active):
            return False
        model, rows = cp_model.CpModel(), defaultdict(list)
        for group in self._bound(active):
            by_region: dict[int, list[Cell]] = defaultdict(list)
            for cell in dict.fromkeys(cell for cell in group.cells if not cell.closed_by & active):
                by_region[cell.region].append(cell)
            number = len(group.names)
            limited = group.spot_rule is not None and group.spot_rule in on
            most_spot = group.most_spot if limited else group.replicas
            placed, spots = [], []
            for cells in by_region.values():
                here = model.new_int_var(0, number, "")
                parts = [model.new_int_var(0, number * group.replicas, "") for _ in cells]
                spot = [part for part, cell in zip(parts, cells, strict=True) if cell.spot]
                if group.scattered:
                    placed += parts
                    spots += spot
                else:
                    placed.append(here)
                    model.add(sum(parts) == group.replicas * here)
                    if limited and spot:
                        model.add(sum(spot) <= most_spot * here)
                for part, cell in zip(parts, cells, strict=True):
                    for row, amount in cell.each:
                        if self.rows[row][0] in on:
                            rows[row].append((part, int(exact(amount) * _WHOLE)))
            model.add(sum(placed) == (number * group.replicas if group.scattered else number))
            if group.scattered and limited and spots:
                model.add(sum(spots) <= most_spot * number)
        for row, terms in rows.items():
            total = cp_model.LinearExpr.weighted_sum([part for part, _ in terms], [amount for _, amount in terms])
            model.add(total <= -int(-exact(self.rows[row][1]) * _WHOLE // 1))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = max(seconds, 0.01)
        solver.parameters.presolve_inclusion_work_limit = 0  # see `cpsat`: else it may refuse what can hold
        return bool(solver.solve(model) == cp_model.INFEASIBLE)

    def spot_alone(self, on: Collection[int]) -> tuple[str, ...]:
        """Workloads that these rules hold and that may use nothing but spot, if with machines on demand there would be
        enough; empty otherwise."""
        held = [group for group in self._bound(_bits(on)) if group.cells and all(cell.spot for cell in group.cells)]
        free = Cell(region=-1, spot=False, each=(), vcpus=0.0, limited_by=0, closed_by=0)
        groups = [replace(group, cells=(*group.cells, free)) if group in held else group for group in self.groups]
        if not held or replace(self, groups=groups).missing(on)[0]:
            return ()
        return tuple(name for group in held for name in group.names)

    def subjects(self, rule: int, on: Collection[int]) -> tuple[str, ...]:
        """Whom a rule concerns that is about workloads: those that could not be placed at will without it."""
        return tuple(
            name
            for group in self._bound(_bits(on))
            if group.spot_rule == rule or any(cell.closed_by >> rule & 1 for cell in group.cells)
            for name in group.names
        )

    def demand(self, on: Collection[int]) -> float:
        """vCPUs that those ask for at least that the rules hold."""
        return sum(group.vcpus * group.replicas * len(group.names) for group in self._bound(_bits(on)))

    def _packed(self, active: int) -> bool:
        """Whether all can be placed one after the other, the largest first, each where most room is left."""
        room = {r: limit for r, (rule, limit) in enumerate(self.rows) if active >> rule & 1}
        for group in sorted(self._bound(active), key=lambda group: -group.replicas * group.vcpus):
            limited = group.spot_rule is not None and active >> group.spot_rule & 1
            usable = [c for c in group.cells if not c.closed_by & active and not (c.spot and limited)]
            for _ in group.names:
                best, most = None, 0.0
                for cell in usable:
                    left = min((room.get(row, inf) - amount * group.replicas for row, amount in cell.each), default=inf)
                    if left >= 0 and (best is None or left > most):
                        best, most = cell, left
                if best is None:
                    return False
                for row, amount in best.each:
                    if row in room:
                        room[row] -= amount * group.replicas
        return True

    def _bound(self, active: int) -> Iterator[Group]:
        """Groups that no option takes without limit."""
        return (group for group in self.groups if group.is_bound(active))

    def _divisible(self, active: int) -> Iterable[Sequence[Group]]:
        """The same; those that may use the same are one, however many replicas they have."""
        merged: dict[Hashable, list[Group]] = defaultdict(list)
        for group in self._bound(active):
            merged[group.cells, group.spot_rule].append(group)
        return merged.values()


def _bits(rules: Iterable[int]) -> int:
    found = 0
    for rule in rules:
        found |= 1 << rule
    return found


def _cells(
    node: WorkloadNode, takes: Mapping[int, Sequence[tuple[int, float]]], limiting: Sequence[int]
) -> Sequence[Cell]:
    """The options of a workload to which no region is closed; `takes` has what each adds to which row, `limiting` the
    rule of each row."""
    region, spot, vcpus = (column.tolist() for column in (node.options.region, node.options.spot, node.options.vcpus))
    cells = []
    for o in range(len(node.options)):
        each = tuple(takes.get(o, ()))
        cells.append(Cell(region[o], spot[o], each, vcpus[o], _bits(limiting[row] for row, _ in each), 0))
    return cells


class _Reading:
    """Collects rules, each once."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._counting = problem, Counting.of(problem)
        self._rules: dict[Hashable, int] = {}
        self._said: list[Rule] = []
        self._cells: dict[Hashable, tuple[Cell, ...]] = {}
        """Of groups that may use the same, and to which the same rules close the same regions."""

    def read(self, nodes: Sequence[WorkloadNode]) -> Shortage:
        """Groups of workloads that ask for the same and that the same policies and groups concern."""
        alike: dict[Hashable, list[WorkloadNode]] = defaultdict(list)
        shapes: dict[Hashable, WorkloadNode] = {}
        shape_of: dict[Hashable, Hashable] = {}
        for node in nodes:
            shape = self._shape(node.workload)
            if shape not in shapes:
                shapes[shape] = self._opened(node)
            key = shape, node.workload.replicas, node.workload.places, self._laws(node.name)
            shape_of[key] = shape
            alike[key].append(node)
        rows: list[tuple[int, float]] = []
        open_nodes = list(shapes.values())
        takes: list[dict[int, list[tuple[int, float]]]] = [defaultdict(list) for _ in open_nodes]
        for coupling in COUPLINGS:
            # One that posts something else is not said by its rows alone.
            if coupling.active(self._problem) and type(coupling).post is Coupling.post:
                for row in coupling.rows(self._problem, open_nodes):
                    rule = self._rule((row.rule.name, row.rule.subjects, len(rows)), row.rule)
                    for use in row.uses:
                        for option, amount in zip(use.options.tolist(), use.each.tolist(), strict=True):
                            takes[use.node][option].append((len(rows), amount))
                    rows.append((rule, row.limit))
        limiting = [rule for rule, _ in rows]
        options = {
            shape: _cells(node, taken, limiting) for (shape, node), taken in zip(shapes.items(), takes, strict=True)
        }
        groups = [self._group(members, options[shape_of[key]]) for key, members in alike.items()]
        return Shortage(self._said, rows, groups)

    def _shape(self, workload: Workload) -> Hashable:
        """Equal for workloads that could use the same, were no region closed to them, and that the same rows count."""
        shares = self._problem.fleet.limits.spot_share
        concerned = tuple(index for index, share in enumerate(shares) if workload.name in share.workloads)
        bare = replace(
            workload, name="", labels=(), classification=(), current=(), state_gb=0.0, replicas=1, places=Globs()
        )
        return bare, concerned, max_spot_replicas(workload) > 0

    def _laws(self, name: str) -> Hashable:
        residency = self._problem.residency
        if residency is None:
            return ()
        return tuple((policy_rule(rule), rule.mask.tobytes()) for rule in residency.rules(name))

    def _opened(self, node: WorkloadNode) -> WorkloadNode:
        """With what it could use were no region closed to it, by a rule or for want of a tariff for its data: where it
        lies and what it reads are its own, and it stands for others."""
        run = node.workload.run
        run = replace(run, reload_gb=0.0) if isinstance(run, Job) else run
        anybody = replace(node.workload, current=(), state_gb=0.0, run=run)
        screens = [screen for screen in SCREENS if screen.axis != "region"]
        screened = Screened(anybody, self._problem.catalog, screens, self._problem.as_of)
        options = options_on(self._problem, anybody, np.flatnonzero(screened.admissible()))
        return replace(node, options=thinned(options, self._counting)[0])

    def _group(self, members: Sequence[WorkloadNode], options: Sequence[Cell]) -> Group:
        node, workload = members[0], members[0].workload
        closing = self._closing(workload)
        key = id(options), tuple(sorted(closing.items()))
        if key not in self._cells:
            closed = (
                replace(cell, closed_by=closing[cell.region]) if cell.region in closing else cell for cell in options
            )
            self._cells[key] = tuple(dict.fromkeys(closed))
        cells = self._cells[key]
        most_spot, rule = max_spot_replicas(workload), None
        if most_spot < workload.replicas and any(cell.spot for cell in cells):
            said = spot_rule(workload)
            rule = self._rule((said.name, said.reason), said)
        names = tuple(member.name for member in members)
        return Group(names, workload.replicas, most_spot, rule, node.scattered, cells)

    def _closing(self, workload: Workload) -> dict[int, int]:
        """By region: the bits of the rules each of which closes it."""
        problem = self._problem
        closing: dict[int, int] = defaultdict(int)
        masks = []
        for screen in SCREENS:
            if (
                screen.axis == "region"
                and (mask := screen.admits(workload, problem.catalog, problem.as_of)) is not None
            ):
                rule = Rule(screen.name, (workload.name,), screen.asks(workload))
                masks.append((self._rule((rule.name, rule.reason), rule), mask))
        for law in problem.residency.rules(workload.name) if problem.residency is not None else ():
            rule = Rule(policy_rule(law), (workload.name,), law.words)
            masks.append((self._rule(rule.name, rule), law.mask))
        for number, mask in masks:
            for region in np.flatnonzero(~mask).tolist():
                closing[region] |= 1 << number
        return closing

    def _rule(self, key: Hashable, rule: Rule) -> int:
        if key not in self._rules:
            self._rules[key] = len(self._said)
            self._said.append(rule)
        return self._rules[key]
