"""Both ends of every flow can reach each other: a tariff prices the pair, and the round trip is within max_rtt_ms.

A reader needs one copy within reach, a writer every copy, and two workloads each other's every region.
"""

from collections.abc import Iterable, Sequence

from ortools.sat.python import cp_model

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.costs.egress import movements
from placement.optimizer.model import PlacementModel
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule
from placement.optimizer.traffic import Arc, Traffic


class Reach(Coupling):
    """Tariffs and round trips between the places of flows."""

    name = "flows"

    def active(self, problem: Problem) -> bool:
        """Never a coupling of its own to the solver: `flow_model` has no quantity for a closed pair."""
        return False

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """None: flows tie their ends already."""
        return ()

    def post(self, model: PlacementModel) -> None:
        """Where flows are not modelled one by one: to name conflicts, and for a first answer."""
        traffic = Traffic.of(model.problem, model.nodes)
        for arc in traffic.arcs:
            self._post(model, traffic, arc)

    def _post(self, model: PlacementModel, traffic: Traffic, arc: Arc) -> None:
        cp, usable, flow = model.cp, traffic.open_pairs(arc), model.problem.fleet.flows[arc.flow]
        words = "an egress tariff prices the flow"
        if arc.max_rtt_ms is not None:
            words += f" and the round trip takes at most {arc.max_rtt_ms:g} ms"
        rule = Rule(self.name, (flow.src, flow.dst), words)
        src = model.used[arc.src]
        if arc.dst is None:
            some = [used for r, used in src.items() if usable[r]]
            if isinstance(model.nodes[arc.src], DatasetNode):
                model.add(cp.add(cp_model.LinearExpr.sum(some) >= 1), rule)
            else:
                for r, used in src.items():
                    if not usable[r]:
                        model.add(cp.add(used == 0), rule)
            return
        for s, there in model.used[arc.dst].items():
            if isinstance(model.nodes[arc.src], DatasetNode):
                copies = [used for r, used in src.items() if usable[r, s]]
                model.add(cp.add(cp_model.LinearExpr.sum(copies) >= there), rule)
                continue
            for r, here in src.items():
                if not usable[r, s]:
                    model.add(cp.add(here + there <= 1), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Looks every pair up again."""
        try:
            moved = list(movements(problem, placement))
        except LookupError as error:
            yield str(error)
            return
        for movement in moved:
            flow = problem.fleet.flows[movement.flow]
            if flow.max_rtt_ms is None or movement.to_region == INTERNET:
                continue
            ms = problem.rtt_ms[problem.region(movement.from_region), problem.region(movement.to_region)]
            if ms > flow.max_rtt_ms:
                pair = f"{movement.from_region} -> {movement.to_region}"
                yield f"{flow.src} -> {flow.dst}: {pair} takes {ms:.0f} ms, max_rtt_ms is {flow.max_rtt_ms:g}"
