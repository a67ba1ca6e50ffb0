"""Branch and bound on whether a node lies in a region: some steps of prices bound each case.

The lowest bound over all open cases bounds the problem. What a case finds on the way is repaired without its decisions,
so that most of its use is a better solution.
"""

import heapq
from dataclasses import dataclass, field

import numpy as np

from placement.optimizer.coupled.folding import uses_of
from placement.optimizer.coupled.pricing import Pricing
from placement.optimizer.pairwise.graph import Floats, Whole

_STEPS = 10
"""Of prices, for each case; three times as many for the first."""
_PATIENCE = 2
"""Steps without a higher bound after which steps are halved."""
_MOST_CASES = 20_000
"""That memory is spent on."""


@dataclass(order=True)
class _Case:
    bound: float
    number: int
    closed: tuple[Whole, ...] = field(compare=False)
    """Labels that the decisions close."""
    decided: frozenset[int] = field(compare=False)
    """Labels that were decided on."""
    pi: Floats = field(compare=False)
    next: int | None = field(compare=False)
    """The label to decide on; None where nothing is left to decide."""


def branch(pricing: Pricing) -> int:
    """Until the gap is closed or the time is up; returns the number of cases."""
    first = pricing.coupled.oracle.graph.first
    node_of = np.repeat(np.arange(pricing.nodes), np.diff(first))
    number = 1
    root = _bounded(pricing, (), frozenset(), pricing.pi, pricing.bound, number, 3 * _STEPS)
    queue, closed = [root], np.inf
    pricing.bound = max(pricing.bound, root.bound)
    while queue and not pricing.done and number < _MOST_CASES:
        case = heapq.heappop(queue)
        if case.next is None:
            closed = min(closed, case.bound)
        else:
            node = int(node_of[case.next])
            others = np.arange(first[node], first[node + 1])
            others = others[others != case.next]
            for labels in (others, np.array([case.next])):
                number += 1
                decided = case.decided | {case.next}
                steps = (*case.closed, labels)
                part = _bounded(pricing, steps, decided, case.pi, case.bound, number, _STEPS)
                if part.bound < pricing.value:
                    heapq.heappush(queue, part)
        lowest = min(queue[0].bound if queue else np.inf, closed, pricing.value)
        if lowest > pricing.bound:
            pricing.bound = lowest
            pricing.better(pricing)
    return number


def _bounded(
    pricing: Pricing,
    closed: tuple[Whole, ...],
    decided: frozenset[int],
    pi: Floats,
    floor: float,
    number: int,
    steps: int,
) -> _Case:
    """A case, its bound raised by some steps from the prices of the case that it is a part of."""
    c = pricing.coupled
    first = c.oracle.graph.first
    best, best_pi, now, length, waited = -np.inf, pi, pi, 1.0, 0
    seen = np.zeros(len(c.fixed))
    weight = np.zeros(pricing.nodes)
    for step in range(steps):
        called = pricing.call(now, closed)
        seen[first[:-1] + called.labels] += 1.0
        if step == 0 or step == steps - 1:
            nodes, rows, amounts = uses_of(c.choices, called.picked)
            weight = np.maximum(weight, np.bincount(nodes, amounts * now[rows], pricing.nodes))
            pricing.mend(called.labels, called.picked)
        if called.bound > best:
            best, best_pi, waited = called.bound, now, 0
        else:
            waited += 1
            if waited >= _PATIENCE:
                length, waited, now = length / 2, 0, best_pi
        slope = np.where((now <= 0) & (called.slope < 0), 0.0, called.slope)
        norm = float(slope @ slope)
        if norm < 1e-12 or best >= pricing.value or pricing.done:
            break
        rise = max(min(pricing.value, 1.02 * best) - called.bound, 1e-5 * abs(best))
        now = np.maximum(0.0, now + length * rise / norm * slope)
    share = seen / max(1.0, seen[first[0] : first[1]].sum())
    score = np.minimum(share, 1.0 - share) * np.repeat(weight, np.diff(first))
    score[list(decided)] = 0.0
    label = int(score.argmax())
    return _Case(max(floor, best), number, closed, decided, best_pi, label if score[label] > 0 else None)
