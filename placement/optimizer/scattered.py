"""Scattered workloads given all of their regions at once: placements, and a bound that knows that they scatter.

Among places (`among_places`) a run bounds all of them, listed or not; those that its solution leaves open are opened,
and so on, until none is or that takes too long. Where other rows tie workloads together, prices on these are found with
few places of each, with which there are answers as well; the bound is then one at these prices.
"""

from collections.abc import Mapping, Sequence

from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.coupled_fleet import CoupledFleet
from placement.optimizer.lagrange import Prices
from placement.optimizer.menus import Place
from placement.optimizer.methods import Methods
from placement.optimizer.places import placed
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.rounding import placement_of
from placement.optimizer.scattering import Ground, Wide, around
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_FEW, _ROUNDS = 30, 2
"""Places of a workload for an answer, which are looked up anew so often, where its neighbours lie then."""
_PASSES = 100
_OPENED = 0.2
"""Of what is open for each scattered workload: places that cost no more than the bound and that are opened."""
_FIRST = 0.5
"""Part of the time limit that a first placement may take."""
_MOST_OPEN = 0.05
"""Of the bound: no more is taken to be open."""


def scatter(
    search: Search,
    relaxation: Relaxation,
    lines: Sequence[Line],
    until_s: float,
    methods: Methods,
    most: int,
) -> AmongPlaces | None:
    """Offer placements and prove a bound until the search has run for `until_s`.

    Returns what leaves nothing out but tiers; None where other rows than those of spread tie nodes together.
    """
    prices = Prices(search, relaxation, methods, placed(relaxation.nodes))
    tied, alone = len(prices.consumption.limit) > 0, relaxation
    places: Mapping[int, Sequence[Place]] = {}
    if tied:
        ground = Ground.of(relaxation, lines)
        few = Wide.of(ground, relaxation.domains, {})
        found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None, rest=False)
        places = around(few, found.labels, placed(relaxation.nodes), _FEW)
        if not all(places.values()):
            # There is no placement, which CP-SAT says with reasons.
            return None
        places = _answered(ground, lines, prices, places, until_s)
        alone = relaxation.twin()
        CoupledFleet.of(alone, lines, prices.consumption).put_into_relaxation(prices.pi)
    wide = open_up(search, AmongPlaces.of(alone, lines), lines, until_s, offer=not tied, most=most)
    if tied and not search.closed and search.seconds < until_s:
        found = wide.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None, rest=False)
        chosen = {node: wide.place(node, int(wide.domains[node][found.labels[node]])) for node in places}
        with_these = {node: [*([place] if place else []), *places[node]] for node, place in chosen.items()}
        _answered(ground, lines, prices, with_these, until_s)
    return None if tied else wide


def open_up(
    search: Search,
    wide: AmongPlaces,
    lines: Sequence[Line],
    until_s: float,
    *,
    offer: bool,
    most: int,
) -> AmongPlaces:
    """Prove bounds, with more and more places, as long as cheap solutions leave some open; and offer placements."""
    while True:
        found = wide.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
        search.prove(found.bound)
        if offer:
            answer(search, wide, lines)
        count = sum(len(wide.domains[node]) for node in wide.open)
        search.log(f"scattered {len(wide.open)} workloads over {count} places")
        # Some more rounds give the first placement sooner than other steps do.
        until = until_s if search.placement is not None or not offer else _FIRST * search.settings.time_limit_s
        if search.closed or search.seconds > until or count > most:
            return wide
        open_usd = min(search.value_usd - found.bound, _MOST_OPEN * found.bound)
        cheap = wide.cheap_and_open(found.rest, _OPENED * max(0.0, open_usd) / len(wide.open))
        if not cheap:
            return wide
        wide = wide.opened(cheap)


def answer(search: Search, wide: AmongPlaces, lines: Sequence[Line]) -> bool:
    """Offer the best placement with complete places; whether that is the best so far."""
    complete = wide.only_complete()
    if complete is None:
        return False
    complete.threads = wide.threads
    found = complete.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None, rest=False)
    return search.offer(placement_of(complete, found.labels, lines))


def _answered(
    ground: Ground, lines: Sequence[Line], prices: Prices, places: Mapping[int, Sequence[Place]], until_s: float
) -> Mapping[int, Sequence[Place]]:
    """Offer placements with these places, and then with those that are cheapest where all others lie; returns these."""
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
    return places
