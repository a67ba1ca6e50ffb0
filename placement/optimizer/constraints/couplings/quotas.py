"""Quotas:  sum of instance vCPUs x count[w, o] over the options of a region (and capacity type)  <=  vcpus."""

from collections.abc import Iterable

from placement.domain.decision import Placement
from placement.domain.fleet import Quota
from placement.domain.offering import CAPACITY_TYPES
from placement.optimizer.constraints.couplings.linear import at_most
from placement.optimizer.model import PlacementModel, Rule
from placement.optimizer.problem import Problem


class Quotas:
    """vCPUs of the instances in one region."""

    name = "quotas"

    def active(self, problem: Problem) -> bool:
        """Any quota is named."""
        return bool(problem.fleet.limits.quotas)

    def post(self, model: PlacementModel) -> None:
        """One linear row a quota."""
        catalog = model.problem.catalog
        for quota in model.problem.fleet.limits.quotas:
            region = catalog.region_index.get(quota.region)
            terms = []
            for workload in model.problem.fleet.workloads:
                options = model.options(workload.name).options
                for option, _, count in model.instances(workload.name):
                    kind = CAPACITY_TYPES[options.kind[option]]
                    if options.region[option] == region and quota.capacity_type in (None, kind):
                        terms.append((count, float(options.vcpus[option])))
            at_most(model, terms, quota.vcpus, Rule(self.name, (quota.region,), _words(quota)))

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
