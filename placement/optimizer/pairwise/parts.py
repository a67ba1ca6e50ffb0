"""Places: labels that stand for several regions, in each of which a share of the node lies.

What a pair costs is the mean over the regions of both ends, by shares, so that a table closes a place to a pair only if
it asks for the least share more than all else may cost. Of some parts only is said what edges cost at least
(`Costs.elsewhere`). All labels of a node are regions, or all are places.
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
            here, there, nowhere = parts.region[i], parts.region[j], len(costs.within)
            if here == nowhere:
                pair = costs.elsewhere[2 * edge, there] if there < nowhere else 0.0
            elif there == nowhere:
                pair = costs.elsewhere[2 * edge + 1, here]
            elif here == there:
                pair = graph.within_gb[edge] * costs.within[here]
            else:
                pair = graph.out_gb[edge] * costs.regions.out[here, there]
                pair += graph.back_gb[edge] * costs.regions.out[there, here]
            if k != NO_TABLE and here < nowhere and there < nowhere:
                pair += costs.tables[k, here, there]
            usd += parts.share[i] * parts.share[j] * pair
    return float(usd)


@inlined
def _fill(graph: Graph, costs: Costs, edge: int, forth: bool, number: int, row: Floats) -> None:
    """row[s] = what the edge costs between its tail, or with `forth` false its head, at `number` and the other end in
    region s; row[R], if it is not said where."""
    parts, regions, k, way = costs.parts, len(row) - 1, graph.table[edge], 2 * edge + (0 if forth else 1)
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    for s in range(regions + 1):
        row[s] = 0.0
    for i in range(parts.first[number], parts.first[number + 1]):
        here, share = parts.region[i], parts.share[i]
        if here == regions:
            for s in range(regions):
                row[s] += share * costs.elsewhere[way, s]
            continue
        to, off, own = costs.regions.out[here], costs.regions.back[here], row[here]
        for s in range(regions):
            row[s] += share * (out * to[s] + back * off[s])
        row[here] = own + share * graph.within_gb[edge] * costs.within[here]
        if k != NO_TABLE:
            for s in range(regions):
                row[s] += share * (costs.tables[k, here, s] if forth else costs.tables[k, s, here])
        if len(costs.elsewhere) > 0:
            row[regions] += share * costs.elsewhere[way ^ 1, here]


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
    row, cheapest, top = room[0, : len(costs.within) + 1], 0, _HUGE
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
        _fill(graph, costs, edge, forth, graph.region[a + p], row)
        top = -_HUGE
        for q in range(len(own) + len(received) - count):
            number, usd = graph.region[c + q], own[p] if from_places else own[q]
            for j in range(parts.first[number], parts.first[number + 1]):
                usd += parts.share[j] * row[parts.region[j]]
            to = q if from_places else p
            received[to] = usd if usd < received[to] else received[to]
            top = received[to] if received[to] > top else top
