"""Prices for reading and writing copies that may move, so that all who do agree on where they lie: a better bound, and
answers on the way.

In each round every dataset gets the prices at which it would prove most by itself. What all else costs at least with a
reader in each region is known from the core; with the cheapest of them, what it costs that the reader reads a region's
copy is one number, and where copies are worth having a p-median problem.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.copied import Copied, CopySet
from placement.optimizer.p_median import worth_usd
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Relaxation, Relaxed
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_ROUNDS = 10
_PASSES = 60
_GAIN = 0.02
"""A round that closes less of what is open is the last."""
_MOST_READERS = 100
"""Of one dataset, the largest: a linear problem of so many takes a second, and time is only looked at between them."""
_SPARED = 0.75
"""Part of what a region could be paid without getting a copy that its readers are asked for. It costs the dataset
nothing, and makes it dear to move to where no copy is, so that the core proves more in the next round."""


def price_copies(
    search: Search, relaxation: Relaxation, lines: Sequence[Line], near: Sequence[Line], until_s: float
) -> NDArray[np.intp]:
    """Prove bounds under these lines, and offer placements made under those `near` the best one's volumes.

    The relaxation begins at the prices and charges that it has. It keeps the prices that proved most, whose solution is
    returned, by node its region, and no charges.
    """
    copied, rates = relaxation.edges.copied, relaxation.rates(lines)
    prices = proved = relaxation.copy_prices or copied.no_prices()
    best, lies = -np.inf, np.array([domain[0] for domain in relaxation.domains])
    start, rounds = None, 0
    while rounds < _ROUNDS and not search.closed and search.seconds < until_s:
        relaxation.copy_prices, relaxation.given_usd = prices, copied.given_usd(prices)
        found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=start)
        start, rounds = found.labels, rounds + 1
        search.prove(found.bound)
        search.offer(placement_of(relaxation, found.labels, near))
        gained = found.bound - best
        if gained > 0:
            best, proved, lies = found.bound, prices, relaxation.regions(found.labels)
        if gained < _GAIN * (search.value_usd - found.bound):
            break
        prices = [
            _agreed(copied, of, mine, relaxation, found, rates) if search.seconds < until_s else mine
            for of, mine in zip(copied.sets, prices, strict=True)
        ]
    # Lines say all that tariffs ask near the volumes that they are for, beside charges they would count it twice.
    relaxation.charges = None
    _settle(search, relaxation, near)
    relaxation.copy_prices, relaxation.given_usd = proved, copied.given_usd(proved)
    search.log(f"priced the copies of {len(copied.sets)} datasets in {rounds} rounds")
    return lies


def _settle(search: Search, relaxation: Relaxation, near: Sequence[Line]) -> None:
    """Offer what lies best while the best placement's copies stay, then copies while all else does, and so on as long
    as that is cheaper. The relaxation is left at prices that prove nothing."""
    better = search.placement is not None
    while better and search.seconds_left > 0:
        assert search.placement is not None
        relaxation.copy_prices, relaxation.given_usd = relaxation.edges.copied.only(search.placement.datasets), 0.0
        found = relaxation.solve(near, passes=_PASSES, gap=search.settings.gap / 4, start=None, rest=False)
        better = search.offer(placement_of(relaxation, found.labels, near))


def _agreed(
    copied: Copied, of: CopySet, prices: Floats, relaxation: Relaxation, found: Relaxed, rates: Rates
) -> Floats:
    """The prices of one dataset at which it alone proves most, from those under which this was found."""
    agreed = np.zeros_like(prices)
    readers, reads = [], []
    asked = sorted((k for k, flow in enumerate(of.flows) if flow.read), key=lambda k: -of.flows[k].gb)[:_MOST_READERS]
    for number, paid in copied.paid(of, rates):
        if of.flows[number].read and number not in asked:
            continue
        node = of.flows[number].node
        usd, rest = paid[:, relaxation.domains[node]], found.rest[node]
        if of.flows[number].read:
            now = (usd + prices[number][:, None]).min(axis=0)
            alone = np.where(np.isinf(now), np.inf, rest - np.where(np.isinf(now), 0.0, now))
            readers.append(number)
            reads.append((usd + alone).min(axis=1))
        else:
            # The writer pays nothing where it lies: the dataset does.
            here = usd[:, rest.argmin()]
            agreed[number] = np.where(np.isinf(here), 0.0, -here)
    if not readers:
        return agreed
    read_usd, stored_usd = np.array(reads), of.usd - agreed.sum(axis=0)
    worth = worth_usd(stored_usd, read_usd, of.kept)
    if worth is None:
        return prices
    paid_usd = np.maximum(0.0, worth[:, None] - read_usd)
    left = stored_usd - paid_usd.sum(axis=0)
    spare = np.maximum(0.0, left - np.partition(left, of.kept - 1)[of.kept - 1])
    agreed[readers] = paid_usd + np.where(np.isfinite(read_usd), _SPARED * spare / len(readers), 0.0)
    return agreed
