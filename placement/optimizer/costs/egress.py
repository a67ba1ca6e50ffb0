"""Data leaving its region:  sum over tariff rows t of  cost_t(volume_t),  volume_t the whole fleet's GB of the month.

A flow splits by the share of replicas at both ends. A reading region reads one copy of a dataset, `Placement.reads`
says which; a write goes in full to every copy. Traffic within a region is free, but where zones are asked for the part
that changes its zone is priced by the row `same-region-cross-zone`. Each flow is shown its share of a row's cost at the
row's average rate.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from placement.domain.decision import Placement
from placement.domain.fleet import INTERNET, Flow
from placement.domain.money import MicroUsd, amount_of
from placement.domain.tariff import EgressTariff
from placement.optimizer.costs.base import BillLine, CostTerm
from placement.optimizer.problem import Problem


class Egress(CostTerm):
    """What the tariffs ask for the month's totals."""

    name = "egress"

    def lines(self, problem: Problem, placement: Placement) -> Iterable[BillLine]:
        """One line a flow and pair of regions; an edge belongs to its source."""
        for movement, amount in billed(problem, placement):
            yield BillLine(problem.fleet.flows[movement.flow].src, amount)


@dataclass(frozen=True, slots=True)
class Movement:
    """Traffic of one flow from one region to another or to the internet."""

    flow: int
    """Position in `fleet.flows`."""
    from_region: str
    to_region: str
    gb: Fraction
    billed_gb: Fraction
    """What the tariff counts: less than gb only within a region."""
    tariff: EgressTariff | None


def movements(problem: Problem, placement: Placement) -> Iterable[Movement]:
    """Every flow, split over the places of its two ends. Raises LookupError where a pair has no tariff."""
    known: dict[str, Mapping[str, Fraction]] = {}

    def lies(name: str) -> Mapping[str, Fraction]:
        if name not in known:
            known[name] = shares(problem, placement, name)
        return known[name]

    for index, (flow, whole_gb) in enumerate(zip(problem.fleet.flows, problem.flow_gb, strict=True)):
        if flow.src == INTERNET:
            continue
        for src, dst, share in _split(problem, placement, index, flow, lies):
            gb = _times(share, whole_gb)
            if src == dst:
                crossing = problem.cross_zone_share(flow.src, flow.dst)
                yield Movement(index, src, dst, gb, gb * crossing, problem.cross_zone_tariff(src))
            else:
                yield Movement(index, src, dst, gb, gb, problem.tariff(src, dst))


def billed(problem: Problem, placement: Placement) -> list[tuple[Movement, MicroUsd]]:
    """Each movement with its share of its tariff row's cost; the shares of a row add up to it exactly."""
    moved = list(movements(problem, placement))
    pools: dict[str, list[int]] = defaultdict(list)
    amounts = [MicroUsd(0)] * len(moved)
    for position, movement in enumerate(moved):
        if movement.tariff and movement.billed_gb:
            pools[movement.tariff.name].append(position)
    for positions in pools.values():
        tariff = moved[positions[0]].tariff
        assert tariff is not None
        volumes, unit = _whole([moved[p].billed_gb for p in positions])
        volume = sum(volumes)
        cost = amount_of(tariff.cost(volume / unit))
        ideal = [divmod(cost * part, volume) for part in volumes]
        missing = cost - sum(share for share, _ in ideal)
        by_remainder = sorted(range(len(positions)), key=lambda k: -ideal[k][1])
        for rank, k in enumerate(by_remainder):
            amounts[positions[k]] = MicroUsd(ideal[k][0] + (rank < missing))
    return list(zip(moved, amounts, strict=True))


def shares(problem: Problem, placement: Placement, name: str) -> Mapping[str, Fraction]:
    """The part of a workload in each region; 1 for each copy of a dataset, and for the internet."""
    if name == INTERNET:
        return {INTERNET: Fraction(1)}
    if name in problem.datasets:
        return {region: Fraction(1) for region in placement.datasets[name]}
    found: dict[str, Fraction] = defaultdict(Fraction)
    for part in placement.assignments[name]:
        found[part.offering.region.id] += Fraction(part.replicas, problem.workloads[name].replicas)
    return found


def _split(
    problem: Problem, placement: Placement, index: int, flow: Flow, lies: Callable[[str], Mapping[str, Fraction]]
) -> Iterable[tuple[str, str, Fraction]]:
    targets = lies(flow.dst)
    if flow.src in problem.datasets:
        copies = placement.datasets[flow.src]
        for dst, share in targets.items():
            yield (copies[0] if len(copies) == 1 else placement.reads[index, dst]), dst, share
        return
    for src, part in lies(flow.src).items():
        for dst, share in targets.items():
            yield src, dst, _times(part, share)


def _times(a: Fraction, b: Fraction) -> Fraction:
    """Most shares are the whole."""
    return b if a == 1 else a if b == 1 else a * b


def _whole(volumes: Sequence[Fraction]) -> tuple[list[int], int]:
    """The same as whole numbers of a unit, of which so many make 1."""
    unit = lcm(*(volume.denominator for volume in volumes))
    return [volume.numerator * (unit // volume.denominator) for volume in volumes], unit
