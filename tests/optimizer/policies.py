"""Problems under policies, which a test may take away again."""

from collections.abc import Container
from dataclasses import replace
from random import Random

from placement.domain.policy import Dimension, Effect, Policy, PolicySet, Selector
from placement.optimizer.problem import Problem
from placement.residency.admissible import Admissible
from placement.residency.evaluation import Evaluation
from tests.residency.random_policies import classified, random_policies

_SETS: dict[int, tuple[Admissible, PolicySet]] = {}
"""By the identity of what was compiled, which is kept so that no other takes it."""


def under(problem: Problem, policies: PolicySet) -> Problem:
    """The problem, its fleet judged by these policies."""
    compiled = Evaluation(policies, problem.catalog.regions, problem.as_of).compiled(problem.fleet)
    _SETS[id(compiled)] = compiled, policies
    return replace(problem, residency=compiled)


def without_policies(problem: Problem, names: Container[str]) -> Problem:
    """The problem without the policies of these ids."""
    if problem.residency is None:
        return problem
    policies = _SETS[id(problem.residency)][1]
    kept = tuple(policy for policy in policies.policies if policy.id not in names)
    return under(problem, replace(policies, policies=kept))


def under_random_policies(draw: Random, problem: Problem) -> Problem:
    """The problem, its fleet with classes and policies at random."""
    demand = classified(draw, problem.fleet)
    policies = random_policies(draw, demand, most=5, as_of=problem.as_of)
    if demand.datasets and draw.random() < 0.3:
        # Among all the others it would seldom be about a dataset and a place that there is.
        place = draw.choice(problem.catalog.regions).country
        names = Selector(names=(draw.choice(demand.datasets).name,))
        copy = Policy("copy", 1, Effect.REQUIRE_COPY_IN, names, ((Dimension.PLACE, (place,)),))
        policies = replace(policies, policies=(*policies.policies, copy))
    return under(replace(problem, fleet=demand), policies)
