"""The cheapest placement by trying them all: no solver, no bounds but that of the costs already chosen."""

from collections.abc import Iterator
from itertools import combinations, product

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import INTERNET, Workload
from placement.domain.offering import CapacityType
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.price import price
from placement.optimizer.problem import Problem, may_scatter
from placement.optimizer.violations import violations

Parts = tuple[Assignment, ...]


def cheapest(problem: Problem) -> tuple[Placement, int] | None:
    """The best placement and its objective in micro-USD, or None if none is lawful."""
    workloads = [sorted(_choices(problem, w), key=lambda c: c[0]) for w in problem.fleet.workloads]
    datasets = [list(_copies(problem, d.name)) for d in problem.fleet.datasets]
    names = list(problem.workloads)
    best: tuple[Placement, int] | None = None
    floors = [min((cost for cost, _ in choices), default=0) for choices in workloads]

    def search(index: int, chosen: list[Parts], spent: int) -> None:
        nonlocal best
        if index == len(names):
            for regions in product(*datasets):
                placed = dict(zip(names, chosen, strict=True))
                lying = dict(zip(problem.datasets, regions, strict=True))
                for reads in _reads(problem, placed, lying):
                    placement = Placement(placed, lying, reads)
                    best = _better(problem, placement, best)
            return
        rest = sum(floors[index + 1 :])
        for cost, parts in workloads[index]:
            if best is not None and spent + cost + rest >= best[1]:
                break
            search(index + 1, [*chosen, parts], spent + cost)

    search(0, [], 0)
    return best


def _better(problem: Problem, placement: Placement, best: tuple[Placement, int] | None) -> tuple[Placement, int] | None:
    try:
        objective = price(problem, placement).objective
    except (LookupError, OverflowError):
        return best
    if best is not None and objective >= best[1] or violations(problem, placement):
        return best
    return placement, objective


def _choices(problem: Problem, workload: Workload) -> Iterator[tuple[int, Parts]]:
    """Every way to place one workload that its own rules allow, with its compute cost in micro-USD."""
    market = [problem.catalog.offering(row) for row in range(len(problem.catalog.offerings))]
    usable = [o for o in market if all(s.rejects(workload, o, problem.as_of) is None for s in SCREENS)]
    most = workload.replicas
    for size in range(1, most + 1):
        for options in combinations(usable, size):
            regions = {o.region.id for o in options}
            if len({(o.region.id, o.capacity_type) for o in options}) < size:
                continue
            if len(regions) > 1 and not may_scatter(workload):
                continue
            for counts in _compositions(most, size):
                parts = tuple(Assignment(o, n) for o, n in zip(options, counts, strict=True))
                spot = sum(p.replicas for p in parts if p.offering.capacity_type is CapacityType.SPOT)
                if spot > workload.capacity.max_spot_fraction * most + 1e-9:
                    continue
                hours = 80.0 if hasattr(workload.run, "hours") else workload.hours_per_month
                cost = sum(p.replicas * p.offering.usd_per_hour for p in parts) * hours / 1000
                yield int(cost) - 10, parts


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _copies(problem: Problem, name: str) -> Iterator[tuple[str, ...]]:
    dataset = problem.datasets[name]
    if not dataset.movable:
        yield dataset.at
    else:
        yield from combinations([region.id for region in problem.catalog.regions], dataset.copies)


def _reads(
    problem: Problem, placed: dict[str, Parts], lying: dict[str, tuple[str, ...]]
) -> Iterator[dict[tuple[int, str], str]]:
    keys: list[tuple[int, str]] = []
    options: list[tuple[str, ...]] = []
    for index, flow in enumerate(problem.fleet.flows):
        if len(lying.get(flow.src, ())) < 2:
            continue
        if flow.dst == INTERNET:
            readers: list[str] = [INTERNET]
        elif flow.dst in lying:
            readers = list(lying[flow.dst])
        else:
            readers = sorted({p.offering.region.id for p in placed[flow.dst]})
        for reader in readers:
            keys.append((index, reader))
            options.append(lying[flow.src])
    for choice in product(*options):
        yield dict(zip(keys, choice, strict=True))
