"""Prices for reading and writing copies that may move, so that all who do agree on where they lie: a better bound, and
answers on the way."""

from collections.abc import Sequence

import numpy as np

from placement.optimizer.relaxation import Relaxation
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_ROUNDS = 100
_PASSES, _EVERY = 30, 10
_PATIENCE = 4
"""Rounds without a better bound after which steps are halved."""
_LEAST = 0.02
"""Of the first length of a step: shorter ones prove nothing more."""


def price_copies(search: Search, relaxation: Relaxation, lines: Sequence[Line], until_s: float) -> None:
    """Prove bounds and offer placements; the relaxation keeps the prices that proved most."""
    copied, length, waited, rounds = relaxation.edges.copied, 1.0, 0, 0
    prices, best = copied.no_prices(), (-np.inf, copied.no_prices())
    rates, start = relaxation.rates(lines), None
    while rounds < _ROUNDS and length > _LEAST and not search.closed and search.seconds < until_s:
        relaxation.copy_prices, relaxation.given_usd = prices, copied.given_usd(prices)
        found = relaxation.solve(
            lines, passes=_PASSES, every=_EVERY, gap=search.settings.gap / 4, start=start, rest=False
        )
        start, rounds = found.labels, rounds + 1
        search.prove(found.bound)
        search.offer(placement_of(relaxation, found.labels, lines))
        if found.bound > best[0]:
            best, waited = (found.bound, prices), 0
        else:
            waited += 1
            if waited >= _PATIENCE:
                length, waited = length / 2, 0
        more = copied.subgradient(prices, relaxation.regions(found.labels), rates)
        square = sum(float((each**2).sum()) for each in more)
        if not square:
            break
        ahead = min(search.value_usd, 1.05 * search.bound_usd) - found.bound
        prices = copied.stepped(prices, more, length * max(ahead, 0.0) / square)
    relaxation.copy_prices, relaxation.given_usd = best[1], copied.given_usd(best[1])
    search.log(f"priced the copies of {len(copied.sets)} datasets in {rounds} rounds")
