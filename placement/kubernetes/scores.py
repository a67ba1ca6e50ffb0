"""A node's score says how its cost compares with the cheapest of the nodes that the scheduler asks about.

    score = floor(10 x cheapest / cost)

Only the cheapest have 10; what costs twice as much has 5, and a node of which some price is not known has 0.
"""

import numpy as np
from numpy.typing import NDArray

MOST = 10
"""More than this the scheduler does not count on."""
_ROUNDING = 1e-9


def scores(usd: NDArray[np.float64], cheapest: float) -> list[int]:
    """The score of each of these costs, which are positive, or infinite where they are not known."""
    if not np.isfinite(cheapest):
        return [0] * len(usd)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(usd <= cheapest, 1.0, cheapest / usd)
    found: list[int] = np.floor(MOST * share + _ROUNDING).astype(int).tolist()
    return found
