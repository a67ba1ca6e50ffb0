"""Prices on couplings: the coupled problem of a fleet is worked on until its gap closes or its share of the time is
over, while the search learns of each better bound and placement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.boxes import Answer, Bounds, Lies
from placement.optimizer.coupled.pricing import Better, Pricing, Until
from placement.optimizer.coupled.solving import close_couplings
from placement.optimizer.coupled_fleet import Consumption, CoupledFleet
from placement.optimizer.methods import Methods
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.relaxation import Relaxation, Relaxed
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_PASSES = 24
_SHARE = 5
"""Checking and pricing placements takes at most one in so many seconds."""


class _Watch:
    """Tells the search of what pricing finds; placements only as often as their checking is worth."""

    def __init__(self, search: Search, fleet: CoupledFleet, *, prove: bool = True) -> None:
        """Bounds are `prove`d unless they are those of a part of the problem."""
        self.search, self.fleet, self.proves = search, fleet, prove
        self.told = np.inf
        self.ready_at = 0.0

    def __call__(self, pricing: Pricing) -> None:
        if self.proves:
            self.search.prove(pricing.bound + self.fleet.fixed_usd)
        if monotonic() >= self.ready_at:
            self.tell(pricing)

    def tell(self, pricing: Pricing) -> None:
        """Offer the best solution if the search has not seen it."""
        if pricing.value >= self.told or pricing.labels is None or pricing.picked is None:
            return
        began, self.told = monotonic(), pricing.value
        self.search.offer(self.fleet.placement(pricing.labels, pricing.picked))
        self.ready_at = monotonic() + _SHARE * (monotonic() - began)


@dataclass(eq=False)
class Prices:
    """The couplings of a fleet on the regions that are left, and the best prices on them so far."""

    search: Search
    relaxation: Relaxation
    methods: Methods
    placed: Collection[int] = ()
    """Nodes whose spread is kept by the places that they are given."""

    def __post_init__(self) -> None:
        self.consumption = Consumption.of(self.relaxation.problem, self.relaxation.nodes, self.placed)
        self.pi = np.zeros(len(self.consumption.limit))
        self.chosen: list[set[int]] = [set() for _ in self.relaxation.nodes]
        """By node: the regions of all solutions on the way."""

    def work(self, lines: Sequence[Line], until_s: float, *, prove: bool = True) -> Relaxed:
        """Raise the bound and offer placements until the search has run for `until_s`; the best prices stay in the
        relaxation. Returns what that says then. Without `prove` the lines may lie above tariffs: only placements
        and prices count."""
        search, relaxation = self.search, self.relaxation
        fleet = CoupledFleet.of(relaxation, lines, self.consumption)
        self._choose(self.improve(fleet, until_s, prove=prove))
        fleet.put_into_relaxation(self.pi)
        found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
        if prove:
            search.prove(found.bound)
        return found

    def improve(self, fleet: CoupledFleet, until_s: float, *, prove: bool) -> Pricing:
        """The same on a fleet's coupled problem."""
        watch = _Watch(self.search, fleet, prove=prove)
        pricing = self.pricing(fleet, until_s, watch)

        def log(step: str) -> None:
            watch.tell(pricing)
            self.search.log(step)

        close_couplings(pricing, log, columns=self.methods.columns, cases=self.methods.cases and prove)
        self.pi = pricing.pi
        return pricing

    def boxes(self, relaxation: Relaxation, lines: Sequence[Line], until_s: float) -> Bounds:
        """Who bounds boxes of volumes at prices on the couplings, first at the best ones."""
        return _Boxes(self, CoupledFleet.of(relaxation, lines, self.consumption), until_s)

    def pricing(self, fleet: CoupledFleet, until_s: float, better: Better) -> Pricing:
        """From the best prices."""
        until = Until(self.search.settings.gap, monotonic() + until_s - self.search.seconds)
        relaxation = fleet.relaxation
        pricing = Pricing(fleet.coupled, until, seed=relaxation.seed, threads=relaxation.threads, better=better)
        pricing.pi = self.pi
        return pricing

    def _choose(self, pricing: Pricing) -> None:
        members, ends = pricing.coupled.oracle.components.members, pricing.coupled.oracle.components.ends
        for column in pricing.columns:
            nodes = members[ends[column.component] : ends[column.component + 1]]
            for node, label in zip(nodes, column.labels, strict=True):
                self.chosen[node].add(int(self.relaxation.domains[node][label]))


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Asks the core at the prices of the box around, and mends its solution."""

    prices: Prices
    fleet: CoupledFleet
    until_s: float

    def bound(self, lines: Sequence[Line], start: Answer | None, *, rest: bool) -> Answer:
        """With one call, which leaves no rest."""
        fleet, pricing = self._begun(lines, start)
        called, _ = pricing.evaluate(pricing.pi)
        pricing.mend(called.labels, called.picked)
        return self._answer(fleet, pricing, called.labels)

    def refine(self, lines: Sequence[Line], start: Answer) -> Answer:
        """With better prices."""
        fleet, pricing = self._begun(lines, start)
        close_couplings(pricing, lambda step: None, columns=self.prices.methods.columns, cases=False)
        assert pricing.last is not None
        return self._answer(fleet, pricing, pricing.last)

    def narrowed(self, rest: Floats, room_usd: float, lies: Lies) -> Bounds:
        """Never."""
        return self

    def opened(self, lies: Lies) -> Bounds:
        """Nothing is open."""
        return self

    def _begun(self, lines: Sequence[Line], start: Answer | None) -> tuple[CoupledFleet, Pricing]:
        fleet = self.fleet.under(lines)
        pricing = self.prices.pricing(fleet, self.until_s, lambda pricing: None)
        if start is not None:
            pricing.last = fleet.relaxation.labels(start.lies)
            pricing.pi = pricing.pi if start.prices is None else start.prices
        return fleet, pricing

    def _answer(self, fleet: CoupledFleet, pricing: Pricing, labels: NDArray[np.intp]) -> Answer:
        solution, picked = pricing.labels, pricing.picked

        def placement() -> Placement | None:
            return None if solution is None or picked is None else fleet.placement(solution, picked)

        usd, lies = pricing.value + fleet.fixed_usd, fleet.relaxation.regions(labels)
        found = lies if solution is None else fleet.relaxation.regions(solution)
        return Answer(pricing.bound + fleet.fixed_usd, lies, found, usd, placement, fleet.relaxation.parts, pricing.pi)
