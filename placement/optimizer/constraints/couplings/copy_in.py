"""A policy wants a copy of a dataset in some places:  sum over regions r there of used[d, r] >= 1."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from placement.domain.decision import Placement
from placement.domain.fleet import Dataset
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.constraints.policies import policy_rule
from placement.optimizer.model import PlacementModel
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule

if TYPE_CHECKING:
    from placement.residency.admissible import PolicyMask


class CopyIn(Coupling):
    """require_copy_in, of each policy and dataset."""

    name = "copy_in"

    def active(self, problem: Problem) -> bool:
        """Some policy wants a copy somewhere."""
        return any(True for _ in _wanted(problem))

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """None: each is judged by itself."""
        return ()

    def post(self, model: PlacementModel) -> None:
        """One row a policy and dataset."""
        for dataset, wanted in _wanted(model.problem):
            inside = [used for r, used in model.regions(dataset.name).items() if wanted.mask[r]]
            rule = Rule(policy_rule(wanted), (dataset.name,), wanted.words)
            model.add(model.cp.add(cp_model.LinearExpr.sum(inside) >= 1), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Looks for a copy."""
        for dataset, wanted in _wanted(problem):
            if not any(wanted.mask[problem.region(region)] for region in placement.datasets[dataset.name]):
                yield f"{dataset.name} has no copy there: {wanted.words}"


def _wanted(problem: Problem) -> Iterator[tuple[Dataset, "PolicyMask"]]:
    if problem.residency is not None:
        for dataset in problem.fleet.datasets:
            for wanted in problem.residency.copies(dataset.name):
                yield dataset, wanted
