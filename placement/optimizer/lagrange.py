"""Prices on couplings: a rule that ties workloads together becomes a cost of each, and the bound stays a bound.

For the rows  A n <= b  over the counts n of all options, and prices pi >= 0,

    L(pi) = min over n of  cost(n) + pi (A n - b)    <=    the cheapest placement that keeps the rows

and for fixed pi each replica on option o costs  usd[o] + sum over rows of pi A[row, o], so L(pi) is a pairwise
problem of
regions like the one without rows. Prices rise where rows are broken (subgradient, with Polyak's step towards the best
answer) and the best L is kept.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.cpsat import assignments
from placement.optimizer.nodes import DatasetNode, WorkloadNode
from placement.optimizer.options import least_usd, mix
from placement.optimizer.relaxation import Relaxation, Relaxed
from placement.optimizer.rounding import reads_of
from placement.optimizer.rules import Row, Rule, Uses
from placement.optimizer.search import Search
from placement.optimizer.tiers import Line

_PASSES = 6
_PATIENCE = 3
"""Calls without a better bound before the step is halved."""


@dataclass(eq=False)
class Prices:
    """The rows of a problem, flattened over all options, and the prices on them."""

    relaxation: Relaxation

    def __post_init__(self) -> None:
        problem, nodes = self.relaxation.problem, self.relaxation.nodes
        rows = [row for c in COUPLINGS if c.active(problem) for row in c.rows(problem, nodes)]
        rows += [
            _spot_row(index, node)
            for index, node in enumerate(nodes)
            if isinstance(node, WorkloadNode) and node.relaxed and max_spot_replicas(node.workload) > 0
        ]
        self.first = np.concatenate([[0], np.cumsum([_options(node) for node in nodes])]).astype(np.intp)
        uses = [(number, use) for number, row in enumerate(rows) for use in row.uses]
        self.row = np.concatenate([np.full(len(u.options), number) for number, u in uses] or [np.empty(0)]).astype(
            np.intp
        )
        self.option = np.concatenate(
            [u.options + self.first[u.node] for _, u in uses] or [np.empty(0, np.intp)]
        ).astype(np.intp)
        self.each = np.concatenate([u.each for _, u in uses] or [np.empty(0)])
        self.limit = np.array([row.limit for row in rows])
        self.touched = sorted({u.node for _, u in uses if len(u.options)})
        self.pi = np.zeros(len(rows))

    def fold(self, pi: NDArray[np.float64]) -> None:
        """Put these prices into the relaxation."""
        added = np.bincount(self.option, weights=pi[self.row] * self.each, minlength=int(self.first[-1]))
        self._dearer = {}
        for index in self.touched:
            node = self.relaxation.nodes[index]
            assert isinstance(node, WorkloadNode)
            options = replace(node.options, usd=node.options.usd + added[self.first[index] : self.first[index + 1]])
            self._dearer[index] = options
            cost = least_usd(options, node.workload, len(node.region_usd), node.home, relaxed=node.relaxed)
            self.relaxation.priced[index] = np.where(np.isfinite(node.region_usd), cost, np.inf)
        self.relaxation.offset_usd = -float(pi @ self.limit)

    def split(self, labels: NDArray[np.intp]) -> dict[int, dict[int, int]]:
        """By node: replicas by option in the regions chosen, at the prices folded last."""
        counts: dict[int, dict[int, int]] = {}
        for index, node in enumerate(self.relaxation.nodes):
            if isinstance(node, DatasetNode):
                continue
            options = self._dearer.get(index, node.options)
            region = int(self.relaxation.domains[index][labels[index]])
            if node.relaxed:
                here = np.flatnonzero(options.region == region)
                counts[index] = {int(here[np.argmin(options.usd[here])]): node.workload.replicas}
            else:
                arriving = bool(node.workload.current) and region not in node.home
                counts[index] = dict(mix(options, region, node.workload, arriving=arriving))
        return counts

    def excess(self, counts: dict[int, dict[int, int]]) -> NDArray[np.float64]:
        """A n - b."""
        n = np.zeros(int(self.first[-1]))
        for index, split in counts.items():
            for option, count in split.items():
                n[self.first[index] + option] = count
        used = np.bincount(self.row, weights=self.each * n[self.option], minlength=len(self.limit))
        return np.asarray(used - self.limit)


def price_couplings(
    search: Search, prices: Prices, lines: list[Line], calls: int, until_s: float
) -> tuple[Relaxed, dict[int, set[int]]]:
    """Raise the bound by `calls` steps; leaves the best prices folded.

    Returns what the relaxation says at these prices, and by node the regions that were chosen on the way.
    """
    relaxation = prices.relaxation
    prices.fold(prices.pi)
    pi, step, waited, labels = prices.pi, 1.0, 0, None
    best = -np.inf
    seen: dict[int, set[int]] = {index: set() for index in range(len(relaxation.nodes))}
    for _ in range(calls):
        prices.fold(pi)
        found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=labels)
        labels = found.labels
        for index, label in enumerate(labels):
            seen[index].add(int(relaxation.domains[index][label]))
        counts = prices.split(labels)
        search.offer(_placement(prices, counts, labels, lines))
        if found.bound > best + 1e-7 * abs(best) if np.isfinite(best) else True:
            best, prices.pi, waited = found.bound, pi, 0
            search.prove(best)
        else:
            waited += 1
        if waited >= _PATIENCE:
            step, waited, pi = step / 2, 0, prices.pi
        slope = prices.excess(counts)
        slope[(pi <= 0) & (slope < 0)] = 0.0
        norm = float(slope @ slope)
        if search.closed or norm < 1e-12 or step < 1e-3 or search.seconds > until_s:
            break
        goal = search.value_usd if search.placement is not None else 1.05 * best
        pi = np.maximum(0.0, pi + step * max(goal - found.bound, 1e-5 * abs(best)) / norm * slope)
    prices.fold(prices.pi)
    found = relaxation.solve(lines, passes=4 * _PASSES, gap=search.settings.gap / 4, start=labels)
    search.prove(found.bound)
    search.log(f"priced {len(prices.limit)} rows of couplings")
    return found, seen


def _placement(
    prices: Prices, counts: dict[int, dict[int, int]], labels: NDArray[np.intp], lines: list[Line]
) -> Placement | None:
    relaxation = prices.relaxation
    problem, regions = relaxation.problem, relaxation.problem.catalog.regions
    assigned, datasets = {}, {}
    for index, node in enumerate(relaxation.nodes):
        if isinstance(node, WorkloadNode):
            if node.scattered:
                return None
            assigned[node.name] = assignments(node, problem, counts[index])
        elif node.fixed:
            datasets[node.name] = tuple(regions[r].id for r in relaxation.domains[index])
        elif node.copies > 1:
            return None
        else:
            datasets[node.name] = (regions[int(relaxation.domains[index][labels[index]])].id,)
    return Placement(assigned, datasets, reads_of(problem, assigned, datasets, lines))


def _options(node: WorkloadNode | DatasetNode) -> int:
    return len(node.options) if isinstance(node, WorkloadNode) else 0


def _spot_row(index: int, node: WorkloadNode) -> Row:
    spot = np.flatnonzero(node.options.spot)
    rule = Rule("max_spot_fraction", (node.name,), "")
    return Row(rule, [Uses(index, spot, np.ones(len(spot)))], float(max_spot_replicas(node.workload)))
