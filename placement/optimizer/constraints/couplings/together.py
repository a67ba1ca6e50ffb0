"""Workloads that lie together, and workloads that lie apart, by region or by provider.

affinity         the same regions (or providers) hold replicas of all of them:  used[v, p] = used[w, p]
anti-affinity    no region (or provider) holds replicas of two of them:  used[v, p] + used[w, p] <= 1
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise

from placement.domain.decision import Placement
from placement.domain.fleet import Together
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.model import Expression, PlacementModel
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule


class Affinity(Coupling):
    """Same regions or providers."""

    name = "affinity"

    def active(self, problem: Problem) -> bool:
        """Any group is named."""
        return bool(problem.fleet.affinity)

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """Each group."""
        return [together.workloads for together in problem.fleet.affinity]

    def post(self, model: PlacementModel) -> None:
        """Equality along the group."""
        for together in model.problem.fleet.affinity:
            rule = Rule(self.name, together.workloads, f"in the same {together.by}")
            for first, second in pairwise(together.workloads):
                here, there = _presence(model, first, together), _presence(model, second, together)
                for place in sorted({*here, *there}):
                    model.add(model.cp.add(here.get(place, 0) == there.get(place, 0)), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Compares the sets of places."""
        for together in problem.fleet.affinity:
            sets = [_places(placement, name, together) for name in together.workloads]
            if any(a != b for a, b in pairwise(sets)):
                yield f"{_names(together.workloads)} are not in the same {together.by}"


class AntiAffinity(Coupling):
    """No common region or provider."""

    name = "anti_affinity"

    def active(self, problem: Problem) -> bool:
        """Any group is named."""
        return bool(problem.fleet.anti_affinity)

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """Each group."""
        return [together.workloads for together in problem.fleet.anti_affinity]

    def post(self, model: PlacementModel) -> None:
        """Pairwise exclusion."""
        for together in model.problem.fleet.anti_affinity:
            rule = Rule(self.name, together.workloads, f"never in the same {together.by}")
            for first, second in combinations(together.workloads, 2):
                here, there = _presence(model, first, together), _presence(model, second, together)
                for place in sorted(here.keys() & there.keys()):
                    model.add(model.cp.add(here[place] + there[place] <= 1), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Intersects the sets of places."""
        for together in problem.fleet.anti_affinity:
            for first, second in combinations(together.workloads, 2):
                common = _places(placement, first, together) & _places(placement, second, together)
                if common:
                    yield f"{first} and {second} are both in {', '.join(sorted(common))}"


def _presence(model: PlacementModel, workload: str, together: Together) -> Mapping[str, Expression]:
    """By region or provider: 1 if the workload has replicas there."""
    regions = model.problem.catalog.regions
    used = model.regions(workload)
    if together.by == "region":
        return {regions[r].id: here for r, here in used.items()}
    by_provider: dict[str, list[Expression]] = {}
    for r, here in used.items():
        by_provider.setdefault(regions[r].provider, []).append(here)
    present: dict[str, Expression] = {}
    for provider, inside in by_provider.items():
        present[provider] = somewhere = model.cp.new_bool_var(f"at[{workload},{provider}]")
        model.cp.add_max_equality(somewhere, inside)
    return present


def _places(placement: Placement, workload: str, together: Together) -> set[str]:
    parts = [part.offering.region for part in placement.assignments[workload]]
    return {region.id if together.by == "region" else region.provider for region in parts}


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)
