"""A limit may be a fraction of a whole that the choices decide as well:  use(k) <= fraction x whole  for each part k.

One more row counts the whole, below zero: a choice that adds to the whole takes from that row. Prices on the parts are

    sum_k pi_k (use(k) - fraction x whole)  =  sum_k pi_k use(k)  +  (fraction x sum_k pi_k) x (-whole)

so that the price of the row that counts follows from theirs, and the bound holds however large the whole becomes. A
solution is mended towards a whole that is given: parts then have limits, and so has the row that counts.
"""

from dataclasses import dataclass

import numpy as np

from placement.optimizer.pairwise.graph import Floats, Whole

WHOLES = (1.0, 0.97, 0.94, 0.9, 0.85, 0.8, 0.7, 0.5, 0.0)
"""Of the whole of a solution: what mending it aims at, until that succeeds. The less there is, the less a part may
take."""


@dataclass(frozen=True, eq=False)
class Portion:
    """The rows whose limit is such a fraction; all limits of theirs are written as 0."""

    parts: Whole
    """Rows."""
    whole: int
    """The row that counts, with amounts below zero."""
    fraction: float
    stand_ins: int
    """The row of choices that only stand for others in bounds: it has no price, and no answer has any of them."""

    def prices(self, pi: Floats) -> Floats:
        """Shape (K,): with those that follow from the others."""
        full = pi.copy()
        full[self.whole] = self.fraction * pi[self.parts].sum()
        full[self.stand_ins] = 0.0
        return full

    def above(self, totals: Floats, slope: Floats) -> Floats:
        """Shape (K,): the slope, by which rows are above their limits, as prices on the parts feel it."""
        felt = slope.copy()
        felt[self.parts] += self.fraction * totals[self.whole]
        felt[[self.whole, self.stand_ins]] = 0.0
        return felt

    def limits(self, limit: Floats, given: float) -> Floats:
        """Shape (K,): limits that hold the rule where the whole is no less than given."""
        held = limit.copy()
        held[self.parts] = self.fraction * given
        held[self.whole] = -given
        return held

    def most(self, limit: Floats, whole: float) -> Floats:
        """Shape (K,): what any solution may take of the rows, if its whole is no more than this."""
        most = limit.copy()
        most[self.parts] = self.fraction * whole
        most[self.stand_ins] = np.inf
        return most
