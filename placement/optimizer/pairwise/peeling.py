"""Leaves are folded into the node that they hang on, exactly, again and again: cycles remain, or one node.

message i -> j (s) = min over r of  own_i(r) + p(r, s),      own_j += message;     undone in reverse, i takes the argmin
"""

from placement.optimizer.pairwise.compiled import inlined
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.sending import add_fixed, least_at, other_end, send, slot_from
from placement.optimizer.pairwise.state import State


@inlined
def peel(nodes: Whole, graph: Graph, costs: Costs, state: State, peeled: Whole, along: Whole, room: Floats) -> int:
    """Fold leaves; `peeled` and `along` take the nodes and their edges in order. Returns how many."""
    count = 0
    for node in nodes:
        state.cyclic[node] = True
        state.degree[node] = graph.start[node + 1] - graph.start[node]
    for first in nodes:
        node = first
        while state.cyclic[node] and state.degree[node] == 1:
            for at in range(graph.start[node], graph.start[node + 1]):
                edge = graph.incident[at]
                other = other_end(graph, edge, node)
                if not state.cyclic[other]:
                    continue
                c, d = graph.first[other], graph.first[other + 1]
                slot = slot_from(graph, edge, node)
                message = state.message[slot : slot + d - c]
                own = state.own[graph.first[node] : graph.first[node + 1]]
                send(graph, costs, state, edge, node, own, message, room[4:])
                for q in range(d - c):
                    state.own[c + q] += message[q]
                state.cyclic[node] = False
                state.degree[other] -= 1
                peeled[count], along[count] = node, edge
                count += 1
                node = other
                break
    return count


@inlined
def unpeel(peeled: Whole, along: Whole, graph: Graph, costs: Costs, state: State, room: Floats) -> None:
    """Choose the best label of each peeled node, given that of the node it hangs on."""
    for k in range(len(peeled) - 1, -1, -1):
        node, edge = peeled[k], along[k]
        other = other_end(graph, edge, node)
        a, b = graph.first[node], graph.first[node + 1]
        own = room[0, : b - a]
        for p in range(b - a):
            own[p] = state.own[a + p]
        add_fixed(graph, costs, edge, node, graph.region[graph.first[other] + state.best[other]], own)
        state.best[node] = least_at(own)


@inlined
def unpeel_rest(
    peeled: Whole, along: Whole, graph: Graph, costs: Costs, state: State, rest: Floats, room: Floats
) -> None:
    """rest_i(r) = own_i(r) + min over s of  rest_j(s) - message_ij(s) + p(r, s): what r costs above the bound."""
    for k in range(len(peeled) - 1, -1, -1):
        node, edge = peeled[k], along[k]
        other = other_end(graph, edge, node)
        a, b = graph.first[node], graph.first[node + 1]
        c, d = graph.first[other], graph.first[other + 1]
        slot = slot_from(graph, edge, node)
        left = room[0, : d - c]
        for q in range(d - c):
            left[q] = rest[c + q] - state.message[slot + q]
        send(graph, costs, state, edge, other, left, rest[a:b], room[4:])
        for p in range(a, b):
            rest[p] = max(0.0, rest[p] + state.own[p])
