"""No more instances than can be had:  sum over w of count[w, o]  <=  capacity[o], for offerings with a stated count."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from placement.domain.decision import Placement
from placement.domain.offering import Offering
from placement.market.catalog import NO_LIMIT
from placement.optimizer.constraints.couplings.linear import at_most
from placement.optimizer.model import PlacementModel, Rule
from placement.optimizer.problem import Problem


class Capacity:
    """On-premises machines and reserved instances."""

    name = "capacity"

    def active(self, problem: Problem) -> bool:
        """Any offering states a count."""
        return bool(np.any(problem.catalog.offerings.capacity != NO_LIMIT))

    def post(self, model: PlacementModel) -> None:
        """One linear row an offering that any workload could use."""
        users = defaultdict(list)
        for workload in model.problem.fleet.workloads:
            for _, row, count in model.instances(workload.name):
                users[row].append((count, 1.0))
        for row, terms in sorted(users.items()):
            offering = model.problem.catalog.offering(row)
            if offering.capacity is not None:
                at_most(model, terms, offering.capacity, Rule(self.name, (_name(offering),), _words(offering)))

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Counts the replicas on each offering."""
        used: Counter[str] = Counter()
        limited: dict[str, Offering] = {}
        for parts in placement.assignments.values():
            for part in parts:
                if part.offering.capacity is not None:
                    used[_name(part.offering)] += part.replicas
                    limited[_name(part.offering)] = part.offering
        for name, count in used.items():
            if count > (limited[name].capacity or 0):
                yield f"{count} instances used: {_words(limited[name])}"


def _name(offering: Offering) -> str:
    zone = f"/{offering.zone}" if offering.zone else ""
    return f"{offering.region.id}{zone} {offering.instance_type.name} {offering.capacity_type}"


def _words(offering: Offering) -> str:
    return f"at most {offering.capacity} instances of {_name(offering)} can be had"
