"""The baseline: where a fleet would lie without this service, frozen when it was first decided.

Everything on demand, each workload where it lay before, the others in the one region where the fleet then cost least. A
workload that came later, or whose needs changed, is frozen when that was first decided. Where there is no such
placement, the places that were decided are the baseline, and nothing is saved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from placement.domain.decision import Assignment, Placement
from placement.domain.offering import Offering
from placement.optimizer.baselines import home_placement
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads

_NEEDS = ("resources", "overhead", "instance_types", "isolation", "places", "classification")
"""Members of a workload's document that its offering was chosen by."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where one workload would lie."""

    needs: tuple[Any, ...]
    offering: Offering
    decision: str
    """That froze it."""
    since: datetime


@dataclass(frozen=True, eq=False)
class Homes:
    """The homes of one fleet, as of one of its decisions."""

    of: Mapping[str, Home] = field(default_factory=dict)
    """By workload."""
    datasets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    """Workloads whose home is where they were decided to be, for want of another."""

    def learnt(
        self,
        decision: str,
        at: datetime,
        document: Mapping[str, Any],
        asked: Callable[[], tuple[Problem, Placement]],
    ) -> "Homes":
        """With what is new in the next decision; `document` is its fleet's, `asked` gives it on its whole market."""
        needs = {workload["name"]: _needs(workload) for workload in document["workloads"]}
        new = [name for name, asks in needs.items() if name not in self.of or self.of[name].needs != asks]
        if not new and all(dataset["name"] in self.datasets for dataset in document.get("datasets", ())):
            return self
        problem, decided = asked()
        home = home_placement(problem, decided)
        without = self.without if home else (*self.without, *(name for name in new if name not in self.without))
        home = home or decided
        homes = {}
        for name in new:
            largest = max(home.assignments[name], key=lambda part: part.replicas)
            homes[name] = Home(needs[name], largest.offering, decision, at)
        return Homes({**self.of, **homes}, {**home.datasets, **self.datasets}, without)

    def placement(self, problem: Problem) -> Placement:
        """The fleet of today at home; raises KeyError where the market no longer has a region of it."""
        assigned = {
            workload.name: (Assignment(self.of[workload.name].offering, workload.replicas),)
            for workload in problem.fleet.workloads
        }
        # What may not be moved lies where its document says.
        datasets = {
            dataset.name: self.datasets[dataset.name] if dataset.movable else dataset.at
            for dataset in problem.fleet.datasets
        }
        return replace(Placement(assigned, datasets), reads=nearest_reads(problem, assigned, datasets))


def _needs(workload: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(workload.get(name) for name in _NEEDS)
