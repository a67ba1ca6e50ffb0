"""Prices on couplings: the coupled problem of a fleet is worked on until its gap closes or its share of the time is
over, while the search learns of each better bound and placement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.branch import Ask
from placement.optimizer.coupled.pricing import Better, Pricing, Until
from placement.optimizer.coupled.solving import close_couplings
from placement.optimizer.coupled_fleet import Consumption, CoupledFleet
from placement.optimizer.methods import Methods
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
        pricing = self._pricing(fleet, until_s, watch)

        def log(step: str) -> None:
            watch.tell(pricing)
            self.search.log(step)

        close_couplings(pricing, log, columns=self.methods.columns, cases=self.methods.cases and prove)
        self.pi = pricing.pi
        return pricing

    def boxes(self, lines: Sequence[Line], until_s: float) -> Ask:
        """What to ask in a box of volumes: the core at the best prices, its solution mended and offered."""
        fleet = CoupledFleet.of(self.relaxation, lines, self.consumption)

        def ask(lines: Sequence[Line], start: NDArray[np.intp] | None) -> Relaxed:
            here = fleet.under(lines)
            watch = _Watch(self.search, here, prove=False)
            pricing = self._pricing(here, until_s, lambda pricing: None)
            pricing.last = start
            called, _ = pricing.evaluate(self.pi)
            pricing.mend(called.labels, called.picked)
            # Lines lie under tariffs: the true cost is no less.
            if pricing.value + here.fixed_usd < self.search.value_usd:
                watch.tell(pricing)
            labels = called.labels
            return Relaxed(pricing.bound + here.fixed_usd, (), labels, np.inf)

        return ask

    def _pricing(self, fleet: CoupledFleet, until_s: float, better: Better) -> Pricing:
        until = Until(self.search.settings.gap, monotonic() + until_s - self.search.seconds)
        relaxation = self.relaxation
        pricing = Pricing(fleet.coupled, until, seed=relaxation.seed, threads=relaxation.threads, better=better)
        pricing.pi = self.pi
        return pricing

    def _choose(self, pricing: Pricing) -> None:
        members, ends = pricing.coupled.oracle.components.members, pricing.coupled.oracle.components.ends
        for column in pricing.columns:
            nodes = members[ends[column.component] : ends[column.component + 1]]
            for node, label in zip(nodes, column.labels, strict=True):
                self.chosen[node].add(int(self.relaxation.domains[node][label]))
