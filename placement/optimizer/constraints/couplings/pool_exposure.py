"""Exposure to one spot pool:  vCPUs in (instance type, region) on spot  <=  max_fraction x all vCPUs on spot."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from ortools.sat.python import cp_model

from placement.domain.decision import Placement
from placement.domain.money import exact
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.model import PlacementModel
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule, Shares, Uses


class PoolExposure(Coupling):
    """An instance type in a region is one failure domain: its spot instances are withdrawn together."""

    name = "pool_exposure"

    def active(self, problem: Problem) -> bool:
        """A largest fraction is named."""
        return problem.fleet.limits.pool_exposure_max_fraction is not None

    def shares(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Shares]:
        """Each pool is a part of all."""
        fraction = problem.fleet.limits.pool_exposure_max_fraction
        if fraction is None:
            return
        kinds, uses, pools = problem.catalog.offerings.instance_type, [], []
        for index, node in enumerate(nodes):
            if isinstance(node, WorkloadNode) and (spot := np.flatnonzero(node.options.spot)).size:
                uses.append(Uses(index, spot, node.options.vcpus[spot]))
                types = len(problem.catalog.types.name)
                pools.append(node.options.region[spot] * types + kinds[node.options.rows[spot]])
        if uses:
            part = np.unique(np.concatenate(pools), return_inverse=True)[1].astype(np.intp)
            ends = np.cumsum([len(pool) for pool in pools])[:-1]
            yield Shares(Rule(self.name, ("fleet",), _words(fraction)), uses, np.split(part, ends), fraction)

    def post(self, model: PlacementModel) -> None:
        """One linear row a pool."""
        fraction = model.problem.fleet.limits.pool_exposure_max_fraction
        if fraction is None:
            return
        columns = model.problem.catalog.offerings
        pools: dict[tuple[int, int], list[tuple[cp_model.IntVar, Fraction]]] = defaultdict(list)
        largest: dict[str, Fraction] = {}
        for workload in model.problem.fleet.workloads:
            options = model.options(workload.name).options
            for option, row, count in model.instances(workload.name):
                if options.spot[option]:
                    pool = (int(columns.region[row]), int(columns.instance_type[row]))
                    vcpus = exact(float(options.vcpus[option]))
                    pools[pool].append((count, vcpus))
                    largest[workload.name] = max(largest.get(workload.name, vcpus), vcpus)
        share = exact(fraction)
        every = [term for terms in pools.values() for term in terms]
        if not every:
            return
        scale = lcm(*(vcpus.denominator for _, vcpus in every))
        most = sum(int(vcpus * scale) * model.problem.workloads[name].replicas for name, vcpus in largest.items())
        total = model.cp.new_int_var(0, most, "spot vCPUs")
        model.cp.add(total == _row(every, scale))
        rule = Rule(self.name, ("fleet",), _words(fraction))
        for _, terms in sorted(pools.items()):
            model.add(model.cp.add(share.denominator * _row(terms, scale) <= share.numerator * total), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Adds up instances' vCPUs by pool."""
        fraction = problem.fleet.limits.pool_exposure_max_fraction
        if fraction is None:
            return
        pools: dict[str, Fraction] = defaultdict(Fraction)
        for parts in placement.assignments.values():
            for part in parts:
                if part.offering.capacity_type is CapacityType.SPOT:
                    name = f"{part.offering.instance_type.name} in {part.offering.region.id}"
                    pools[name] += part.replicas * exact(part.offering.instance_type.vcpus)
        limit = exact(fraction) * sum(pools.values())
        for name, vcpus in pools.items():
            if vcpus > limit:
                yield f"{float(vcpus):g} spot vCPUs on {name}: {_words(fraction)}"


def _row(terms: list[tuple[cp_model.IntVar, Fraction]], scale: int) -> cp_model.LinearExprT:
    return cp_model.LinearExpr.weighted_sum([n for n, _ in terms], [int(factor * scale) for _, factor in terms])


def _words(fraction: float) -> str:
    return f"at most {fraction:.0%} of the fleet's spot vCPUs on one instance type in one region"
