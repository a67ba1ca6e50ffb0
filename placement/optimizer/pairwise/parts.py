"""Places: labels that stand for several regions, in each of which a share of the node lies.

What a pair costs is the mean over the regions of both ends, by shares, so that a table closes a place to a pair only if
it asks for the least share more than all else may cost. Of some parts only is said what edges cost at least
(`Costs.elsewhere`). All labels of a node are regions, or all are places.
"""

from placement.optimizer.pairwise.compiled import inlined, inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Regions

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
    for the least that it may cost it would reach none sooner.
    """
    forth = graph.tail[edge] == sender
    a, c = graph.first[sender], graph.first[graph.head[edge] if forth else graph.tail[edge]]
    from_places, count = is_place(costs, graph.region[a]), len(own)
    if not from_places:
        # Places are those from a on, and `forth` whether they are at the tail.
        a, c, forth, count = c, a, not forth, len(received)
    others = graph.region[c : c + len(own) + len(received) - count]
    row, reached, cheapest, top = room[0, : len(costs.within) + 1], room[1, : len(others)], 0, _HUGE
    for q in range(len(received)):
        received[q] = _HUGE
    if from_places:
        for p in range(count):
            cheapest = p if own[p] < own[cheapest] else cheapest
    for turn in range(count):
        # The cheapest and the first change their turns.
        p = cheapest if turn == 0 else 0 if turn == cheapest else turn
        number = graph.region[a + p]
        if from_places and own[p] + _least_usd(graph, costs, edge, forth, number, others[0]) >= top:
            continue
        _fill(graph, costs, edge, forth, number, row)
        _mean(costs, row, others, reached)
        if from_places:
            top = -_HUGE
            for q in range(len(received)):
                usd = own[p] + reached[q]
                received[q] = usd if usd < received[q] else received[q]
                top = received[q] if received[q] > top else top
        else:
            usd = _HUGE
            for q in range(len(own)):
                usd = own[q] + reached[q] if own[q] + reached[q] < usd else usd
            received[p] = usd


@inlined
def _mean(costs: Costs, row: Floats, numbers: Regions, mean: Floats) -> None:
    """Of a row over regions, for each of the numbers: those of a node, of which all are places, or none."""
    if is_place(costs, numbers[0]):
        parts = costs.parts
        for q in range(len(numbers)):
            usd = 0.0
            for j in range(parts.first[numbers[q]], parts.first[numbers[q] + 1]):
                usd += parts.share[j] * row[parts.region[j]]
            mean[q] = usd
    else:
        for q in range(len(numbers)):
            mean[q] = row[numbers[q]]


@inlined
def _least_usd(graph: Graph, costs: Costs, edge: int, forth: bool, number: int, other: int) -> float:
    """No more than what the edge costs between a place and any region, of which one part of the place at most may lie
    in it; nothing if the other ends are places."""
    parts, total, largest = costs.parts, 0.0, 0.0
    if is_place(costs, other):
        return 0.0
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    for i in range(parts.first[number], parts.first[number + 1]):
        here = parts.region[i]
        if here < len(costs.within):
            usd = parts.share[i] * (out * costs.regions.least_out[here] + back * costs.regions.least_back[here])
            total += usd
            largest = usd if usd > largest else largest
    return total - largest
