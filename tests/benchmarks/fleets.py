"""Seeded fleets of the shapes that real ones have: chains, stars and random graphs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random

from placement.domain.fleet import (
    INTERNET,
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Fleet,
    Flow,
    Globs,
    Limits,
    MigrationLimit,
    Quota,
    Resources,
    SpotShare,
    Spread,
    Workload,
)
from placement.domain.offering import CapacityType
from placement.market.catalog import Catalog
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve

_BOTH = CapacityRequest((CapacityType.ON_DEMAND, CapacityType.SPOT))


def chain(count: int, seed: int = 0) -> Fleet:
    """Each workload sends to the next, the last to people."""
    draw = Random(seed)
    workloads = _workloads(draw, count)
    flows = [_flow(draw, f"w{i}", f"w{i + 1}") for i in range(count - 1)]
    return Fleet(f"chain of {count}", workloads, flows=(*flows, _flow(draw, f"w{count - 1}", INTERNET)))


def star(count: int, seed: int = 0) -> Fleet:
    """One workload in the middle talks both ways with all others."""
    draw = Random(seed)
    workloads = _workloads(draw, count)
    flows = [_flow(draw, *ends) for i in range(1, count) for ends in (("w0", f"w{i}"), (f"w{i}", "w0"))]
    return Fleet(f"star of {count}", workloads, flows=tuple(flows))


def random_graph(count: int, seed: int = 0, flows_each: int = 3, scale: float = 1.0) -> Fleet:
    """Flows between random pairs, every tenth workload also serves people; `scale` multiplies the volumes."""
    draw = Random(seed)
    workloads = _workloads(draw, count)
    flows = []
    for i in range(count):
        others = [j for j in range(count) if j != i]
        flows += [_flow(draw, f"w{i}", f"w{j}", scale) for j in draw.sample(others, flows_each)]
        if draw.random() < 0.1:
            flows.append(_flow(draw, f"w{i}", INTERNET, scale))
    return Fleet(f"random graph of {count}, volumes x {scale:g}", workloads, flows=tuple(flows))


def estate(count: int, regions: Sequence[str], seed: int = 0, scale: float = 1.0) -> Fleet:
    """What a company has: applications of very different sizes, a quarter of it bound to a continent, data that stays
    or may move, traffic to people."""
    draw = Random(seed)
    workloads = list(_workloads(draw, count))
    datasets: list[Dataset] = []
    flows: list[Flow] = []
    begun = 0
    while begun < count:
        size = min(max(4, count // 5), int(2 * (draw.paretovariate(1.1) + 0.5)), count - begun)
        names = [f"w{i}" for i in range(begun, begun + size)]
        for name in names:
            others = draw.sample(names, min(3, len(names)))
            flows += [_flow(draw, name, other, scale) for other in others if other != name]
            if draw.random() < 0.1:
                flows.append(_flow(draw, name, INTERNET, scale))
        for i in range(begun, begun + size):
            if draw.random() < 0.25:
                places = Globs(allow=(draw.choice(["europe", "north-america", "asia"]),))
                workloads[i] = replace(workloads[i], places=places)
        for _ in range(round(size * draw.uniform(0, 0.5))):
            name, stays = f"d{len(datasets)}", draw.random() < 0.6
            at = (draw.choice(regions),)
            datasets.append(Dataset(name, round(min(draw.lognormvariate(6.0, 2.0), 2e5), 1), at=at, movable=not stays))
            flows += [_flow(draw, name, reader, scale) for reader in draw.sample(names, min(2, len(names)))]
        begun += size
    name = f"estate of {count}, seed {seed}, volumes x {scale:g}"
    return Fleet(name, tuple(workloads), tuple(datasets), tuple(flows))


def with_spread(fleet: Fleet) -> Fleet:
    """Every fourth workload lies in two regions at least."""
    return replace(
        fleet,
        name=f"{fleet.name}, a quarter spread",
        workloads=tuple(
            replace(w, replicas=max(w.replicas, 3), spread=Spread(min_regions=2)) if i % 4 == 0 else w
            for i, w in enumerate(fleet.workloads)
        ),
    )


def with_spot_share(fleet: Fleet, max_fraction: float) -> Fleet:
    """Of all requested vCPUs at most this fraction on spot."""
    share = SpotShare(tuple(w.name for w in fleet.workloads), max_fraction)
    name = f"{fleet.name}, at most {max_fraction:.0%} on spot"
    return replace(fleet, name=name, limits=Limits(spot_share=(share,)))


def with_quotas(fleet: Fleet, regions: Sequence[str], vcpus: float) -> Fleet:
    """So many vCPUs in each region at most."""
    limits = Limits(quotas=tuple(Quota(region, vcpus) for region in regions))
    return replace(fleet, name=f"{fleet.name}, quotas of {vcpus:g} vCPUs", limits=limits)


def _workloads(draw: Random, count: int) -> tuple[Workload, ...]:
    return tuple(
        Workload(
            f"w{i}",
            Resources(vcpus := float(draw.choice([1, 2, 4, 8, 16])), vcpus * draw.choice([2, 4, 8])),
            replicas=draw.choice([1, 1, 2, 3, 6]),
            capacity=_BOTH if draw.random() < 0.5 else CapacityRequest(),
        )
        for i in range(count)
    )


def _flow(draw: Random, src: str, dst: str, scale: float = 1.0) -> Flow:
    return Flow(src, dst, round(min(draw.lognormvariate(5.0, 1.8), 5e4) * scale, 1))


def with_tight_limits(fleet: Fleet, catalog: Catalog, use: float = 0.6, spot_share: float = 0.15) -> Fleet:
    """The ten hottest regions get that part of what the fleet would use freely, each of five groups that share of its
    vCPUs on spot."""
    free = solve(Problem(fleet, catalog, date(2026, 11, 1)), Settings(time_limit_s=20, gap=1e-2)).search.placement
    assert free is not None
    used: Counter[str] = Counter()
    for parts in free.assignments.values():
        for part in parts:
            used[part.offering.region.id] += part.replicas * int(part.offering.instance_type.vcpus)
    quotas = tuple(Quota(region, float(int(use * vcpus))) for region, vcpus in used.most_common(10))
    names = [workload.name for workload in fleet.workloads]
    shares = tuple(SpotShare(tuple(names[k::5]), spot_share) for k in range(5))
    return replace(fleet, name=f"{fleet.name}, quotas and spot shares", limits=Limits(quotas, spot_share=shares))


def copied(fleet: Fleet) -> Fleet:
    """The same with two copies of each dataset that may move."""
    datasets = [replace(each, copies=2) if each.movable else each for each in fleet.datasets]
    return replace(fleet, name=f"{fleet.name}, two copies", datasets=tuple(datasets))


def partly_spread(fleet: Fleet, part: float = 0.05, seed: int = 0) -> Fleet:
    """That part of the workloads lies in two or three regions at least."""
    draw = Random(seed)
    spread = set(draw.sample(range(len(fleet.workloads)), round(part * len(fleet.workloads))))
    workloads = []
    for number, workload in enumerate(fleet.workloads):
        if number in spread:
            regions = draw.choice([2, 3])
            asked = Spread(min_regions=regions)
            workload = replace(workload, replicas=max(workload.replicas, regions), spread=asked)
        workloads.append(workload)
    return replace(fleet, name=f"{fleet.name}, {part:.0%} spread", workloads=tuple(workloads))


def with_exposure(fleet: Fleet, max_fraction: float) -> Fleet:
    """At most this fraction of all vCPUs on spot in one instance type and region."""
    name = f"{fleet.name}, {max_fraction:.0%} in a pool"
    return replace(fleet, name=name, limits=Limits(pool_exposure_max_fraction=max_fraction))


def with_hurdle_and_budget(fleet: Fleet, catalog: Catalog, part: float = 0.5, seed: int = 0) -> Fleet:
    """Workloads that no place binds lie somewhere now, half of them where they would like to, and to move each must
    save 30 %. The budget lies that part of the way from the least bill to what is paid without a budget."""
    draw, problem = Random(seed), Problem(fleet, catalog, date(2026, 11, 1))
    free = solve(problem, Settings(time_limit_s=20)).search.placement
    assert free is not None
    workloads = []
    for workload in fleet.workloads:
        if not workload.places.allow:
            liked = free.assignments[workload.name][0].offering.region.id
            region = liked if draw.random() < 0.5 else draw.choice(catalog.regions).id
            lies = (CurrentPlacement(region, workload.replicas),)
            workload = replace(workload, current=lies, state_gb=10.0)
        workloads.append(workload)
    limits = Limits(migration=MigrationLimit(horizon_months=6.0, min_saving_fraction=0.3))
    fleet = replace(fleet, workloads=tuple(workloads), limits=limits)
    problem = replace(problem, fleet=fleet)
    paid, least = (
        solve(replace(problem, penalty_weight=weight), Settings(time_limit_s=20)).search.priced for weight in (1.0, 0.0)
    )
    assert paid is not None
    assert least is not None
    budget = (part * paid.bill.total + (1 - part) * least.bill.total) / 1e6
    name = f"{fleet.name}, hurdles and a budget"
    return replace(fleet, name=name, limits=replace(limits, budget_usd_per_month=round(budget, 2)))
