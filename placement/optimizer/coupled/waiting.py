"""Nodes that wait for their turn, the cheapest first: a heap, in arrays as compiled code takes them."""

from typing import NamedTuple

from placement.optimizer.pairwise.compiled import inner
from placement.optimizer.pairwise.graph import Floats, Whole


class Waiting(NamedTuple):
    """Entry k comes before 2k + 1 and 2k + 2."""

    usd: Floats
    node: Whole
    size: Whole
    """Shape (1,): how many wait."""


@inner
def _before(usd: float, node: int, other_usd: float, other: int) -> bool:
    """Equal costs go by node, so that the order is the same however the heap lies."""
    return usd < other_usd or (usd == other_usd and node < other)


@inner
def put(waiting: Waiting, usd: float, node: int) -> None:
    """One more."""
    k = waiting.size[0]
    waiting.size[0] += 1
    while k > 0:
        above = (k - 1) // 2
        if not _before(usd, node, waiting.usd[above], waiting.node[above]):
            break
        waiting.usd[k], waiting.node[k] = waiting.usd[above], waiting.node[above]
        k = above
    waiting.usd[k], waiting.node[k] = usd, node


@inner
def take_first(waiting: Waiting) -> int:
    """The cheapest node, which waits no longer."""
    waiting.size[0] -= 1
    first, last = waiting.node[0], waiting.size[0]
    usd, node, k, below = waiting.usd[last], waiting.node[last], 0, 1
    while below < last:
        other = below + 1
        if other < last and _before(waiting.usd[other], waiting.node[other], waiting.usd[below], waiting.node[below]):
            below = other
        if not _before(waiting.usd[below], waiting.node[below], usd, node):
            break
        waiting.usd[k], waiting.node[k] = waiting.usd[below], waiting.node[below]
        k, below = below, 2 * below + 1
    waiting.usd[k], waiting.node[k] = usd, node
    return int(first)
