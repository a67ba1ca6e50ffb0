"""Spot share of a group:  sum of requested vCPUs on spot  <=  max_fraction x requested vCPUs of the group."""

from collections.abc import Iterable, Sequence

import numpy as np

from placement.domain.decision import Placement
from placement.domain.fleet import SpotShare
from placement.domain.money import exact
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Row, Rule, Uses


class SpotShares(Coupling):
    """Groups of workloads that must not all hang on spot."""

    name = "spot_share"

    def active(self, problem: Problem) -> bool:
        """Any group is named."""
        return bool(problem.fleet.limits.spot_share)

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """Each group."""
        return [share.workloads for share in problem.fleet.limits.spot_share]

    def rows(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Row]:
        """One row a group."""
        for share in problem.fleet.limits.spot_share:
            uses, group = [], frozenset(share.workloads)
            for index, node in enumerate(nodes):
                if isinstance(node, WorkloadNode) and node.name in group:
                    options = np.flatnonzero(node.options.spot)
                    uses.append(Uses(index, options, np.full(len(options), node.workload.resources.vcpus)))
            yield Row(Rule(self.name, share.workloads, _words(share)), uses, _limit(problem, share))

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Adds up requests on spot."""
        for share in problem.fleet.limits.spot_share:
            on_spot = sum(
                part.replicas * exact(problem.workloads[name].resources.vcpus)
                for name in share.workloads
                for part in placement.assignments[name]
                if part.offering.capacity_type is CapacityType.SPOT
            )
            if on_spot > exact(_limit(problem, share)):
                yield f"{', '.join(share.workloads)}: {float(on_spot):g} requested vCPUs on spot: {_words(share)}"


def _limit(problem: Problem, share: SpotShare) -> float:
    total = sum(
        exact(problem.workloads[name].resources.vcpus) * problem.workloads[name].replicas for name in share.workloads
    )
    return float(exact(share.max_fraction) * total)


def _words(share: SpotShare) -> str:
    return f"at most {share.max_fraction:.0%} of the group's requested vCPUs on spot"
