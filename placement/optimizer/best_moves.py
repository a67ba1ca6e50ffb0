"""The best region for one workload to move to alone, of those that look cheapest at straight tariffs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET, Workload
from placement.market.egress import NO_TARIFF
from placement.optimizer.costs.egress import shares
from placement.optimizer.explain import Alternative, alternative
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.price import Priced
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates

_PRICED = 4
"""Regions that are priced exactly for each workload: tiers may put them in another order than straight tariffs do."""


def best_moves(
    problem: Problem,
    placement: Placement,
    priced: Priced,
    nodes: Mapping[str, WorkloadNode],
    workloads: Sequence[Workload],
    most: int,
) -> dict[str, Alternative | None]:
    """By workload: the cheapest region that it could move to alone, priced exactly; None where it has no other.

    Of more than `most` workloads those that seem to save most are looked at.
    """
    traffic = _Traffic.of(problem, placement)
    usd = {workload.name: nodes[workload.name].region_usd + traffic.usd(workload.name) for workload in workloads}
    lies = {name: {problem.region(region) for region in shares(problem, placement, name)} for name in usd}

    def saving(name: str) -> float:
        elsewhere = np.delete(usd[name], list(lies[name]))
        return float(usd[name][list(lies[name])].max() - elsewhere.min(initial=np.inf))

    promising = sorted(workloads, key=lambda workload: -saving(workload.name))[:most]
    found: dict[str, Alternative | None] = {}
    for workload in promising:
        name = workload.name
        order = [int(r) for r in np.argsort(usd[name], kind="stable") if np.isfinite(usd[name][r])]
        tried = [
            alternative(problem, placement, nodes[name], region, priced)
            for region in [r for r in order if r not in lies[name]][:_PRICED]
        ]
        allowed = [other for other in tried if other.refused is None]
        found[name] = min(allowed, key=lambda other: sum(other.difference.values()), default=None)
    return found


@dataclass(frozen=True, eq=False)
class _Traffic:
    """All flows by their ends, and what a GB costs at first-tier rates: infinite where there is no tariff."""

    ends: Mapping[str, Sequence[tuple[float, Sequence[int] | None, bool]]]
    """By workload: GB, regions of the other end or None for the internet, whether it flows there."""
    between: NDArray[np.float64]
    to_internet: NDArray[np.float64]

    @classmethod
    def of(cls, problem: Problem, placement: Placement) -> "_Traffic":
        nano = np.array([tariff.tiers[0].usd_per_gb for tariff in problem.egress.tariffs], np.float64)
        rates = Rates.of(problem, nano)
        lies = cache(lambda name: [problem.region(region) for region in shares(problem, placement, name)])
        ends: dict[str, list[tuple[float, Sequence[int] | None, bool]]] = defaultdict(list)
        for flow in problem.fleet.flows:
            if flow.src == INTERNET or not flow.gb_per_month:
                continue
            if flow.dst == INTERNET:
                ends[flow.src].append((flow.gb_per_month, None, True))
            else:
                ends[flow.src].append((flow.gb_per_month, lies(flow.dst), True))
                ends[flow.dst].append((flow.gb_per_month, lies(flow.src), False))
        closed = problem.egress.between == NO_TARIFF
        return cls(ends, np.where(closed, np.inf, rates.between), rates.to_internet)

    def usd(self, name: str) -> NDArray[np.float64]:
        """Shape (R,): a month of the workload's traffic from each region, all else in its place."""
        usd = np.zeros(len(self.to_internet))
        for gb, others, outwards in self.ends.get(name, ()):
            if others is None:
                usd += gb * self.to_internet
            elif outwards:
                usd += gb * self.between[:, list(others)].mean(axis=1)
            else:
                usd += gb * self.between[list(others)].min(axis=0)
        return usd
