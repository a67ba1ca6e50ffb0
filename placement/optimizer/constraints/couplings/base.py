"""What a coupling is."""

from collections.abc import Iterable
from typing import Protocol

from placement.domain.decision import Placement
from placement.optimizer.model import PlacementModel
from placement.optimizer.problem import Problem


class Coupling(Protocol):
    """A rule that ties several workloads, or the replicas of one, together; said twice and tested equal."""

    name: str

    def active(self, problem: Problem) -> bool:
        """Whether the fleet asks for this rule at all."""

    def post(self, model: PlacementModel) -> None:
        """To the solver."""

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """What a placement breaks, in words, without any solver."""
