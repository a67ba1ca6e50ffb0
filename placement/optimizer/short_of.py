"""A minimal set of rules that leave a fleet short of machines, quotas or spot, in words and with what is missing."""

import time
from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace

from placement.domain.decision import Conflict
from placement.domain.fleet import CapacityRequest, Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.shortlist import Screened
from placement.optimizer.constraints.couplings import COUPLINGS, Coupling
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.constraints.screens.capacity_types import CapacityTypes
from placement.optimizer.likeness import likeness
from placement.optimizer.nodes import Node
from placement.optimizer.problem import Problem
from placement.optimizer.shortage import Shortage

_EACH_S = 1.0
"""For whole workloads under one set of rules: mostly it takes milliseconds."""
_OF_WORKLOADS = ("places", "policy", "max_spot_fraction")


def short_of(problem: Problem, nodes: Sequence[Node], seconds: float) -> tuple[Conflict, ...]:
    """Rules that leave too little; empty if none do, or none were found in the time.

    Without any one of them there is enough, as far as these rules go.
    """
    shortage, deadline = Shortage.of(problem, nodes), time.monotonic() + seconds
    if not shortage.rows and all(group.spot_rule is None for group in shortage.groups):
        return ()
    core = _least(shortage, deadline)
    return () if core is None else (*_told(shortage, core), *_spot_alone(problem, shortage, core))


def is_short(problem: Problem, nodes: Sequence[Node]) -> bool:
    """Whether more is asked for than there is, even if workloads were divisible: a proof that no placement exists."""
    if not any(coupling.binds(problem, nodes) for coupling in COUPLINGS if type(coupling).post is Coupling.post):
        return False
    shortage = Shortage.of(problem, nodes)
    return shortage.missing(range(len(shortage.rules)))[0] > 0


def _least(shortage: Shortage, deadline: float) -> list[int] | None:
    everything = range(len(shortage.rules))
    missing, core = shortage.missing(everything)
    if not missing:
        if not shortage.impossible(everything, min(_EACH_S, deadline - time.monotonic())):
            return None
        core = list(everything)
    index = 0
    while index < len(core):
        rest = core[:index] + core[index + 1 :]
        missing, needed = shortage.missing(rest)
        if missing:
            # A proof that needs less still needs what was found necessary before.
            core = [rule for rule in rest if rule in needed or rule in core[:index]]
        elif time.monotonic() < deadline and shortage.impossible(rest, min(_EACH_S, deadline - time.monotonic())):
            core = rest
        else:
            index += 1
    return core


def _spot_alone(problem: Problem, shortage: Shortage, core: Collection[int]) -> Sequence[Conflict]:
    """That workloads may use nothing but spot, where that is a part of the reason."""
    known: dict[Hashable, bool] = {}

    def chose_spot(workload: Workload) -> bool:
        """Whether it could have something else, if it asked for it."""
        if workload.capacity.types != (CapacityType.SPOT,):
            return False
        like = likeness(problem, workload)
        if like not in known:
            asked = replace(workload, capacity=CapacityRequest(CAPACITY_TYPES))
            screened = Screened(asked, problem.catalog, screens_of(problem, asked), problem.as_of)
            kinds = problem.catalog.offerings.capacity_type[screened.admissible()]
            known[like] = bool((kinds != CAPACITY_TYPES.index(CapacityType.SPOT)).any())
        return known[like]

    names = tuple(name for name in shortage.spot_alone(core) if chose_spot(problem.workloads[name]))
    return [Conflict(CapacityTypes.name, names, f"only {CapacityType.SPOT}")] if names else []


def _told(shortage: Shortage, core: Collection[int]) -> Sequence[Conflict]:
    missing, _ = shortage.missing(core)
    asked = shortage.demand(core)
    found = f"of {asked:,.6g} vCPUs that are asked for {asked - missing:,.6g} can be had, short of {missing:,.6g}"
    if not missing:
        found = f"the {asked:,.6g} vCPUs that are asked for would fit only if workloads could be divided"
    conflicts = []
    for number in sorted(core, key=lambda rule: shortage.rules[rule].name.startswith(_OF_WORKLOADS)):
        rule = shortage.rules[number]
        subjects = rule.subjects
        if rule.name.startswith(_OF_WORKLOADS):
            subjects = shortage.subjects(number, core) or subjects
        conflicts.append(Conflict(rule.name, subjects, rule.reason))
    first = conflicts[0]
    return [Conflict(first.rule, first.subjects, f"{first.reason}; {found}"), *conflicts[1:]]
