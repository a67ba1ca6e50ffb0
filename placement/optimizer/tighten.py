"""How much a better placement could send through a tariff at most: far less than all that could ever gather there.

Lower the rate of one tariff's line to m. If every placement then costs at least L, without what the line adds, one that
sends T GB through the tariff costs at least L + C(T) - m T, and no more than the best one known if it is better: that
bounds T. Lines over fewer GB lie higher, so that the bound rises, and the next round finds less again.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from placement.optimizer.boxes import lines_of
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.relaxation import Relaxation, Relaxed
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line, most_gb

_PASSES = 60
_FEW_PASSES = 8
_RATE_LEFT = 0.3
"""Of the line's rate: the less is left, the less the gap between bound and best counts, but the more flows there."""
_ROUNDS = 8
_GAIN = 0.1
"""A round that closes less of the gap is the last."""


def tighten(
    search: Search, relaxation: Relaxation, pools: Sequence[int], largest_gb: Floats, until_s: float
) -> tuple[Floats, Relaxed | None]:
    """The most GB of each tariff in any placement that is no dearer than the best one, and what these prove."""
    most, found = largest_gb.copy(), None
    tariffs, zero = relaxation.problem.egress.tariffs, np.zeros(len(largest_gb))
    twins = relaxation, relaxation.twin()
    for _ in range(_ROUNDS):
        left = search.value_usd - search.bound_usd
        with ThreadPoolExecutor(2 if search.settings.workers > 1 else 1) as threads:
            open_ = [pool for pool in pools if most[pool] > tariffs[pool].tiers[1].from_gb]
            # Two at a time, also on one thread, so that answers are the same.
            for first in range(0, len(open_), 2):
                if search.closed or search.seconds > until_s:
                    break
                asked = [
                    threads.submit(_most_gb, search, twin, pool, most.copy(), found)
                    for twin, pool in zip(twins, open_[first:], strict=False)
                ]
                for pool, each in zip(open_[first:], asked, strict=False):
                    most[pool] = each.result()
        lines = lines_of(relaxation, zero, most, zero)
        found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
        search.offer(placement_of(relaxation, found.labels, lines))
        search.prove(found.bound)
        if search.closed or search.seconds > until_s or search.value_usd - search.bound_usd > (1 - _GAIN) * left:
            break
    search.log(f"tightened the volumes of {int((most < largest_gb).sum())} tariffs")
    return most, found


def _most_gb(search: Search, relaxation: Relaxation, pool: int, most: Floats, found: Relaxed | None) -> float:
    lines = lines_of(relaxation, np.zeros(len(most)), most, np.zeros(len(most)))
    lines[pool] = Line(lines[pool].rate * _RATE_LEFT, 0.0)
    start = None if found is None else found.labels
    gap = search.settings.gap / 4
    few = _FEW_PASSES
    low = relaxation.solve(lines, passes=few, forests=0, every=few, gap=gap, start=start, rest=False).bound
    room = (search.value_usd * (1 + 1e-9) + 1e-6 - low) * 1e9
    return most_gb(relaxation.problem.egress.tariffs[pool], lines[pool].rate, room, float(most[pool]))
