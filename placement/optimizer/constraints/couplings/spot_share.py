"""Spot share of a group:  sum of requested vCPUs on spot  <=  max_fraction x requested vCPUs of the group."""

from collections.abc import Iterable

from placement.domain.decision import Placement
from placement.domain.fleet import SpotShare
from placement.domain.money import exact
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.couplings.linear import at_most
from placement.optimizer.model import PlacementModel, Rule, requested_vcpus
from placement.optimizer.problem import Problem


class SpotShares:
    """Groups of workloads that must not all hang on spot."""

    name = "spot_share"

    def active(self, problem: Problem) -> bool:
        """Any group is named."""
        return bool(problem.fleet.limits.spot_share)

    def post(self, model: PlacementModel) -> None:
        """One linear row a group."""
        for share in model.problem.fleet.limits.spot_share:
            terms = []
            for name in share.workloads:
                node = model.options(name)
                vcpus = node.workload.resources.vcpus
                terms += [(n, vcpus) for option, _, n in model.instances(name) if node.options.spot[option]]
            at_most(model, terms, _limit(model.problem, share), Rule(self.name, share.workloads, _words(share)))

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
    total = sum(exact(requested_vcpus(problem.workloads[name])) for name in share.workloads)
    return float(exact(share.max_fraction) * total)


def _words(share: SpotShare) -> str:
    return f"at most {share.max_fraction:.0%} of the group's requested vCPUs on spot"
