"""Quotas:  sum of instance vCPUs x count[w, o] over the options of a region (and capacity type)  <=  vcpus."""

from collections.abc import Iterable, Sequence

import numpy as np

from placement.domain.decision import Placement
from placement.domain.fleet import Quota
from placement.domain.offering import CAPACITY_TYPES
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Row, Rule, Uses


class Quotas(Coupling):
    """vCPUs of the instances in one region."""

    name = "quotas"

    def active(self, problem: Problem) -> bool:
        """Any quota is named."""
        return bool(problem.fleet.limits.quotas)

    def rows(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Row]:
        """One row a quota."""
        for quota in problem.fleet.limits.quotas:
            region = problem.catalog.region_index.get(quota.region)
            uses = []
            for index, node in enumerate(nodes):
                if isinstance(node, WorkloadNode):
                    inside = node.options.region == region
                    if quota.capacity_type is not None:
                        inside &= node.options.kind == CAPACITY_TYPES.index(quota.capacity_type)
                    options = np.flatnonzero(inside)
                    uses.append(Uses(index, options, node.options.vcpus[options]))
            yield Row(Rule(self.name, (quota.region,), _words(quota)), uses, quota.vcpus)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Adds up the instances' vCPUs."""
        for quota in problem.fleet.limits.quotas:
            used = sum(
                part.replicas * part.offering.instance_type.vcpus
                for parts in placement.assignments.values()
                for part in parts
                if part.offering.region.id == quota.region
                and quota.capacity_type in (None, part.offering.capacity_type)
            )
            if used > quota.vcpus + 1e-9:
                yield f"{used:g} vCPUs used: {_words(quota)}"


def _words(quota: Quota) -> str:
    kind = f"{quota.capacity_type} " if quota.capacity_type else ""
    return f"at most {quota.vcpus:g} {kind}vCPUs in {quota.region}"
