"""Prices on couplings: the coupled problem of a fleet is worked on until its gap closes or its share of the time is
over, while the search learns of each better bound and placement."""

from collections.abc import Sequence
from time import monotonic

import numpy as np

from placement.optimizer.coupled.pricing import Pricing, Until
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

    def __init__(self, search: Search, fleet: CoupledFleet) -> None:
        self.search, self.fleet = search, fleet
        self.told = np.inf
        self.ready_at = 0.0

    def __call__(self, pricing: Pricing) -> None:
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


def price_couplings(
    search: Search, relaxation: Relaxation, lines: Sequence[Line], until_s: float, methods: Methods
) -> tuple[Relaxed, list[set[int]]]:
    """Raise the bound and offer placements until the search has run for `until_s`; the best prices stay in the
    relaxation.

    Returns what it says at these prices, and by node the regions that were chosen on the way.
    """
    fleet = CoupledFleet.of(relaxation, lines, Consumption.of(relaxation.problem, relaxation.nodes))
    watch = _Watch(search, fleet)
    until = Until(search.settings.gap, monotonic() + until_s - search.seconds)
    pricing = Pricing(fleet.coupled, until, seed=relaxation.seed, threads=relaxation.threads, better=watch)

    def log(step: str) -> None:
        watch.tell(pricing)
        search.log(step)

    close_couplings(pricing, log, columns=methods.columns, cases=methods.cases)
    fleet.put_into_relaxation(pricing.pi)
    found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
    search.prove(found.bound)
    return found, _chosen(pricing, relaxation)


def _chosen(pricing: Pricing, relaxation: Relaxation) -> list[set[int]]:
    """By node: the regions of all columns."""
    members, ends = pricing.coupled.oracle.components.members, pricing.coupled.oracle.components.ends
    seen: list[set[int]] = [set() for _ in relaxation.nodes]
    for column in pricing.columns:
        nodes = members[ends[column.component] : ends[column.component + 1]]
        for node, label in zip(nodes, column.labels, strict=True):
            seen[node].add(int(relaxation.domains[node][label]))
    return seen
