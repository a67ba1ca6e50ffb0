"""One pass of messages over a cyclic core: sequential tree-reweighted message passing.

Messages shift cost between nodes and edges without changing any sum. Each node sends its own cost in equal parts along
the edges that lead on in the order of the nodes; what cannot be avoided on the way adds up to the bound (V. Kolmogorov,
IEEE PAMI 28, 2006). The cost left above that bound at a label says what every solution with that label costs at least.
"""

from placement.optimizer.pairwise.compiled import inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.sending import least_at, other_end, send, slot_from
from placement.optimizer.pairwise.state import State


@inner
def add_messages(node: int, graph: Graph, state: State, after: int, h: Floats) -> None:
    """h += the messages from all neighbours in the core that come later than `after`."""
    size = graph.first[node + 1] - graph.first[node]
    for at in range(graph.start[node], graph.start[node + 1]):
        edge = graph.incident[at]
        other = other_end(graph, edge, node)
        if state.cyclic[other] and other > after:
            slot = slot_from(graph, edge, other)
            for p in range(size):
                h[p] += state.message[slot + p]


@inner
def send_all(core: Whole, forward: bool, graph: Graph, costs: Costs, state: State, room: Floats, rest: Floats) -> float:
    """Send along one order of the nodes. Returns a lower bound, and adds what is left above it to `rest`.

    `room` has shape (6, labels of a node) at least, with R + 2 more rows where there are places; `rest` has shape (L,),
    and is empty where it is not asked for.
    """
    bound, wanted = 0.0, len(rest) > 0
    for at_node in range(len(core)):
        node = core[at_node] if forward else core[len(core) - 1 - at_node]
        a, b = graph.first[node], graph.first[node + 1]
        h, share = room[0, : b - a], room[1, : b - a]
        for p in range(b - a):
            h[p] = state.own[a + p]
        add_messages(node, graph, state, node - len(state.label), h)
        onward = 0
        for at in range(graph.start[node], graph.start[node + 1]):
            other = other_end(graph, graph.incident[at], node)
            if state.cyclic[other] and (other > node) == forward:
                onward += 1
        part = 1.0 / max(onward, state.degree[node] - onward, 1)
        kept = 1.0 - part * onward
        if kept > 1e-12:
            least = h[least_at(h)]
            bound += kept * least
            if wanted:
                for p in range(b - a):
                    rest[a + p] += kept * (h[p] - least)
        for at in range(graph.start[node], graph.start[node + 1]):
            edge = graph.incident[at]
            other = other_end(graph, edge, node)
            if not state.cyclic[other] or (other > node) != forward:
                continue
            back = slot_from(graph, edge, other)
            for p in range(b - a):
                share[p] = part * h[p] - state.message[back + p]
            slot, size = slot_from(graph, edge, node), graph.first[other + 1] - graph.first[other]
            message = state.message[slot : slot + size]
            send(graph, costs, state, edge, node, share, message, room[4:])
            least = message[least_at(message)]
            bound += least
            for q in range(size):
                message[q] -= least
            if wanted:
                negative, left = room[2, :size], room[3, : b - a]
                for q in range(size):
                    negative[q] = -message[q]
                send(graph, costs, state, edge, other, negative, left, room[4:])
                for p in range(b - a):
                    rest[a + p] += share[p] + left[p] - least
    return bound
