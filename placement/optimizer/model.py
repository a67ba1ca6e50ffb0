"""The decision variables of CP-SAT, by the names used in every formula.

    used[i, r]     1 if node i lies in region r (a workload has replicas there, a dataset a copy)
    part[i, r]     how many of the node's equal parts lie there: used for a whole node, replicas for a scattered one
    count[w, o]    replicas of workload w on option o; only where the options are not folded by region
    chosen[w, o]   1 if count[w, o] > 0;  at most one for each workload, region and capacity type

Costs are floats in USD until `minimise` turns them into integers, rounding down: the solver's bound stays a bound.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from placement.domain.fleet import Workload
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.costs.migration import held_now
from placement.optimizer.nodes import DatasetNode, Node, WorkloadNode
from placement.optimizer.options import mix
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Domain
from placement.optimizer.rules import Rule

Expression = cp_model.IntVar | int
SPOT_FRACTION = "max_spot_fraction"
_LARGEST = 2**52
"""Costs are scaled so that all of them together stay exact in the solver's floating-point parts."""


@dataclass(eq=False)
class PlacementModel:
    """Variables, and the constraints and costs posted on them so far.

    With `explaining`, each rule gets a literal that switches it on, so that conflicts can be named.
    """

    problem: Problem
    nodes: Sequence[Node]
    domains: Sequence[Domain]
    explaining: bool = False
    bare: Sequence[frozenset[int]] = ()
    """While explaining, by node: regions that only screens close. They have no options, so nothing is counted there."""
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    used: list[dict[int, Expression]] = field(default_factory=list)
    part: list[dict[int, Expression]] = field(default_factory=list)
    count: list[dict[int, cp_model.IntVar]] = field(default_factory=list)
    rules: dict[Rule, cp_model.IntVar] = field(default_factory=dict)
    _costs: list[tuple[cp_model.IntVar, float, float]] = field(default_factory=list)
    _constant_usd: float = 0.0

    def __post_init__(self) -> None:
        self.position = {node.name: index for index, node in enumerate(self.nodes)}
        for index, (node, domain) in enumerate(zip(self.nodes, self.domains, strict=True)):
            if isinstance(node, DatasetNode):
                self._dataset(node, domain)
            elif node.folded:
                self._folded(node, domain)
            else:
                self._counted(index, node, domain)

    # -- for couplings

    def add(self, constraint: cp_model.Constraint, rule: Rule) -> None:
        """Make a posted constraint part of a rule; it binds always, or while explaining only with the rule."""
        if self.explaining:
            constraint.only_enforce_if(self._literal(rule))

    def close(self, name: str, region: int, rules: Sequence[Rule]) -> None:
        """While explaining: the rules together close a region to a node."""
        used = self.regions(name)[region]
        self.cp.add(used == 0).only_enforce_if([self._literal(rule) for rule in rules])

    def _literal(self, rule: Rule) -> cp_model.IntVar:
        if rule not in self.rules:
            self.rules[rule] = self.cp.new_bool_var(f"rule {rule.name} {rule.subjects}")
        return self.rules[rule]

    def instances(self, workload: str) -> Iterator[tuple[int, int, cp_model.IntVar]]:
        """(option, catalog row, count) of a workload whose instances are counted."""
        index = self.position[workload]
        node = self.nodes[index]
        assert isinstance(node, WorkloadNode)
        for option, count in self.count[index].items():
            yield option, int(node.options.rows[option]), count

    def options(self, workload: str) -> WorkloadNode:
        """The workload's node."""
        node = self.nodes[self.position[workload]]
        assert isinstance(node, WorkloadNode)
        return node

    def regions(self, name: str) -> dict[int, Expression]:
        """used[i, r] of a workload or dataset, by region."""
        return self.used[self.position[name]]

    # -- costs

    def charge(self, variable: Expression, usd: float, *, penalty_usd: float = 0.0) -> None:
        """Add usd x variable to the objective; `penalty_usd` of it is no money."""
        if isinstance(variable, cp_model.IntVar):
            if usd or penalty_usd:
                self._costs.append((variable, usd, penalty_usd))
        else:
            self._constant_usd += usd * int(str(variable))

    def minimise(self, budget_usd: float | None, rule: Rule | None) -> float:
        """Set the objective; returns how many of its units make a USD."""
        reach = sum(abs(usd) * _upper(variable) for variable, usd, _ in self._costs)
        scale = _LARGEST / max(reach, 1e-6)
        variables = [variable for variable, _, _ in self._costs]
        whole = [int(np.floor(usd * scale)) for _, usd, _ in self._costs]
        self.cp.minimize(cp_model.LinearExpr.weighted_sum(variables, whole))
        if budget_usd is not None and rule is not None:
            money = [int(np.floor((usd - penalty) * scale)) for _, usd, penalty in self._costs]
            ends = [factor * _upper(variable) for variable, factor in zip(variables, money, strict=True)]
            least, most = sum(end for end in ends if end < 0), sum(end for end in ends if end > 0)
            # The solver takes 64 bits: what is out of reach either way is said by the nearest that is.
            room = min(max(int(np.floor((budget_usd - self._constant_usd) * scale)), least - 1), most)
            self.add(self.cp.add(cp_model.LinearExpr.weighted_sum(variables, money) <= room), rule)
        return scale

    @property
    def constant_usd(self) -> float:
        """Costs that no choice changes."""
        return self._constant_usd

    # -- nodes

    def _dataset(self, node: DatasetNode, domain: Domain) -> None:
        if node.fixed:
            self._constant_usd += float(node.region_usd[domain].sum())
            here: dict[int, Expression] = {int(r): 1 for r in domain}
        else:
            here = {int(r): self.cp.new_bool_var(f"used[{node.name},{r}]") for r in domain}
            self.cp.add(cp_model.LinearExpr.sum(list(here.values())) == node.copies)
            for r, used in here.items():
                self.charge(used, float(node.region_usd[r]), penalty_usd=float(node.penalty_usd[r]))
        self._register(here, here, {})

    def _folded(self, node: WorkloadNode, domain: Domain) -> None:
        here: dict[int, Expression] = {int(r): self.cp.new_bool_var(f"used[{node.name},{r}]") for r in domain}
        self.cp.add_exactly_one(here.values())
        for r, used in here.items():
            arriving = node.arriving(self.problem.catalog.regions[r].id)
            penalty = sum(
                count * float(node.options.penalty_usd[option] + arriving * node.options.arrival_penalty_usd[option])
                for option, count in mix(node.options, r, node.workload, arriving=arriving)
            )
            self.charge(used, float(node.region_usd[r]), penalty_usd=penalty)
        self._register(here, here, {})

    def _counted(self, index: int, node: WorkloadNode, domain: Domain) -> None:
        workload, options, n = node.workload, node.options, node.workload.replicas
        used: dict[int, Expression] = {}
        part: dict[int, Expression] = {}
        counts: dict[int, cp_model.IntVar] = {}
        for r in map(int, domain):
            used[r] = here = self.cp.new_bool_var(f"used[{node.name},{r}]")
            mine = [int(o) for o in np.flatnonzero(options.region == r)]
            chosen: dict[int, list[cp_model.IntVar]] = {}
            for o in mine:
                unbounded = self.explaining or options.capacity[o] < 0  # while explaining, the rule of capacity says so
                most = n if unbounded else min(n, int(options.capacity[o]))
                pick = self.cp.new_bool_var(f"chosen[{node.name},{o}]")
                counts[o] = pick
                if n > 1:
                    counts[o] = self.cp.new_int_var(0, most, f"count[{node.name},{o}]")
                    self.cp.add(counts[o] <= most * pick)
                    self.cp.add(counts[o] >= pick)
                chosen.setdefault(int(options.kind[o]), []).append(pick)
            for picks in chosen.values():
                self.cp.add(cp_model.LinearExpr.sum(picks) <= here)
            bare = bool(self.bare) and r in self.bare[index]
            total = cp_model.LinearExpr.sum([counts[o] for o in mine])
            if node.scattered:
                replicas = self.cp.new_int_var(0, n, f"part[{node.name},{r}]")
                if not bare:
                    self.cp.add(total == replicas)
                self.cp.add(replicas <= n * here)
                self.cp.add(replicas >= here)
                part[r] = replicas
            else:
                if not bare:
                    self.cp.add(total == n * here)
                part[r] = here
            self._option_costs(node, r, mine, counts)
        if node.scattered:
            self.cp.add(cp_model.LinearExpr.sum(list(part.values())) == n)
        else:
            self.cp.add_exactly_one(used.values())
        limit = max_spot_replicas(workload)
        spot = [count for o, count in counts.items() if options.spot[o]]
        if spot and limit < n:
            self.add(self.cp.add(cp_model.LinearExpr.sum(spot) <= limit), spot_rule(workload))
        self._register(used, part, counts)

    def _option_costs(
        self, node: WorkloadNode, region: int, mine: Iterable[int], counts: dict[int, cp_model.IntVar]
    ) -> None:
        workload, options = node.workload, node.options
        region_id = self.problem.catalog.regions[region].id
        held = held_now(workload).get(region_id, 0)
        arriving = node.arriving(region_id)
        stays: list[cp_model.IntVar] = []
        for o in mine:
            usd, arrival = float(options.usd[o]), float(options.arrival_usd[o])
            standing, penalty = float(options.penalty_usd[o]), float(options.arrival_penalty_usd[o])
            if not arriving:
                self.charge(counts[o], usd, penalty_usd=standing)
                continue
            self.charge(counts[o], usd + arrival, penalty_usd=standing + penalty)
            if held and arrival:
                stay = self.cp.new_int_var(0, held, f"stay[{node.name},{o}]")
                self.cp.add(stay <= counts[o])
                self.charge(stay, -arrival, penalty_usd=-penalty)
                stays.append(stay)
        if stays:
            self.cp.add(cp_model.LinearExpr.sum(stays) <= held)

    def _register(
        self, used: dict[int, Expression], part: dict[int, Expression], counts: dict[int, cp_model.IntVar]
    ) -> None:
        self.used.append(used)
        self.part.append(part)
        self.count.append(counts)


def spot_rule(workload: Workload) -> Rule:
    """That no more replicas lie on spot than its fraction allows."""
    reason = f"at most {max_spot_replicas(workload)} of {workload.replicas} replicas on spot"
    return Rule(SPOT_FRACTION, (workload.name,), reason)


def _upper(variable: cp_model.IntVar) -> int:
    return int(variable.proto.domain[1])
