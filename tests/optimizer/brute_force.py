"""The cheapest placement by trying them all: no solver, and no bounds but the price of what is placed so far.

Workloads are placed one after the other. A partial placement is given up once it alone breaks a rule, or costs
more than the best whole one: more replicas and more traffic never make capacity, quotas, reach or the bill any better.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import inf, prod

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import INTERNET, Limits, Together, Workload
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.policies import screens_of
from placement.optimizer.costs import COST_TERMS, PENALTIES
from placement.optimizer.price import price
from placement.optimizer.problem import Problem, may_scatter
from placement.optimizer.violations import violations

Parts = tuple[Assignment, ...]

ROUNDING_MICRO_USD = 100
"""What rounding its lines could at most make of a bill."""


@dataclass(frozen=True, slots=True)
class Best:
    """The cheapest placement and its objective in micro-USD."""

    placement: Placement
    objective: int


def cheapest(problem: Problem) -> Best | None:
    """The best placement, or None if none is lawful."""
    return _Search(problem).run()


def number_of_choices(problem: Problem) -> int:
    """How many whole placements there are to try, before the copies that are read."""
    places = [sum(1 for _ in placements_of(problem, w)) for w in problem.fleet.workloads]
    copies = [sum(1 for _ in _copies(problem, d.name)) for d in problem.fleet.datasets]
    return prod(places) * prod(copies)


def placements_of(problem: Problem, workload: Workload) -> Iterator[Parts]:
    """Every way to place one workload that the screens and its own spot fraction allow."""
    market = [problem.catalog.offering(row) for row in range(len(problem.catalog.offerings))]
    screens = screens_of(problem, workload)
    usable = [o for o in market if all(s.rejects(workload, o, problem.as_of) is None for s in screens)]
    for size in range(1, workload.replicas + 1):
        for options in combinations(usable, size):
            regions = {o.region.id for o in options}
            if len({(o.region.id, o.capacity_type) for o in options}) < size:
                continue
            if len(regions) > 1 and not may_scatter(workload):
                continue
            for counts in _compositions(workload.replicas, size):
                parts = tuple(Assignment(o, n) for o, n in zip(options, counts, strict=True))
                spot = sum(p.replicas for p in parts if p.offering.capacity_type is CapacityType.SPOT)
                if spot <= workload.capacity.max_spot_fraction * workload.replicas + 1e-9:
                    yield parts


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to place a workload, with what it owes whatever the others do, in micro-USD."""

    parts: Parts
    bill: int
    penalties: int

    @property
    def objective(self) -> int:
        return self.bill + self.penalties


class _Search:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.best: Best | None = None
        budget = problem.fleet.limits.budget_usd_per_month
        self.budget = inf if budget is None else budget * 1e6
        workloads = problem.fleet.workloads
        self.stages = [_stage(problem, workloads[: k + 1]) for k in range(len(workloads))]
        self.choices = [sorted(_lawful(problem, workload), key=lambda c: c.objective) for workload in workloads]
        self.least = [min((c.objective for c in choices), default=0) for choices in self.choices]
        self.least_bill = [min((c.bill for c in choices), default=0) for choices in self.choices]

    def run(self) -> Best | None:
        if all(self.choices):
            self._place(0, {}, 0)
        return self.best

    def _place(self, index: int, placed: dict[str, Parts], spent: int) -> None:
        if index == len(self.choices):
            self._lay_datasets(placed)
            return
        name, stage = self.problem.fleet.workloads[index].name, self.stages[index]
        rest, rest_bill = sum(self.least[index + 1 :]), sum(self.least_bill[index + 1 :])
        for choice in self.choices[index]:
            if self._too_dear(spent + choice.objective + rest):
                break
            further = {**placed, name: choice.parts}
            partial = Placement(further)
            if index and violations(stage, partial):
                continue
            priced = price(stage, partial)
            if priced.bill.total + rest_bill - ROUNDING_MICRO_USD > self.budget:
                continue
            if not self._too_dear(priced.objective + rest):
                self._place(index + 1, further, spent + choice.objective)

    def _too_dear(self, micro_usd: int) -> bool:
        return self.best is not None and micro_usd - ROUNDING_MICRO_USD >= self.best.objective

    def _lay_datasets(self, placed: dict[str, Parts]) -> None:
        for copies in product(*(list(_copies(self.problem, name)) for name in self.problem.datasets)):
            lying = dict(zip(self.problem.datasets, copies, strict=True))
            for reads in _reads(self.problem, placed, lying):
                self._offer(Placement(placed, lying, reads))

    def _offer(self, placement: Placement) -> None:
        try:
            objective = price(self.problem, placement).objective
        except (LookupError, OverflowError):
            return
        better = self.best is None or objective < self.best.objective
        if better and not violations(self.problem, placement):
            self.best = Best(placement, objective)


def _stage(problem: Problem, workloads: Sequence[Workload]) -> Problem:
    """Some of the workloads, the flows and groups among them, and no rule that another workload could still mend."""
    names = {workload.name for workload in workloads}

    def among(groups: tuple[Together, ...]) -> tuple[Together, ...]:
        return tuple(group for group in groups if names.issuperset(group.workloads))

    fleet = problem.fleet
    part = replace(
        fleet,
        workloads=tuple(workloads),
        datasets=(),
        flows=tuple(flow for flow in fleet.flows if {flow.src, flow.dst} <= names | {INTERNET}),
        affinity=among(fleet.affinity),
        anti_affinity=among(fleet.anti_affinity),
        limits=Limits(quotas=fleet.limits.quotas, migration=fleet.limits.migration),
    )
    staged = replace(problem, fleet=part)
    _share_market(problem, staged)
    return staged


def _share_market(problem: Problem, part: Problem) -> None:
    """Tariffs and round trips are those of the catalog: no need to look them up again."""
    part.__dict__.update(egress=problem.egress, rtt_ms=problem.rtt_ms)


def _lawful(problem: Problem, workload: Workload) -> Iterator[_Choice]:
    """The choices that break no rule and need no tariff that is missing, were the workload alone."""
    stage = _stage(problem, [workload])
    alone = replace(problem, fleet=replace(problem.fleet, workloads=(workload,)))
    _share_market(problem, alone)
    for parts in placements_of(problem, workload):
        if violations(stage, Placement({workload.name: parts})):
            continue
        placement = Placement({workload.name: parts}, dict.fromkeys(problem.datasets, ()))
        try:
            bill, penalties = (
                sum(line.amount for term in terms if term.name != "egress" for line in term.lines(alone, placement))
                for terms in (COST_TERMS, PENALTIES)
            )
        except OverflowError:  # no tariff carries its state or its reloads there
            continue
        yield _Choice(parts, bill, penalties)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _copies(problem: Problem, name: str) -> Iterator[tuple[str, ...]]:
    dataset = problem.datasets[name]
    if not dataset.movable:
        yield dataset.at
    else:
        yield from combinations([region.id for region in problem.catalog.regions], dataset.copies)


def _reads(
    problem: Problem, placed: dict[str, Parts], lying: dict[str, tuple[str, ...]]
) -> Iterator[dict[tuple[int, str], str]]:
    keys: list[tuple[int, str]] = []
    options: list[tuple[str, ...]] = []
    for index, flow in enumerate(problem.fleet.flows):
        if len(lying.get(flow.src, ())) < 2:
            continue
        if flow.dst == INTERNET:
            readers: list[str] = [INTERNET]
        elif flow.dst in lying:
            readers = list(lying[flow.dst])
        else:
            readers = sorted({p.offering.region.id for p in placed[flow.dst]})
        for reader in readers:
            keys.append((index, reader))
            options.append(lying[flow.src])
    for choice in product(*options):
        yield dict(zip(keys, choice, strict=True))
