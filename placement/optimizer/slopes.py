"""Rates of the lines under tariffs: which prove most of a box, by the solutions that were seen so far.

Where a solution's volume is one at which the line meets the envelope, no other rate of that tariff's line proves more.
Else a higher one does if the volume lies above, a lower one if below; how much higher, others of the solutions say: at
rates m none lets the bound be more than what it costs without tariffs, plus m times its volumes, plus what lines of
these rates leave out.
"""

from dataclasses import dataclass, field

import numpy as np

from placement.optimizer.boxes import Space
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.tiers import Envelope

_KEPT = 64
"""Solutions: the last ones, which lie in boxes like those to come."""
_AT_ONCE = 3
"""Tariffs whose rates are moved together."""
_WORTH = 0.05
"""Of what is open in a box: what a tariff must have at stake."""
_STEP = 0.1
"""Of a rate: the most that it is moved by, for further away the solutions seen say little."""
_STEEPEST = 2.0
"""Times the rate of the steepest edge."""
_HALVINGS = 24


@dataclass(eq=False)
class Seen:
    """The last solutions of boxes."""

    nano_usd: list[float] = field(default_factory=list)
    """Without what they cost under tariffs in play."""
    gb: list[Floats] = field(default_factory=list)
    """By pool."""

    def add(self, nano_usd: float, gb: Floats) -> None:
        """Forget the oldest of many."""
        self.nano_usd.append(nano_usd)
        self.gb.append(gb)
        del self.nano_usd[:-_KEPT], self.gb[:-_KEPT]

    def copy(self) -> "Seen":
        """To be added to."""
        return Seen(list(self.nano_usd), list(self.gb))

    def better(self, space: Space, rates: Floats, volumes: Floats, open_nano_usd: float) -> Floats | None:
        """Rates by pool that may prove more than these, at which the solution has these volumes; None if none may."""
        beyond = space.beyond(rates, volumes)
        weight = np.abs(beyond) * rates
        order = [int(k) for k in np.argsort(-weight, kind="stable")[:_AT_ONCE] if weight[k] > _WORTH * open_nano_usd]
        if not order:
            return None
        rates, gb = rates.copy(), np.array(self.gb)
        usd = np.array(self.nano_usd) + gb @ rates
        for k in order:
            mine, was = gb[:, k], rates[k]
            rates[k] = _highest(usd - mine * was, mine, space.envelopes[k], was)
            usd += mine * (rates[k] - was)
        return rates


def _highest(usd: Floats, gb: Floats, envelope: Envelope, rate: float) -> float:
    """Where  min (usd + m x gb) + min (C - m x GB)  is highest over rates m near that given: the first over solutions
    that cost `usd` with nothing for their `gb`, the second over the envelope."""
    ends, costs = np.array(envelope.gb), np.array(envelope.nano_usd)
    steepest = float((np.diff(costs) / np.diff(ends)).max(initial=0.0))
    low, high = rate - _STEP * rate, max(rate, min(rate + _STEP * rate, _STEEPEST * steepest))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slope = gb[np.argmin(usd + middle * gb)] - ends[np.argmin(costs - middle * ends)]
        if slope > 0:
            low = middle
        elif slope < 0:
            high = middle
        else:
            return middle
    return (low + high) / 2
