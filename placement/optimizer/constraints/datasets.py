"""A copy of a dataset lies where its `places` and the policies admit it; one that cannot be moved, where it is."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Dataset
from placement.optimizer.constraints.policies import policy_rule
from placement.optimizer.constraints.screens.places import admitted_regions, asks_of, refuses_region
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule


def admitted_to_data(problem: Problem, dataset: Dataset) -> NDArray[np.bool_]:
    """Shape (R,): regions that may hold a copy."""
    admitted = np.ones(len(problem.catalog.regions), np.bool_)
    for _, mask in rules_of_data(problem, dataset):
        admitted &= mask
    return admitted


def rules_of_data(problem: Problem, dataset: Dataset) -> Iterator[tuple[Rule, NDArray[np.bool_]]]:
    """Each rule that refuses regions, with the mask of those that it admits, shape (R,)."""
    if dataset.movable:
        by_places = admitted_regions(dataset.places, problem.catalog, problem.as_of)
        if by_places is not None:
            yield Rule("places", (dataset.name,), asks_of(dataset.places)), by_places
    if problem.residency is not None:
        for rule in problem.residency.rules(dataset.name):
            yield Rule(policy_rule(rule), (dataset.name,), rule.words), rule.mask


def refuses_copy(problem: Problem, dataset: Dataset, index: int) -> str | None:
    """The reason why a region may not hold a copy, or None."""
    if dataset.movable and (reason := refuses_region(dataset.places, problem.catalog.regions[index], problem.as_of)):
        return f"places: {dataset.name}: {reason}"
    if problem.residency is not None and (reasons := problem.residency.reasons(dataset.name, index)):
        return f"residency: {dataset.name}: {reasons[0]}"
    return None
