"""One component at a time: peel leaves, then raise the bound and lower the value of the cyclic core until they meet."""

from typing import NamedTuple

import numpy as np

from placement.optimizer.pairwise.compiled import entry, fingerprint, inlined, inner
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.forest import move_forest
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.passing import send_all
from placement.optimizer.pairwise.peeling import peel, unpeel, unpeel_rest
from placement.optimizer.pairwise.rounding import fix_in_order, move_singly, value_of
from placement.optimizer.pairwise.sending import least_at
from placement.optimizer.pairwise.state import State

_STALL = 1e-6
"""A pass that lifts the bound by less than this fraction has stalled."""
_STALLED = 8
_ROUNDED = 5
"""Passes after which solutions are tried."""
_HUGE = 1e300


class Effort(NamedTuple):
    """How long a component is worked on."""

    passes: int
    forests: int
    """Random ones to try at last, where that left a gap."""
    gap: float
    """(value - bound) / value that is near enough."""
    seed: int
    started: bool
    """`State.best` holds a solution to begin with."""
    wanted: bool
    """What is left above the bound is asked for, by label."""


@inlined
def _near(value: float, bound: float, effort: Effort) -> bool:
    return value - bound <= effort.gap * abs(value)


@inner
def _keep_better(core: Whole, graph: Graph, costs: Costs, state: State, value: float) -> float:
    """Keep the solution at hand if it costs less than `value`, else go back to the best. Returns the best's value."""
    found = value_of(core, graph, costs, state)
    if found < value:
        value = found
        for node in core:
            state.best[node] = state.label[node]
    else:
        for node in core:
            state.label[node] = state.best[node]
    return value


@inlined
def _search(
    core: Whole,
    graph: Graph,
    costs: Costs,
    state: State,
    effort: Effort,
    stop: Whole,
    room: Floats,
    lists: Whole,
    rest: Floats,
) -> tuple[float, float]:
    """(bound, value) of a cyclic core."""
    np.random.seed((effort.seed + core[0]) % 2**32)
    bound, value, stalled = -_HUGE, _HUGE, 0
    for k in range(len(core)):
        state.place[core[k]] = k
    if effort.started:
        for node in core:
            state.label[node] = state.best[node]
        move_singly(core, graph, costs, state, room)
        value = _keep_better(core, graph, costs, state, value)
    unasked = rest[:0]
    for step in range(effort.passes):
        before = bound
        for way in range(2):
            bound = max(bound, send_all(core, way == 0, graph, costs, state, room, unasked))
        stalled = stalled + 1 if bound - before <= _STALL * abs(bound) else 0
        if step % _ROUNDED == _ROUNDED - 1 or (step == 0 and not effort.started) or stalled >= _STALLED // 2:
            fix_in_order(core, graph, costs, state, room)
            move_singly(core, graph, costs, state, room)
            value = _keep_better(core, graph, costs, state, value)
            if not _near(value, bound, effort):
                move_forest(core, graph, costs, state, room, lists)
                value = _keep_better(core, graph, costs, state, value)
        if _near(value, bound, effort) or stalled >= _STALLED or stop[0] != 0:
            break
    for _ in range(effort.forests):
        if _near(value, bound, effort) or stop[0] != 0:
            break
        move_forest(core, graph, costs, state, room, lists)
        value = _keep_better(core, graph, costs, state, value)
    if effort.wanted:
        bound = _rest_of_core(core, graph, costs, state, effort, room, rest, bound)
    return min(bound, value), value


@inlined
def _rest_of_core(
    core: Whole,
    graph: Graph,
    costs: Costs,
    state: State,
    effort: Effort,
    room: Floats,
    rest: Floats,
    bound: float,
) -> float:
    """Fill `rest` from one pass each way, so that every solution with the label costs at least bound + rest.

    Returns the bound, which may have risen.
    """
    for node in core:
        for p in range(graph.first[node], graph.first[node + 1]):
            state.trial[p] = bound
    for way in range(2):
        for node in core:
            for p in range(graph.first[node], graph.first[node + 1]):
                rest[p] = 0.0
        found = send_all(core, way == 0, graph, costs, state, room, rest)
        bound = max(bound, found)
        for node in core:
            for p in range(graph.first[node], graph.first[node + 1]):
                state.trial[p] = max(state.trial[p], found + rest[p])
    for node in core:
        for p in range(graph.first[node], graph.first[node + 1]):
            rest[p] = state.trial[p] - bound
    return bound


@inlined
def _begin(nodes: Whole, usd: Floats, graph: Graph, costs: Costs, state: State) -> None:
    """Costs are copied to where they may be added to, groups to where they are found sooner."""
    for node in nodes:
        for p in range(graph.first[node], graph.first[node + 1]):
            state.own[p] = usd[p]
            if graph.region[p] < len(costs.group):
                state.group[p] = costs.group[graph.region[p]]


@inlined
def _core_of(nodes: Whole, core: Whole, state: State) -> int:
    """Fill in the nodes that were not peeled. Returns how many there are."""
    k = 0
    for node in nodes:
        if state.cyclic[node]:
            core[k] = node
            k += 1
    return k


@inlined
def _solve_root(root: int, graph: Graph, state: State, effort: Effort, rest: Floats) -> float:
    """All others were peeled: what is left is exact."""
    a, b = graph.first[root], graph.first[root + 1]
    state.best[root] = least_at(state.own[a:b])
    usd = state.own[a + state.best[root]]
    if effort.wanted:
        for p in range(a, b):
            rest[p] = state.own[p] - usd
    return float(usd)


def _solver(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def solve_components(
        components: Whole,
        members: Whole,
        ends: Whole,
        usd: Floats,
        graph: Graph,
        costs: Costs,
        state: State,
        effort: Effort,
        stop: Whole,
        room: Floats,
        lists: Whole,
        rest: Floats,
        proven: Floats,
    ) -> int:
        """Solve these components; component c has the nodes members[ends[c] : ends[c + 1]].

        Fills proven[c] with its bound and its value, `state.best` with the solution, and, if wanted, `rest` with what
        is left above the bound. All in one body: compilers optimise each level of calls anew.
        """
        for c in components:
            nodes = members[ends[c] : ends[c + 1]]
            _begin(nodes, usd, graph, costs, state)
            peeled, along, core = lists[3, : len(nodes)], lists[4, : len(nodes)], lists[5]
            count = peel(nodes, graph, costs, state, peeled, along, room)
            core = core[: _core_of(nodes, core, state)]
            if len(core) == 1:
                bound = value = _solve_root(core[0], graph, state, effort, rest)
            else:
                bound, value = _search(core, graph, costs, state, effort, stop, room, lists, rest)
            unpeel(peeled[:count], along[:count], graph, costs, state, room)
            if effort.wanted:
                unpeel_rest(peeled[:count], along[:count], graph, costs, state, rest, room)
            proven[c, 0], proven[c, 1] = bound, value
        return sources

    return solve_components


solve_components = _solver(fingerprint())
