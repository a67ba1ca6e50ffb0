"""Each reader of a dataset with several copies reads the one at the least rate, of those that are near enough."""

from collections.abc import Mapping, Sequence

from placement.domain.decision import Assignment
from placement.domain.fleet import INTERNET
from placement.market.egress import NO_TARIFF
from placement.optimizer.problem import Problem


def nearest_reads(
    problem: Problem,
    assigned: Mapping[str, Sequence[Assignment]],
    datasets: Mapping[str, Sequence[str]],
    only: str | None = None,
) -> dict[tuple[int, str], str]:
    """`reads_of` at the rates of first tiers."""
    first = [tariff.tiers[0].usd_per_gb for tariff in problem.egress.tariffs]
    return reads_of(problem, assigned, datasets, first, only)


def reads_of(
    problem: Problem,
    assigned: Mapping[str, Sequence[Assignment]],
    datasets: Mapping[str, Sequence[str]],
    rates: Sequence[float],
    only: str | None = None,
) -> dict[tuple[int, str], str]:
    """By flow and region of the reader (of one reader, if it is named), the region of the copy.

    `rates` are those of a GB by tariff, in any unit. A copy further away than the flow allows is read only where none
    is near enough.
    """
    reads: dict[tuple[int, str], str] = {}
    for index, flow in enumerate(problem.fleet.flows):
        copies = datasets.get(flow.src, ())
        if len(copies) < 2 or only not in (None, flow.dst):
            continue
        readers = {INTERNET} if flow.dst == INTERNET else set(datasets.get(flow.dst, ()))
        readers |= {part.offering.region.id for part in assigned.get(flow.dst, ())}
        for reader in sorted(readers):
            reads[index, reader] = min(copies, key=lambda copy: _rate(problem, copy, reader, flow.max_rtt_ms, rates))
    return reads


def _rate(problem: Problem, copy: str, reader: str, max_rtt_ms: float | None, rates: Sequence[float]) -> float:
    index = problem.catalog.region_index
    r, s = index.get(copy), index.get(reader)
    if r is None or (s is None and reader != INTERNET):
        return float("inf")
    if s is not None and max_rtt_ms is not None and problem.rtt_ms[r, s] > max_rtt_ms:
        return float("inf")
    tariff = problem.egress.to_internet[r] if s is None else problem.egress.between[r, s]
    if tariff == NO_TARIFF:
        return float("inf")
    return float(rates[tariff]) if tariff >= 0 else 0.0
