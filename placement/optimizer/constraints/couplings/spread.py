"""Replicas are scattered:  part[w, r] <= floor(max_fraction_per_region x N),  sum_r used[w, r] >= min_regions,

and at least min_providers providers have a region with a replica.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from placement.domain.decision import Placement
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.model import PlacementModel
from placement.optimizer.nodes import Node, WorkloadNode
from placement.optimizer.problem import Problem, may_scatter, whole_part
from placement.optimizer.rules import Row, Rule, Uses


class SpreadRule(Coupling):
    """Every workload's own `spread`."""

    name = "spread"

    def active(self, problem: Problem) -> bool:
        """Some workload asks for more than one region or provider, or bounds the share of one."""
        return any(may_scatter(workload) for workload in problem.fleet.workloads)

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """None: each is judged by itself."""
        return ()

    def rows(self, problem: Problem, nodes: Sequence[Node]) -> Iterable[Row]:
        """What the rule implies: replicas that a single region, or a single provider, can hold at most."""
        provider = np.unique([region.provider for region in problem.catalog.regions], return_inverse=True)[1]
        for index, node in enumerate(nodes):
            if not isinstance(node, WorkloadNode) or not node.scattered or node.workload.spread is None:
                continue
            workload, spread = node.workload, node.workload.spread
            most = whole_part(spread.max_fraction_per_region, workload.replicas)
            most = min(most, workload.replicas - spread.min_regions + 1)
            if most < workload.replicas:
                yield from self._each(index, node, node.options.region, most)
            if spread.min_providers > 1:
                most = workload.replicas - spread.min_providers + 1
                yield from self._each(index, node, provider[node.options.region], most)

    def _each(self, index: int, node: WorkloadNode, place: NDArray[np.intp], most: int) -> Iterable[Row]:
        rule = Rule(self.name, (node.name,), f"at most {most} replicas in one place")
        for number in np.unique(place):
            options = np.flatnonzero(place == number)
            yield Row(rule, [Uses(index, options, np.ones(len(options)))], float(most))

    def post(self, model: PlacementModel) -> None:
        """Bounds on parts, and counts of regions and providers."""
        cp = model.cp
        for index, (used, part) in enumerate(zip(model.used, model.part, strict=True)):
            workload = model.problem.workloads.get(model.nodes[index].name)
            if workload is None or workload.spread is None or not may_scatter(workload):
                continue
            spread, subject = workload.spread, (workload.name,)
            most = whole_part(spread.max_fraction_per_region, workload.replicas)
            if most < workload.replicas:
                rule = Rule(self.name, subject, f"at most {most} of {workload.replicas} replicas in one region")
                for replicas in part.values():
                    model.add(cp.add(replicas <= most), rule)
            if spread.min_regions > 1:
                rule = Rule(self.name, subject, f"replicas in at least {spread.min_regions} regions")
                model.add(cp.add(cp_model.LinearExpr.sum(list(used.values())) >= spread.min_regions), rule)
            if spread.min_providers > 1:
                rule = Rule(self.name, subject, f"replicas with at least {spread.min_providers} providers")
                hosts = []
                for provider in sorted({model.problem.catalog.regions[r].provider for r in used}):
                    host = cp.new_bool_var(f"host[{workload.name},{provider}]")
                    inside = [u for r, u in used.items() if model.problem.catalog.regions[r].provider == provider]
                    cp.add(host <= cp_model.LinearExpr.sum(inside))
                    hosts.append(host)
                model.add(cp.add(cp_model.LinearExpr.sum(hosts) >= spread.min_providers), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Counts replicas by region."""
        for workload in problem.fleet.workloads:
            if workload.spread is None:
                continue
            by_region: Counter[str] = Counter()
            for part in placement.assignments[workload.name]:
                by_region[part.offering.region.id] += part.replicas
            providers = {region.split(":")[0] for region in by_region}
            spread = workload.spread
            most = whole_part(spread.max_fraction_per_region, workload.replicas)
            if len(by_region) < spread.min_regions:
                yield f"{workload.name} lies in {len(by_region)} regions, min_regions is {spread.min_regions}"
            if len(providers) < spread.min_providers:
                yield f"{workload.name} lies at {len(providers)} providers, min_providers is {spread.min_providers}"
            for region, count in by_region.items():
                if count > most:
                    yield f"{workload.name} has {count} replicas in {region}, max_fraction_per_region allows {most}"
