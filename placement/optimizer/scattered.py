"""Scattered workloads given all of their regions at once: placements, and a bound that knows that they scatter.

Only some places are listed. A component c whose workloads all lie in listed places costs at least B_c, found with these
places; with another one it costs at least A_c + u_c, where A_c is its bound with each scattered workload in a single
region, and u_c what the cheapest place that is not listed costs more. So it costs at least min(B_c, A_c + u_c).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.coupled.folding import fold, prices_of
from placement.optimizer.coupled_fleet import CoupledFleet
from placement.optimizer.lagrange import Prices
from placement.optimizer.menus import Place
from placement.optimizer.methods import Methods
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.pairwise.oracle import Ran
from placement.optimizer.places import Listing, listed, placed
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.scattering import Wide
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_FIRST_PLACES, _MOST_PLACES, _LIKELY = 40, 1_500, 20
"""Of a workload: for a first answer, for the bound, and beside those that the bound's solutions choose."""
_MOST_TOGETHER = 2_500
"""Places in one run: rates between all pairs of them are kept."""
_PASSES, _FORESTS = 100, 5


def scatter(search: Search, relaxation: Relaxation, lines: Sequence[Line], until_s: float, methods: Methods) -> None:
    """Offer placements and prove a bound until the search has run for `until_s`."""
    patterns = placed(relaxation.nodes)
    prices = Prices(search, relaxation, methods, patterns)
    plain = CoupledFleet.of(relaxation, lines, prices.consumption)
    component = _components(plain)
    open_ = np.unique(component[list(patterns)])
    alone = _run(plain, prices.pi, search, rest=True)
    few = _listings(relaxation, patterns, alone, np.full(len(alone.bound), np.inf), component, _FIRST_PLACES)
    first = _fleet(relaxation, lines, prices, {node: listing.places for node, listing in few.items()})
    prices.improve(first, until_s, prove=False)
    if search.closed or search.seconds > until_s:
        return
    if prices.pi.any():
        alone = _run(plain, prices.pi, search, rest=True)
    found = _run(first, prices.pi, search, rest=False)
    bound = found.bound.copy()
    likely = {node: list(listing.places[:_LIKELY]) for node, listing in few.items()}
    many = _listings(relaxation, patterns, alone, found.value - alone.bound, component, _MOST_PLACES)
    for batch in _batches(open_, component, many):
        if search.seconds > until_s:
            bound[batch] = alone.bound[batch]
            continue
        listings = {node: many[node] for node in patterns if component[node] in batch}
        ran, chosen = _bounded(relaxation, lines, prices, listings, batch, component, search)
        for node, place in chosen.items():
            likely[node].append(place)
        for c in batch:
            unlisted = min(listing.unlisted_usd for node, listing in listings.items() if component[node] == c)
            bound[c] = max(alone.bound[c], min(ran.bound[c], alone.bound[c] + unlisted))
    search.prove(float(bound.sum() - prices.pi @ prices.consumption.limits.limit) + plain.fixed_usd)
    search.log(f"{sum(len(listing.places) for listing in many.values())} places of {len(many)} scattered workloads")
    if not search.closed and search.seconds < until_s:
        places = {node: list(dict.fromkeys(mine)) for node, mine in likely.items()}
        prices.improve(_fleet(relaxation, lines, prices, places), until_s, prove=False)


def _fleet(
    relaxation: Relaxation,
    lines: Sequence[Line],
    prices: Prices,
    places: Mapping[int, Sequence[Place]],
) -> CoupledFleet:
    wide = Wide.of(relaxation, relaxation.domains, places)
    return CoupledFleet.of(relaxation, lines, prices.consumption, wide)


def _components(fleet: CoupledFleet) -> NDArray[np.int64]:
    """By node."""
    components = fleet.coupled.oracle.components
    number = np.empty(len(components.members), np.int64)
    number[components.members] = np.repeat(np.arange(len(components)), np.diff(components.ends))
    return number


def _run(fleet: CoupledFleet, pi: Floats, search: Search, *, rest: bool, live: NDArray[np.bool_] | None = None) -> Ran:
    """The core at prices `pi`, with all the passes that it needs."""
    c = fleet.coupled
    usd, pick = np.empty(len(c.fixed)), np.empty(len(c.fixed), np.int64)
    fold(c.choices, c.fixed, prices_of(c.limits, pi), c.closed, usd, pick)
    return c.oracle.run(
        usd,
        c.costs,
        np.ones(len(c.oracle.components), np.bool_) if live is None else live,
        passes=_PASSES,
        forests=_FORESTS,
        gap=search.settings.gap / 10,
        seed=search.settings.seed,
        start=None,
        rest=rest,
        until=search.until,
        threads=search.settings.workers,
    )


def _listings(
    relaxation: Relaxation,
    patterns: Mapping[int, tuple[int, ...]],
    alone: Ran,
    most_usd: Floats,
    component: NDArray[np.int64],
    count: int,
) -> dict[int, Listing]:
    """By node; `most_usd` by component: what its best solution costs more than its bound."""
    first = np.concatenate([[0], np.cumsum([len(domain) for domain in relaxation.domains])])
    found = {}
    for node, pattern in patterns.items():
        of, rest = relaxation.nodes[node], alone.rest[first[node] : first[node + 1]]
        assert isinstance(of, WorkloadNode)
        most = float(most_usd[component[node]])
        found[node] = listed(relaxation.problem, of.workload, pattern, relaxation.domains[node], rest, most, count)
    return found


def _batches(
    components: NDArray[np.int64], component: NDArray[np.int64], listings: Mapping[int, Listing]
) -> Iterator[list[int]]:
    """Components, so many together that their places are not too many."""
    size = {int(c): 0 for c in components}
    for node, listing in listings.items():
        size[int(component[node])] += len(listing.places)
    batch: list[int] = []
    for c in sorted(size, key=lambda c: size[c]):
        if batch and sum(size[b] for b in batch) + size[c] > _MOST_TOGETHER:
            yield batch
            batch = []
        batch.append(c)
    if batch:
        yield batch


def _bounded(
    relaxation: Relaxation,
    lines: Sequence[Line],
    prices: Prices,
    listings: Mapping[int, Listing],
    batch: Sequence[int],
    component: NDArray[np.int64],
    search: Search,
) -> tuple[Ran, dict[int, Place]]:
    """Bounds of these components with the places listed, and what its solutions choose; the rest of the fleet stands
    aside."""
    inside = np.isin(component, batch)
    domains = [domain if here else domain[:1] for domain, here in zip(relaxation.domains, inside, strict=True)]
    places = {node: listing.places for node, listing in listings.items() if listing.places}
    wide = Wide.of(relaxation, domains, places)
    fleet = CoupledFleet.of(relaxation, lines, prices.consumption, wide)
    live = np.zeros(len(fleet.coupled.oracle.components), np.bool_)
    live[list(batch)] = True
    ran = _run(fleet, prices.pi, search, rest=False, live=live)
    return ran, {node: mine[int(ran.labels[node])] for node, mine in wide.places.items()}
