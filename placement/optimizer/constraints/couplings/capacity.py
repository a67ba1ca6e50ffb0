"""No more instances than can be had:  sum over w of count[w, o]  <=  capacity[o], for offerings with a stated count."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from placement.domain.decision import Placement
from placement.domain.offering import Offering
from placement.market.catalog import NO_LIMIT
from placement.market.shortlist import Screened
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.likeness import likeness
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Row, Rule, Uses


class Capacity(Coupling):
    """On-premises machines and reserved instances."""

    name = "capacity"

    def active(self, problem: Problem) -> bool:
        """Any offering states a count."""
        return bool(np.any(problem.catalog.offerings.capacity != NO_LIMIT))

    def binds(self, problem: Problem, nodes: Sequence[Node]) -> bool:
        """Any option states a count."""
        return any(isinstance(node, WorkloadNode) and (node.options.capacity != NO_LIMIT).any() for node in nodes)

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """All who could use an offering with a stated count."""
        limited = np.flatnonzero(problem.catalog.offerings.capacity != NO_LIMIT)
        known: dict[Hashable, bool] = {}
        users: list[str] = []
        for workload in problem.fleet.workloads:
            like = likeness(problem, workload)
            if like not in known:
                screened = Screened(workload, problem.catalog, screens_of(problem, workload), problem.as_of)
                known[like] = bool(screened.admissible()[limited].any())
            if known[like]:
                users.append(workload.name)
        return (users,)

    def rows(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Row]:
        """One row an offering that any workload could use."""
        users: dict[int, list[Uses]] = defaultdict(list)
        for index, node in enumerate(nodes):
            if isinstance(node, WorkloadNode):
                for option in np.flatnonzero(node.options.capacity != NO_LIMIT):
                    use = Uses(index, np.array([option], np.intp), np.ones(1))
                    users[int(node.options.rows[option])].append(use)
        for row, uses in sorted(users.items()):
            offering = problem.catalog.offering(row)
            yield Row(Rule(self.name, (_name(offering),), _words(offering)), uses, float(offering.capacity or 0))

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
