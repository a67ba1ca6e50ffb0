"""A fleet falls into components: what no flow and no rule ties together may be placed apart, by whoever is free.

Only large fleets are divided, into parts of some hundred workloads and datasets each; a component stays whole. The one
tie left between parts are the tiers of tariffs, whose volumes the whole fleet shares. In a part every tariff that the
fleet's traffic could take beyond its first tier is therefore a straight line under it: what the parts prove together
is proven for the fleet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import floor

from placement.domain.fleet import INTERNET, Fleet, Limits
from placement.domain.money import NanoUsd
from placement.domain.tariff import EgressTariff, TariffTier
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.large import LARGE, MOST_TOGETHER
from placement.optimizer.problem import Problem
from placement.optimizer.tiers import line_under


def parts(problem: Problem) -> list[Problem]:
    """The fleet in parts, in its own order; none where it is small or cannot be divided."""
    fleet = problem.fleet
    if len(fleet.workloads) + len(fleet.datasets) < LARGE:
        return []
    packed: list[list[str]] = []
    for component in components(problem):
        if not packed or len(packed[-1]) + len(component) > MOST_TOGETHER:
            packed.append([])
        packed[-1] += component
    if len(packed) < 2:
        return []
    catalog = replace(problem.catalog, tariffs=_lines(problem))
    return [replace(problem, fleet=part_of(fleet, frozenset(names)), catalog=catalog) for names in packed]


def components(problem: Problem) -> list[tuple[str, ...]]:
    """Names that hang together, by flows and by rules; each component, and all of them, in the order of the fleet."""
    names = [*problem.workloads, *problem.datasets]
    leader = {name: name for name in names}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for first, *others in _ties(problem):
        for other in others:
            leader[find(other)] = find(first)
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(find(name), []).append(name)
    return [tuple(component) for component in found.values()]


def _ties(problem: Problem) -> Iterable[Sequence[str]]:
    for flow in problem.fleet.flows:
        if INTERNET not in (flow.src, flow.dst):
            yield flow.src, flow.dst
    for coupling in COUPLINGS:
        if coupling.active(problem):
            yield from (tied for tied in coupling.ties(problem) if tied)


def part_of(fleet: Fleet, names: frozenset[str]) -> Fleet:
    """What concerns these names, which no rule ties to others."""
    inside = {*names, INTERNET}
    return replace(
        fleet,
        workloads=tuple(workload for workload in fleet.workloads if workload.name in names),
        datasets=tuple(dataset for dataset in fleet.datasets if dataset.name in names),
        flows=tuple(flow for flow in fleet.flows if flow.src in inside and flow.dst in inside),
        affinity=tuple(together for together in fleet.affinity if together.workloads[0] in names),
        anti_affinity=tuple(together for together in fleet.anti_affinity if together.workloads[0] in names),
        limits=Limits(
            spot_share=tuple(share for share in fleet.limits.spot_share if share.workloads[0] in names),
            migration=fleet.limits.migration,
        ),
    )


def _lines(problem: Problem) -> tuple[EgressTariff, ...]:
    """Each tariff, or a straight one that is never dearer, where the whole fleet's traffic could leave the first
    tier."""
    fleet = problem.fleet
    copies = {dataset.name: max(dataset.copies, len(dataset.at)) for dataset in fleet.datasets}
    flows = sum(flow.gb_per_month * copies.get(flow.dst, 1) for flow in fleet.flows)
    moved = (
        max((w.state_gb for w in fleet.workloads), default=0.0),
        max((d.size_gb for d in fleet.datasets), default=0.0),
    )
    most = max(flows, *moved)

    def under(tariff: EgressTariff) -> EgressTariff:
        if len(tariff.tiers) == 1 or most <= tariff.tiers[1].from_gb:
            return tariff
        rate = line_under(tariff, 0.0, most, 0.0).rate
        return replace(tariff, tiers=(TariffTier(0, NanoUsd(floor(rate))),))

    return tuple(map(under, problem.catalog.tariffs))
