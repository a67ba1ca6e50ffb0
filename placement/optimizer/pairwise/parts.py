"""Places: labels that stand for several regions, in each of which a share of the node lies.

What flows from or to a place costs the mean over its regions, by shares, and a place is closed to a pair where one of
its regions is. Shares may add up to less than one: then that much is all that is said of the node. All labels of a node
are regions, or all are places.
"""

from placement.optimizer.pairwise.compiled import inlined, inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph

_HUGE = 1e300


@inlined
def is_place(costs: Costs, number: int) -> bool:
    """Whether a label is no single region."""
    return number >= len(costs.within)


@inner
def between_usd(graph: Graph, costs: Costs, edge: int, r: int, s: int) -> float:
    """The cost of the edge with its tail at r and its head at s, regions or places."""
    regions, parts, k = len(costs.within), costs.parts, graph.table[edge]
    a, b = (parts.first[r - regions], parts.first[r - regions + 1]) if r >= regions else (0, 1)
    c, d = (parts.first[s - regions], parts.first[s - regions + 1]) if s >= regions else (0, 1)
    usd = 0.0
    for i in range(a, b):
        here, share = (parts.region[i], parts.share[i]) if r >= regions else (r, 1.0)
        for j in range(c, d):
            there, part = (parts.region[j], share * parts.share[j]) if s >= regions else (s, share)
            if here == there:
                usd += part * graph.within_gb[edge] * costs.within[here]
            else:
                out, back = costs.regions.out[here, there], costs.regions.back[here, there]
                usd += part * (graph.out_gb[edge] * out + graph.back_gb[edge] * back)
            if k != NO_TABLE:
                usd += costs.tables[k, here, there]
    return usd


@inner
def _row(
    costs: Costs, number: int, out: float, back: float, within_gb: float, k: int, forth: bool, row: Floats, shut: Floats
) -> None:
    """row[s] = what flows between a node at `number` and one in region s cost: `out` GB from it, `back` to it.

    What tables say is in `shut`, if there is one.
    """
    regions, parts = len(costs.within), costs.parts
    a, b = (parts.first[number - regions], parts.first[number - regions + 1]) if number >= regions else (0, 1)
    for s in range(regions):
        row[s] = 0.0
        shut[s] = 0.0
    for i in range(a, b):
        here, share = (parts.region[i], parts.share[i]) if number >= regions else (number, 1.0)
        to, off, there, back_there = costs.regions.out[here], costs.regions.back[here], share * out, share * back
        own = row[here]
        for s in range(regions):
            row[s] += there * to[s] + back_there * off[s]
        row[here] = own + share * within_gb * costs.within[here]
        if k != NO_TABLE:
            table = costs.tables[k, here] if forth else costs.tables_back[k, here]
            for s in range(regions):
                shut[s] += table[s]


@inlined
def _at(costs: Costs, number: int, k: int, row: Floats, shut: Floats) -> float:
    """What a row says of a region or place."""
    regions, parts = len(costs.within), costs.parts
    usd = 0.0
    if number < regions:
        usd = row[number] + (shut[number] if k != NO_TABLE else 0.0)
    else:
        for j in range(parts.first[number - regions], parts.first[number - regions + 1]):
            usd += parts.share[j] * row[parts.region[j]]
            if k != NO_TABLE:
                usd += shut[parts.region[j]]
    return usd


@inner
def send_places(
    graph: Graph, costs: Costs, edge: int, sender: int, own: Floats, received: Floats, room: Floats
) -> None:
    """received[s] = min over the sender's labels r of  own[r] + cost of the pair (r, s), where one end has places.

    Exact. The sender's cheapest place goes first: another is skipped if even for nothing it would reach none sooner.
    """
    forth = graph.tail[edge] == sender
    receiver = graph.head[edge] if forth else graph.tail[edge]
    out, back, within_gb, k = graph.out_gb[edge], graph.back_gb[edge], graph.within_gb[edge], graph.table[edge]
    if not forth:
        out, back = back, out
    a, c = graph.first[sender], graph.first[receiver]
    row, shut = room[0], room[1]
    if not is_place(costs, graph.region[a]):
        for q in range(len(received)):
            _row(costs, graph.region[c + q], back, out, within_gb, k, not forth, row, shut)
            least = _HUGE
            for p in range(len(own)):
                r = graph.region[a + p]
                usd = own[p] + row[r] + (shut[r] if k != NO_TABLE else 0.0)
                least = usd if usd < least else least
            received[q] = least
        return
    for q in range(len(received)):
        received[q] = _HUGE
    cheapest = 0
    for p in range(len(own)):
        cheapest = p if own[p] < own[cheapest] else cheapest
    top = _HUGE
    for turn in range(len(own)):
        # The cheapest and the first change their turns.
        p = cheapest if turn == 0 else 0 if turn == cheapest else turn
        if own[p] >= top:
            continue
        _row(costs, graph.region[a + p], out, back, within_gb, k, forth, row, shut)
        top = -_HUGE
        for q in range(len(received)):
            usd = own[p] + _at(costs, graph.region[c + q], k, row, shut)
            received[q] = usd if usd < received[q] else received[q]
            top = received[q] if received[q] > top else top
