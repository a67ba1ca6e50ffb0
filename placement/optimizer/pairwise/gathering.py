"""How much could at most gather in each pool, if every arc went where that pool prices it."""

import numpy as np

from placement.optimizer.pairwise.compiled import entry, fingerprint
from placement.optimizer.pairwise.graph import Floats, Whole


def gather(
    first: Whole,
    region: Whole,
    src: Whole,
    dst: Whole,
    gb: Floats,
    within_gb: Floats,
    between: Whole,
    within: Whole,
    most: Floats,
) -> None:
    """Add up, in most[pool], for each arc the largest volume that it brings to the pool from any pair of regions.

    Node i may lie in region[first[i] : first[i + 1]]; an arc has `within_gb` where both ends share a region, else
    `gb`. `between` has shape (R, R), `within` (R,): pools, negative where there is none.
    """
    last, brings = np.full(len(most), -1, np.int64), np.zeros(len(most))
    add_up(first, region, src, dst, gb, within_gb, between, within, last, brings, most)


def _gatherer(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def add_up(
        first: Whole,
        region: Whole,
        src: Whole,
        dst: Whole,
        gb: Floats,
        within_gb: Floats,
        between: Whole,
        within: Whole,
        last: Whole,
        brings: Floats,
        most: Floats,
    ) -> int:
        """As `gather` says; the last arc that brought something to each pool, none at first, and how much."""
        for arc in range(len(src)):
            for p in range(first[src[arc]], first[src[arc] + 1]):
                r = region[p]
                for q in range(first[dst[arc]], first[dst[arc] + 1]):
                    s = region[q]
                    pool = within[r] if r == s else between[r, s]
                    if pool < 0:
                        continue
                    volume = within_gb[arc] if r == s else gb[arc]
                    if last[pool] != arc:
                        last[pool], brings[pool] = arc, volume
                        most[pool] += volume
                    elif volume > brings[pool]:
                        most[pool] += volume - brings[pool]
                        brings[pool] = volume
        return sources

    return add_up


add_up = _gatherer(fingerprint())
