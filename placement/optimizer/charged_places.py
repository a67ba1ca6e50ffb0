"""Charges among places: rounds that open the places which their solutions have, and those that are cheap."""

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.charging import Charging
from placement.optimizer.neighbours import Neighbours
from placement.optimizer.relaxation import Relaxation

_BEGUN = 5
"""Rounds that what was learned without places counts for."""
_OPENED = 1.0
"""Of what is open for each scattered workload: places that cost no more than the bound and that are opened."""
_MOST_OPEN = 0.05
"""Of the bound: no more is taken to be open."""
_ASKED = 10
"""Rounds after which neighbours are asked anew."""


def charge_places(
    charging: Charging, alone: Relaxation, lies: NDArray[np.intp], until_s: float, *, narrow: bool = True
) -> AmongPlaces:
    """Rounds from a solution of a relaxation in which scattered workloads lie in one region; that has fewer regions
    afterwards, if it is to be narrowed. Returns the one among places, under the last charges."""
    alone.charges = charging.charges
    wide = AmongPlaces.of(alone, alone.first_lines)
    lies = wide.still(lies)
    charging.begin(_BEGUN)
    while charging.unfinished(until_s):
        found = charging.round(wide, lies)
        lies = wide.regions(found.labels)
        labels = wide.open_in(lies)
        if found.rest is not None:
            _answer(charging, wide)
            labels = _both(
                labels, wide.cheap_and_open(wide.by_node(found.rest), _room_usd(charging, wide, found.bound))
            )
        if narrow:
            charging.filter(wide, found)
        if labels:
            wide = wide.opened(labels)
        if charging.rounds % _ASKED == 0:
            alone.shrink(wide.left_of(alone.domains))
            alone.charges = charging.charges
            wide.near = Neighbours.of(alone, alone.first_lines, wide.open)
    alone.shrink(wide.left_of(alone.domains))
    alone.charges = None
    count = sum(len(wide.domains[node]) for node in wide.open)
    charging.search.log(f"{charging.words}, over {count} places")
    return wide


def _answer(charging: Charging, wide: AmongPlaces) -> None:
    """Offer the best placement with complete places."""
    complete = wide.only_complete()
    if complete is not None:
        complete.threads = wide.threads
        charging.solve(complete, None, rest=False)


def _room_usd(charging: Charging, wide: AmongPlaces, bound_usd: float) -> float:
    """How much more than the bound a place may cost that is opened."""
    open_usd = min(charging.search.value_usd - bound_usd, _MOST_OPEN * bound_usd)
    return _OPENED * max(0.0, open_usd) / len(wide.open)


def _both(some: dict[int, NDArray[np.intp]], others: dict[int, NDArray[np.intp]]) -> dict[int, NDArray[np.intp]]:
    """By node, the labels of both."""
    none = np.empty(0, np.intp)
    return {node: np.union1d(some.get(node, none), others.get(node, none)) for node in some.keys() | others.keys()}
