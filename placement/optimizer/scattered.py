"""Scattered workloads given all of their regions at once: placements, and a bound that knows that they scatter.

Only some places are listed. A component c whose workloads all lie in listed places costs at least B_c, found with these
places; with another one it costs at least A_c + u_c, where A_c is its bound with each scattered workload in a single
region, and u_c what the cheapest place that is not listed costs more. So it costs at least min(B_c, A_c + u_c).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.coupled.folding import fold
from placement.optimizer.coupled_fleet import CoupledFleet
from placement.optimizer.lagrange import Prices
from placement.optimizer.menus import Place
from placement.optimizer.methods import Methods
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.pairwise.oracle import Ran
from placement.optimizer.places import Listing, listed, placed
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.scattering import Ground, Wide, around
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_FEW, _ROUNDS = 30, 2
"""Places of a workload for an answer, which are looked up anew so often, where its neighbours lie then."""
_MOST_TOGETHER, _BATCH = 2_000, 600
"""Places of one component and of several in one run: rates between all pairs of them are kept."""
_PARTS = (0.5, 0.9)
_PASSES, _FORESTS = 100, 5


def scatter(search: Search, relaxation: Relaxation, lines: Sequence[Line], until_s: float, methods: Methods) -> None:
    """Offer placements and prove a bound until the search has run for `until_s`."""
    patterns = placed(relaxation.nodes)
    prices = Prices(search, relaxation, methods, patterns)
    plain = CoupledFleet.of(relaxation, lines, prices.consumption)
    component = _components(plain)
    open_ = np.unique(component[list(patterns)])
    alone = _run(plain, prices.pi, search, rest=True)
    few = _listings(relaxation, patterns, alone, np.full(len(alone.bound), np.inf), component, _FEW)
    places: dict[int, Sequence[Place]] = {node: listing.places for node, listing in few.items()}
    if not all(places.values()):
        # There is no placement, which CP-SAT says with reasons.
        return
    ground = Ground.of(relaxation, lines)
    # Where each lies cheapest while all others lie in single regions.
    near = around(Wide.of(ground, relaxation.domains, {}), alone.labels, patterns, _FEW)
    places = {node: [*near[node], *mine] for node, mine in places.items()}
    fleet, places = _answered(ground, lines, prices, places, until_s)
    if search.closed or search.seconds > until_s:
        return
    if prices.pi.any():
        alone = _run(plain, prices.pi, search, rest=True)
    found = _run(fleet, prices.pi, search, rest=False)
    bound = found.bound.copy()
    bound[open_] = alone.bound[open_]
    room = found.value - alone.bound
    many = _listings(relaxation, patterns, alone, room, component, _MOST_TOGETHER + 1)
    done: set[int] = set()
    """Components whose bound is not held down by the places that are not listed."""
    for batch, usd in _runs(open_, component, many, room):
        if search.seconds > until_s:
            break
        if done.issuperset(batch):
            continue
        listings = _chosen({node: many[node] for node in patterns if component[node] in batch}, usd)
        ran, chosen = _bounded(ground, lines, prices, listings, batch, component, search)
        places |= {node: [place, *places[node]] for node, place in chosen.items()}
        for c in batch:
            unlisted = min(
                [most.unlisted_usd for node, most in listings.items() if component[node] == c], default=np.inf
            )
            held_down = alone.bound[c] + unlisted < ran.bound[c]
            bound[c] = max(bound[c], min(ran.bound[c], alone.bound[c] + unlisted))
            if not held_down:
                done.add(c)
    search.prove(float(bound.sum() - prices.pi @ prices.consumption.limit) + plain.fixed_usd)
    search.log(f"{sum(len(listing.places) for listing in many.values())} places of {len(many)} scattered workloads")
    if not search.closed and search.seconds < until_s:
        _answered(ground, lines, prices, places, until_s)


def _answered(
    ground: Ground, lines: Sequence[Line], prices: Prices, places: dict[int, Sequence[Place]], until_s: float
) -> tuple[CoupledFleet, dict[int, Sequence[Place]]]:
    """Offer placements with these places, and then with those that are cheapest where all others lie.

    Returns the fleet with the last of these, and the places to go on with.
    """
    relaxation = ground.relaxation
    for _ in range(_ROUNDS):
        wide = Wide.of(ground, relaxation.domains, {node: list(dict.fromkeys(mine)) for node, mine in places.items()})
        fleet = CoupledFleet.of(relaxation, lines, prices.consumption, wide)
        improved = prices.improve(fleet, until_s, prove=False)
        if improved.labels is None:
            break
        near = around(wide, improved.labels, placed(relaxation.nodes), _FEW)
        lies = {node: mine[int(improved.labels[node])] for node, mine in wide.places.items()}
        places = {node: [lies[node], *near[node], *mine[: 2 * _FEW]] for node, mine in places.items()}
        if prices.search.closed or prices.search.seconds > until_s:
            break
    return fleet, places


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
    fold(c.choices, c.fixed, pi, c.closed, usd, pick)
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
    found: dict[int, Listing] = {}
    for node, pattern in patterns.items():
        of, rest = relaxation.nodes[node], alone.rest[first[node] : first[node + 1]]
        assert isinstance(of, WorkloadNode)
        most = float(most_usd[component[node]])
        found[node] = listed(relaxation.problem, of.workload, pattern, relaxation.domains[node], rest, most, count)
    return found


def _runs(
    components: NDArray[np.int64], component: NDArray[np.int64], listings: Mapping[int, Listing], room_usd: Floats
) -> Iterator[tuple[list[int], float]]:
    """(components, cost below which places are listed): small components together, with all places that could be in a
    better solution; a large one alone, with those that cost a part of that more, and with more."""
    count = {
        c: sum(len(listing.places) for node, listing in listings.items() if component[node] == c)
        for c in components.tolist()
    }
    large = [c for c, places in count.items() if places > _MOST_TOGETHER]
    batch: list[int] = []
    places = 0
    for c in (c for c in count if c not in large):
        if batch and places + count[c] > _BATCH:
            yield batch, np.inf
            batch, places = [], 0
        batch.append(c)
        places += count[c]
    if batch:
        yield batch, np.inf
    for part in _PARTS:
        yield from (([c], part * float(room_usd[c])) for c in sorted(large, key=lambda c: -float(room_usd[c])))


def _chosen(listings: Mapping[int, Listing], usd: float) -> dict[int, Listing]:
    """Places below that cost, of as many workloads as there is room for: those with few, which are the dear ones. The
    others are taken to lie in a single region."""
    below = {node: listing.below(usd) for node, listing in listings.items()}
    places, chosen = 0, {}
    for node in sorted(below, key=lambda node: len(below[node].places)):
        places += len(below[node].places)
        if places > _MOST_TOGETHER:
            break
        chosen[node] = below[node]
    return chosen


def _bounded(
    ground: Ground,
    lines: Sequence[Line],
    prices: Prices,
    listings: Mapping[int, Listing],
    batch: Sequence[int],
    component: NDArray[np.int64],
    search: Search,
) -> tuple[Ran, dict[int, Place]]:
    """Bounds of these components with the places listed, and those that their solutions have; the rest of the fleet
    stands aside."""
    inside = np.isin(component, batch)
    relaxation = ground.relaxation
    domains = [domain if here else domain[:1] for domain, here in zip(relaxation.domains, inside, strict=True)]
    few = {node: listing.places for node, listing in listings.items() if listing.places}
    wide = Wide.of(ground, domains, few)
    fleet = CoupledFleet.of(relaxation, lines, prices.consumption, wide)
    live = np.zeros(len(fleet.coupled.oracle.components), np.bool_)
    live[list(batch)] = True
    ran = _run(fleet, prices.pi, search, rest=False, live=live)
    return ran, {node: mine[int(ran.labels[node])] for node, mine in wide.places.items()}
