"""All nodes of a random forest in the graph move at once, exactly, while the others stay where they are."""

from placement.optimizer.pairwise.chance import shuffle
from placement.optimizer.pairwise.compiled import inlined, inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.rounding import region_of
from placement.optimizer.pairwise.sending import add_fixed, least_at, other_end, send
from placement.optimizer.pairwise.state import State

_OUT, _IN, _VISITED = 0, 1, 2


@inner
def _leader(leads: Whole, member: int) -> int:
    while leads[member] != member:
        leads[member] = leads[leads[member]]
        member = int(leads[member])
    return member


@inlined
def _plant(core: Whole, graph: Graph, state: State, lists: Whole) -> None:
    """Mark nodes in random order, each unless it would close a cycle among the marked."""
    count = len(core)
    order, leads, met = lists[0, :count], lists[1], lists[2]
    for k in range(count):
        order[k] = leads[k] = k
    shuffle(order)
    for node in core:
        state.tree[node] = _OUT
    for at_turn in range(count):
        turn = order[at_turn]
        node, trees, open_ = core[turn], 0, True
        for at in range(graph.start[node], graph.start[node + 1]):
            other = other_end(graph, graph.incident[at], node)
            if not state.cyclic[other] or state.tree[other] == _OUT:
                continue
            leader = _leader(leads, state.place[other])
            for t in range(trees):
                open_ = open_ and met[t] != leader
            if not open_:
                break
            met[trees] = leader
            trees += 1
        if open_:
            state.tree[node] = _IN
            for t in range(trees):
                leads[met[t]] = turn


@inner
def move_forest(core: Whole, graph: Graph, costs: Costs, state: State, room: Floats, lists: Whole) -> None:
    """The best labels of a random forest, given all other nodes; never makes the solution worse.

    `lists` has shape (3, len(core)) at least.
    """
    _plant(core, graph, state, lists)
    for node in core:
        if state.tree[node] == _OUT:
            continue
        a, b = graph.first[node], graph.first[node + 1]
        own = state.trial[a:b]
        for p in range(b - a):
            own[p] = state.own[a + p]
        for at in range(graph.start[node], graph.start[node + 1]):
            edge = graph.incident[at]
            other = other_end(graph, edge, node)
            if state.cyclic[other] and state.tree[other] == _OUT:
                add_fixed(graph, costs, edge, node, region_of(graph, state, other), own)
    order, above = lists[0], lists[1]
    for root in core:
        if state.tree[root] == _IN:
            count = _walk(root, graph, state, order, above)
            _solve_tree(order[:count], above, graph, costs, state, room)


@inlined
def _walk(root: int, graph: Graph, state: State, order: Whole, above: Whole) -> int:
    """The tree from its root, in `order`, with each node's edge to the node above it. Returns its size."""
    order[0], above[0], count, at_node = root, -1, 1, 0
    state.tree[root] = _VISITED
    while at_node < count:
        node = order[at_node]
        for at in range(graph.start[node], graph.start[node + 1]):
            edge = graph.incident[at]
            other = other_end(graph, edge, node)
            if state.cyclic[other] and state.tree[other] == _IN:
                state.tree[other] = _VISITED
                order[count], above[count] = other, edge
                count += 1
        at_node += 1
    return count


@inlined
def _solve_tree(order: Whole, above: Whole, graph: Graph, costs: Costs, state: State, room: Floats) -> None:
    """From the leaves up the least costs, from the root down the labels that have them."""
    for k in range(len(order) - 1, 0, -1):
        node, edge = order[k], above[k]
        other = other_end(graph, edge, node)
        a, b = graph.first[node], graph.first[node + 1]
        c, d = graph.first[other], graph.first[other + 1]
        received = room[0, : d - c]
        send(graph, costs, state, edge, node, state.trial[a:b], received, room[4:])
        for q in range(d - c):
            state.trial[c + q] += received[q]
    for k in range(len(order)):
        node = order[k]
        own = state.trial[graph.first[node] : graph.first[node + 1]]
        if k > 0:
            other = other_end(graph, above[k], node)
            add_fixed(graph, costs, above[k], node, region_of(graph, state, other), own)
        state.label[node] = least_at(own)
