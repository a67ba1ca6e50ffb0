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


@inlined
def is_charged(costs: Costs) -> bool:
    """Whether flows pay beyond the rates."""
    return len(costs.charges.usd) > 0


@inlined
def charge_usd(costs: Costs, way: int, here: int, there: int) -> float:
    """What an edge pays beyond the rates between two regions, for both ways; it goes 2e or 2e + 1 from the first."""
    tariff, usd = costs.charges.tariff, costs.charges.usd
    return float(usd[way, tariff[here, there]] + usd[way ^ 1, tariff[there, here]])


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
                if is_charged(costs):
                    pair += charge_usd(costs, 2 * edge, here, there)
            if k != NO_TABLE and here < nowhere and there < nowhere:
                pair += costs.tables[k, here, there]
            usd += parts.share[i] * parts.share[j] * pair
    return float(usd)


@inlined
def _fill(graph: Graph, costs: Costs, edge: int, forth: bool, here: int, others: Regions, row: Floats) -> None:
    """What the edge costs with one end, its tail or with `forth` false its head, in region `here`, or R if it is not
    said where, and the other at each of these labels; or, if they are places, in each region, and last not said where.
    """
    regions, k, way, wide = len(costs.within), graph.table[edge], 2 * edge + (0 if forth else 1), len(others)
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    places = is_place(costs, others[0])
    if places:
        wide = regions + 1
    for q in range(wide):
        s = q if places else int(others[q])
        if here == regions:
            row[q] = costs.elsewhere[way, s] if s < regions else 0.0
            continue
        if s == regions:
            row[q] = costs.elsewhere[way ^ 1, here] if len(costs.elsewhere) > 0 else 0.0
            continue
        if s == here:
            usd = graph.within_gb[edge] * costs.within[here]
        else:
            usd = out * costs.regions.out[here, s] + back * costs.regions.back[here, s]
            if is_charged(costs):
                usd += charge_usd(costs, way, here, s)
        if k != NO_TABLE:
            usd += costs.tables[k, here, s] if forth else costs.tables_back[k, here, s]
        row[q] = usd


@inner
def send_places(
    graph: Graph, costs: Costs, edge: int, sender: int, own: Floats, received: Floats, room: Floats
) -> None:
    """received[s] = min over the sender's labels r of  own[r] + cost of the pair (r, s), where one end has places.

    Exact. What each region costs is worked out once, when a place first has it. Where the sender has places, its
    cheapest goes first, and another is skipped if even for the least that it may cost it would reach none sooner.
    """
    forth = graph.tail[edge] == sender
    a, c = graph.first[sender], graph.first[graph.head[edge] if forth else graph.tail[edge]]
    from_places, count = is_place(costs, graph.region[a]), len(own)
    if not from_places:
        # Places are those from a on, and `forth` whether they are at the tail.
        a, c, forth, count = c, a, not forth, len(received)
    others = graph.region[c : c + len(own) + len(received) - count]
    known, reached, rows, cheapest, top = room[0], room[1, : len(others)], room[2:], 0, _HUGE
    for r in range(len(costs.within) + 1):
        known[r] = 0.0
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
        for i in range(costs.parts.first[number], costs.parts.first[number + 1]):
            here = costs.parts.region[i]
            if known[here] == 0.0:
                known[here] = 1.0
                _fill(graph, costs, edge, forth, here, others, rows[here])
        _mean(costs, number, rows, others, reached)
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
def _mean(costs: Costs, number: int, rows: Floats, others: Regions, mean: Floats) -> None:
    """Of the rows of a place, for each of the other end's labels: all of them are places, or none."""
    parts, places = costs.parts, is_place(costs, others[0])
    regions = len(costs.within)
    wide = regions + 1 if places else len(others)
    row = rows[regions + 1] if places else mean
    for q in range(wide):
        row[q] = 0.0
    for i in range(parts.first[number], parts.first[number + 1]):
        part, share = rows[parts.region[i]], parts.share[i]
        for q in range(wide):
            row[q] += share * part[q]
    if places:
        for q in range(len(others)):
            usd = 0.0
            for j in range(parts.first[others[q]], parts.first[others[q] + 1]):
                usd += parts.share[j] * row[parts.region[j]]
            mean[q] = usd


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
