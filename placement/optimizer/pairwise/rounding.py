"""Solutions from messages: nodes are fixed one after the other, then moved one at a time while that helps."""

from placement.optimizer.pairwise.compiled import inlined, inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.parts import pair_usd
from placement.optimizer.pairwise.passing import add_messages
from placement.optimizer.pairwise.sending import add_fixed, least_at, other_end
from placement.optimizer.pairwise.state import State

_ROUNDS = 20
_LEAST_USD = 1e-9
"""A move that gains less is none."""


@inner
def region_of(graph: Graph, state: State, node: int) -> int:
    """Where the solution at hand has the node."""
    return int(graph.region[graph.first[node] + state.label[node]])


@inlined
def value_of(core: Whole, graph: Graph, costs: Costs, state: State) -> float:
    """The cost of the solution at hand on the core and on what was peeled from it."""
    usd = 0.0
    for node in core:
        usd += state.own[graph.first[node] + state.label[node]]
        for at in range(graph.start[node], graph.start[node + 1]):
            edge = graph.incident[at]
            if graph.tail[edge] == node and state.cyclic[graph.head[edge]]:
                s = region_of(graph, state, graph.head[edge])
                usd += pair_usd(graph, costs, edge, region_of(graph, state, node), s)
    return usd


@inner
def _add_neighbours(node: int, before: int, graph: Graph, costs: Costs, state: State, h: Floats) -> None:
    """h += costs of the edges to the neighbours in the core that come before `before`, where they lie now."""
    for at in range(graph.start[node], graph.start[node + 1]):
        edge = graph.incident[at]
        other = other_end(graph, edge, node)
        if state.cyclic[other] and other < before:
            add_fixed(graph, costs, edge, node, region_of(graph, state, other), h)


@inlined
def fix_in_order(core: Whole, graph: Graph, costs: Costs, state: State, room: Floats) -> None:
    """Each node takes its best label, given the nodes before it and the messages of those after."""
    for node in core:
        a, b = graph.first[node], graph.first[node + 1]
        h = room[0, : b - a]
        for p in range(b - a):
            h[p] = state.own[a + p]
        _add_neighbours(node, node, graph, costs, state, h)
        add_messages(node, graph, state, node, h)
        state.label[node] = least_at(h)


@inner
def move_singly(core: Whole, graph: Graph, costs: Costs, state: State, room: Floats) -> None:
    """Move one node at a time while that lowers the cost; a node is asked again only when a neighbour has moved."""
    for node in core:
        state.asked[node] = True
    for _ in range(_ROUNDS):
        moved = False
        for node in core:
            if not state.asked[node]:
                continue
            state.asked[node] = False
            a, b = graph.first[node], graph.first[node + 1]
            h = room[0, : b - a]
            for p in range(b - a):
                h[p] = state.own[a + p]
            _add_neighbours(node, len(state.label), graph, costs, state, h)
            label = least_at(h)
            if h[label] < h[state.label[node]] - _LEAST_USD:
                state.label[node], moved = label, True
                for at in range(graph.start[node], graph.start[node + 1]):
                    state.asked[other_end(graph, graph.incident[at], node)] = True
        if not moved:
            return
