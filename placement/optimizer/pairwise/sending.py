"""What one end of an edge makes of the costs of the other: the inner loop of everything."""

from placement.optimizer.pairwise.compiled import inner
from placement.optimizer.pairwise.graph import NO_TABLE, Costs, Floats, Graph, Regions

_HUGE = 1e300
_PICKED = 8
"""Of all regions less than one in so many: then the receiver's are picked."""
_SERVED = 8
"""Senders after which the dearest receiver is looked up anew."""


@inner
def other_end(graph: Graph, edge: int, node: int) -> int:
    """The node at the edge's other end."""
    return int(graph.head[edge] if graph.tail[edge] == node else graph.tail[edge])


@inner
def slot_from(graph: Graph, edge: int, sender: int) -> int:
    """Where the message that `sender` sends along the edge begins."""
    return int(graph.slot[2 * edge] if graph.tail[edge] == sender else graph.slot[2 * edge + 1])


@inner
def pair_usd(graph: Graph, costs: Costs, edge: int, r: int, s: int) -> float:
    """The cost of the edge with its tail in region r and its head in s."""
    if r == s:
        usd = graph.within_gb[edge] * costs.within[r]
    else:
        usd = graph.out_gb[edge] * costs.between[r, s] + graph.back_gb[edge] * costs.between[s, r]
    if graph.table[edge] != NO_TABLE:
        usd += costs.tables[graph.table[edge], r, s]
    return float(usd)


@inner
def add_fixed(graph: Graph, costs: Costs, edge: int, node: int, there: int, own: Floats) -> None:
    """own[r] += cost of the edge with the node's label in r and its other end fixed in region `there`."""
    a, b = graph.first[node], graph.first[node + 1]
    forth = graph.tail[edge] == node
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    to, off = costs.incoming[there], costs.between[there]
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
def send(graph: Graph, costs: Costs, edge: int, sender: int, own: Floats, received: Floats, wide: Floats) -> None:
    """received[s] = min over the sender's labels r of  own[r] + cost of the pair (r, s).

    Exact for any rates and tables without negative entries: a label is skipped only if even its cheapest pair is
    no better than what the dearest receiver has already. `wide` is room for all regions: where the receiver may lie in
    many, whole rows of rates are added up, which is faster than to pick its regions from them.
    """
    forth = graph.tail[edge] == sender
    receiver = graph.head[edge] if forth else graph.tail[edge]
    out, back = graph.out_gb[edge], graph.back_gb[edge]
    if not forth:
        out, back = back, out
    k = graph.table[edge]
    tables = costs.tables if forth else costs.tables_back
    here = graph.region[graph.first[sender] : graph.first[sender + 1]]
    there = graph.region[graph.first[receiver] : graph.first[receiver + 1]]
    everywhere = len(costs.within)
    picked = _PICKED * len(there) < everywhere
    if picked:
        _stay(here, there, own, received)
    else:
        for s in range(everywhere):
            wide[s] = _HUGE
        for p in range(len(here)):
            wide[here[p]] = own[p]
        for q in range(len(there)):
            received[q] = wide[there[q]]
    if graph.within_gb[edge] > 0.0 or k != NO_TABLE:
        for q in range(len(there)):
            s = there[q]
            received[q] += graph.within_gb[edge] * costs.within[s]
            if k != NO_TABLE:
                received[q] += tables[k, s, s]
            wide[s] = received[q]
    least = 0
    for p in range(len(here)):
        if own[p] < own[least]:
            least = p
    top, served = _HUGE, 0
    for turn in range(-1, len(here)):
        p = least if turn < 0 else turn
        if turn == least or own[p] >= top:
            continue
        r = here[p]
        if own[p] + out * costs.least_out[r] + back * costs.least_in[r] >= top:
            continue
        to, off = costs.between[r], costs.incoming[r]
        if picked and k == NO_TABLE:
            for q in range(len(there)):
                s = there[q]
                received[q] = min(received[q], own[p] + out * to[s] + back * off[s])
        elif picked:
            for q in range(len(there)):
                s = there[q]
                received[q] = min(received[q], own[p] + out * to[s] + back * off[s] + tables[k, r, s])
        elif k == NO_TABLE:
            for s in range(everywhere):
                wide[s] = min(wide[s], own[p] + out * to[s] + back * off[s])
        else:
            table = tables[k, r]
            for s in range(everywhere):
                wide[s] = min(wide[s], own[p] + out * to[s] + back * off[s] + table[s])
        served += 1
        if served <= 2 or served % _SERVED == 0:
            if not picked:
                for q in range(len(there)):
                    received[q] = wide[there[q]]
            top = received[0]
            for q in range(len(there)):
                top = max(top, received[q])
    if not picked:
        for q in range(len(there)):
            received[q] = wide[there[q]]


@inner
def _stay(here: Regions, there: Regions, own: Floats, received: Floats) -> None:
    """received[s] = own[s] where both ends may lie in region s; both are sorted."""
    p = 0
    for q in range(len(there)):
        while p < len(here) and here[p] < there[q]:
            p += 1
        received[q] = own[p] if p < len(here) and here[p] == there[q] else _HUGE
