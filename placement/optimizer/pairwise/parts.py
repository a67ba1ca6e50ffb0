"""Places: labels that stand for several regions, in each of which a share of the node lies.

What a pair costs is the mean over the regions of both ends, by shares, so that a table closes a place to a pair only if
it asks for the least share more than all else may cost. Shares may add up to less than one: then that much is all that
is said of the node. All labels of a node are regions, or all are places.
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
def pair_usd(graph: Graph, costs: Costs, edge: int, r: int, s: int) -> float:
    """The cost of the edge with its tail at r and its head at s, regions or places."""
    parts, k, usd = costs.parts, graph.table[edge], 0.0
    for i in range(parts.first[r], parts.first[r + 1]):
        for j in range(parts.first[s], parts.first[s + 1]):
            here, there = parts.region[i], parts.region[j]
            if here == there:
                pair = graph.within_gb[edge] * costs.within[here]
            else:
                pair = graph.out_gb[edge] * costs.regions.out[here, there]
                pair += graph.back_gb[edge] * costs.regions.out[there, here]
            if k != NO_TABLE:
                pair += costs.tables[k, here, there]
            usd += parts.share[i] * parts.share[j] * pair
    return float(usd)


@inlined
def _fill(
    costs: Costs, number: int, out: float, back: float, within_gb: float, k: int, forth: bool, row: Floats
) -> None:
    """row[s] = what an edge costs between a node at `number` and one in region s: `out` GB flow from it, `back` to
    it."""
    parts = costs.parts
    for s in range(len(row)):
        row[s] = 0.0
    for i in range(parts.first[number], parts.first[number + 1]):
        here, share = parts.region[i], parts.share[i]
        to, off, own = costs.regions.out[here], costs.regions.back[here], row[here]
        for s in range(len(row)):
            row[s] += share * (out * to[s] + back * off[s])
        row[here] = own + share * within_gb * costs.within[here]
        if k != NO_TABLE:
            for s in range(len(row)):
                row[s] += share * (costs.tables[k, here, s] if forth else costs.tables[k, s, here])


@inner
def send_places(
    graph: Graph, costs: Costs, edge: int, sender: int, own: Floats, received: Floats, room: Floats
) -> None:
    """received[s] = min over the sender's labels r of  own[r] + cost of the pair (r, s), where one end has places.

    Exact. One row for each place: where the sender has places, its cheapest goes first, and another is skipped if even
    for nothing it would reach none sooner.
    """
    parts = costs.parts
    forth = graph.tail[edge] == sender
    a, c = graph.first[sender], graph.first[graph.head[edge] if forth else graph.tail[edge]]
    from_places, count = is_place(costs, graph.region[a]), len(own)
    if not from_places:
        # Places are those from a on, and `forth` whether they are at the tail.
        a, c, forth, count = c, a, not forth, len(received)
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    row, cheapest, top = room[0, : len(costs.within)], 0, _HUGE
    for q in range(len(received)):
        received[q] = _HUGE
    if from_places:
        for p in range(count):
            cheapest = p if own[p] < own[cheapest] else cheapest
    for turn in range(count):
        # The cheapest and the first change their turns.
        p = cheapest if turn == 0 else 0 if turn == cheapest else turn
        if from_places and own[p] >= top:
            continue
        _fill(costs, graph.region[a + p], out, back, graph.within_gb[edge], graph.table[edge], forth, row)
        top = -_HUGE
        for q in range(len(own) + len(received) - count):
            number, usd = graph.region[c + q], own[p] if from_places else own[q]
            for j in range(parts.first[number], parts.first[number + 1]):
                usd += parts.share[j] * row[parts.region[j]]
            to = q if from_places else p
            received[to] = usd if usd < received[to] else received[to]
            top = received[to] if received[to] > top else top
