"""What a coupling is."""

from collections.abc import Iterable, Sequence
from math import lcm

from ortools.sat.python import cp_model

from placement.domain.decision import Placement
from placement.domain.money import exact
from placement.optimizer.model import PlacementModel
from placement.optimizer.nodes import Node
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Row, Shares


class Coupling:
    """A rule that ties several workloads, or the replicas of one, together.

    It is said twice, to the solver and as a check of a placement; tests hold both equal. A rule that is linear in the
    counts gives `rows`, and nothing else is needed; others override `post`. Rows also price the rule where the
    problem is too large for CP-SAT (see `lagrange`), so a rule that merely implies rows is bounded better with them.
    """

    name: str

    def active(self, problem: Problem) -> bool:
        """Whether the fleet asks for this rule at all."""
        raise NotImplementedError

    def binds(self, problem: Problem, nodes: Sequence[Node]) -> bool:
        """Whether the rule asks anything of these nodes; where unsure, yes."""
        return self.active(problem)

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """Names that an active rule ties together; a rule that says nothing of it ties the whole fleet."""
        yield (*problem.workloads, *problem.datasets)

    def rows(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Row]:
        """Linear rows over the options of counted and scattered workloads."""
        return ()

    def shares(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Shares]:
        """Rows whose limit is a fraction of what all of them add up to."""
        return ()

    def post(self, model: PlacementModel) -> None:
        """The rows, exact in the decimals as written."""
        for row in self.rows(model.problem, model.nodes):
            post_row(model, row)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """What a placement breaks, in words, without any solver."""
        raise NotImplementedError


def post_row(model: PlacementModel, row: Row) -> None:
    """sum each x count <= limit, with whole coefficients: all decimals times their common denominator."""
    terms = [
        (model.count[use.node][int(option)], exact(float(each)))
        for use in row.uses
        for option, each in zip(use.options, use.each, strict=True)
        if int(option) in model.count[use.node]
    ]
    if not terms:
        return
    limit = exact(row.limit)
    scale = lcm(limit.denominator, *(each.denominator for _, each in terms))
    total = cp_model.LinearExpr.weighted_sum([count for count, _ in terms], [int(each * scale) for _, each in terms])
    model.add(model.cp.add(total <= int(limit * scale)), row.rule)
