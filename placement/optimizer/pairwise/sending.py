"""What one end of an edge makes of the costs of the other: the inner loop of everything."""

from placement.optimizer.pairwise.compiled import inlined, inner
from placement.optimizer.pairwise.costs import Costs, PerGb
from placement.optimizer.pairwise.graph import NO_TABLE, Floats, Graph, Regions
from placement.optimizer.pairwise.parts import charge_usd, is_charged, is_place, pair_usd, send_places
from placement.optimizer.pairwise.state import State

_HUGE = 1e300
_FEW = 32
"""Pairs of labels to each group of regions below which all pairs are tried."""


@inner
def other_end(graph: Graph, edge: int, node: int) -> int:
    """The node at the edge's other end."""
    return int(graph.head[edge] if graph.tail[edge] == node else graph.tail[edge])


@inner
def slot_from(graph: Graph, edge: int, sender: int) -> int:
    """Where the message that `sender` sends along the edge begins."""
    return int(graph.slot[2 * edge] if graph.tail[edge] == sender else graph.slot[2 * edge + 1])


@inner
def add_fixed(graph: Graph, costs: Costs, edge: int, node: int, there: int, own: Floats) -> None:
    """own[r] += cost of the edge with the node's label at r and its other end fixed at `there`."""
    a, b = graph.first[node], graph.first[node + 1]
    forth = graph.tail[edge] == node
    if is_place(costs, there) or is_place(costs, graph.region[a]) or is_charged(costs):
        for p in range(b - a):
            r = graph.region[a + p]
            own[p] += pair_usd(graph, costs, edge, r, there) if forth else pair_usd(graph, costs, edge, there, r)
        return
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    to, off = costs.regions.back[there], costs.regions.out[there]
    for p in range(b - a):
        r = graph.region[a + p]
        if r == there:
            own[p] += graph.within_gb[edge] * costs.within[r]
        else:
            own[p] += out * to[r] + back * off[r]
    if graph.table[edge] != NO_TABLE:
        table = costs.tables_back[graph.table[edge], there] if forth else costs.tables[graph.table[edge], there]
        for p in range(b - a):
            own[p] += table[graph.region[a + p]]


@inner
def least_at(values: Floats) -> int:
    """The position of the least."""
    at = 0
    for p in range(1, len(values)):
        if values[p] < values[at]:
            at = p
    return at


@inner
def send(
    graph: Graph, costs: Costs, state: State, edge: int, sender: int, own: Floats, received: Floats, room: Floats
) -> None:
    """received[s] = min over the sender's labels r of  own[r] + cost of the pair (r, s).

    Exact for any rates, and tables without negative entries. Regions with the same rates send and receive as one: only
    the cheapest label of a group can matter outside of its region. `room` has shape (2, regions) at least.
    """
    forth = graph.tail[edge] == sender
    receiver = graph.head[edge] if forth else graph.tail[edge]
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    a, b = graph.first[sender], graph.first[sender + 1]
    c, d = graph.first[receiver], graph.first[receiver + 1]
    here, there, k = graph.region[a:b], graph.region[c:d], graph.table[edge]
    if is_place(costs, here[0]) or is_place(costs, there[0]):
        send_places(graph, costs, edge, sender, own, received, room)
        return
    wide, reached = room[0, : len(costs.within)], room[1]
    for s in range(len(wide)):
        wide[s] = _HUGE
    for p in range(b - a):
        wide[here[p]] = own[p]
    for q in range(d - c):
        received[q] = wide[there[q]]
    if graph.within_gb[edge] > 0.0 or k != NO_TABLE:
        for q in range(d - c):
            received[q] += graph.within_gb[edge] * costs.within[there[q]]
            if k != NO_TABLE:
                received[q] += costs.tables[k, there[q], there[q]]
    if is_charged(costs) or (b - a) * (d - c) <= _FEW * len(costs.groups.out):
        _reach_each(graph, costs, edge, forth, here, there, own, received)
    else:
        rates, tables = costs.regions, costs.tables if forth else costs.tables_back
        if k == NO_TABLE:
            rates, here, there = costs.groups, state.group[a:b], state.group[c:d]
        least = wide[: len(rates.out)]
        for r in range(len(least)):
            least[r] = _HUGE
        for p in range(b - a):
            if own[p] < least[here[p]]:
                least[here[p]] = own[p]
        _reach(rates, out, back, tables, k, least, reached)
        for q in range(d - c):
            usd = reached[there[q]]
            received[q] = usd if usd < received[q] else received[q]


@inlined
def _reach(rates: PerGb, out: float, back: float, tables: Floats, k: int, least: Floats, reached: Floats) -> None:
    """reached[s] = min over places r of  least[r] + cost of the pair (r, s).

    What the cheapest place sends reaches all but itself, which is asked apart; another is skipped if even its cheapest
    pair is no better than the dearest of that.
    """
    for s in range(len(least)):
        reached[s] = _HUGE
    cheapest = least_at(least)
    _from(rates, cheapest, out, back, tables, k, least, reached)
    to, off = rates.back[cheapest], rates.out[cheapest]
    for r in range(len(least)):
        usd = least[r] + out * to[r] + back * off[r]
        if k != NO_TABLE:
            usd += tables[k, r, cheapest]
        reached[cheapest] = usd if usd < reached[cheapest] else reached[cheapest]
    top = 0.0
    for s in range(len(least)):
        top = reached[s] if s != cheapest and reached[s] > top else top
    for r in range(len(least)):
        if r != cheapest and least[r] + out * rates.least_out[r] + back * rates.least_back[r] < top:
            _from(rates, r, out, back, tables, k, least, reached)


@inlined
def _from(
    rates: PerGb, r: int, out: float, back: float, tables: Floats, k: int, least: Floats, reached: Floats
) -> None:
    """What reaches all places from place r."""
    usd, to, off = least[r], rates.out[r], rates.back[r]
    if k == NO_TABLE:
        for s in range(len(least)):
            here = usd + out * to[s] + back * off[s]
            reached[s] = here if here < reached[s] else reached[s]
    else:
        table = tables[k, r]
        for s in range(len(least)):
            here = usd + out * to[s] + back * off[s] + table[s]
            reached[s] = here if here < reached[s] else reached[s]


@inlined
def _reach_each(
    graph: Graph, costs: Costs, edge: int, forth: bool, here: Regions, there: Regions, own: Floats, received: Floats
) -> None:
    """Pairs of labels one by one: the cheapest first, and another only if by rates alone, which are the least that it
    pays, it might reach some label sooner. Pairs within a region are known."""
    out, back, way, k = graph.out_gb[edge], graph.back_gb[edge], 2 * edge + (0 if forth else 1), graph.table[edge]
    if not forth:
        out, back = back, out
    cheapest, top = least_at(own), _HUGE
    for turn in range(len(here)):
        # The cheapest and the first change their turns.
        p = cheapest if turn == 0 else 0 if turn == cheapest else turn
        r = here[p]
        if own[p] + out * costs.regions.least_out[r] + back * costs.regions.least_back[r] >= top:
            continue
        to, off = costs.regions.out[r], costs.regions.back[r]
        top = -_HUGE
        for q in range(len(there)):
            s = there[q]
            usd = own[p] + out * to[s] + back * off[s]
            if is_charged(costs):
                usd += charge_usd(costs, way, r, s)
            if k != NO_TABLE:
                usd += costs.tables[k, r, s] if forth else costs.tables_back[k, r, s]
            if r != s and usd < received[q]:
                received[q] = usd
            top = received[q] if received[q] > top else top
