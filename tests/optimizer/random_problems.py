"""Small random problems with every cost term and every rule in play, few enough choices each to try them all."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from placement.domain.fleet import (
    INTERNET,
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Fleet,
    Flow,
    Globs,
    GpuRequest,
    Job,
    Limits,
    MigrationLimit,
    Quota,
    Resources,
    Service,
    SpotShare,
    Spread,
    Together,
    Workload,
)
from placement.domain.offering import CapacityType, Offering
from placement.domain.region import Region
from placement.domain.tariff import EgressTariff
from placement.market.shortlist import Screened
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.nodes import nodes_of
from placement.optimizer.problem import Problem, may_scatter
from placement.optimizer.relaxation import whole
from placement.optimizer.traffic import tiered
from tests.builders import REGIONS, catalog, instance_type, offering, problem, tariff
from tests.optimizer.brute_force import number_of_choices
from tests.optimizer.policies import under_random_policies

_TYPES = [("small", 2, 8), ("large", 4, 16), ("huge", 8, 32)]
MOST_CHOICES = 8_000
"""Whole placements; a market that leaves more loses offerings until it does not."""


def random_problem(draw: Random, most_workloads: int = 5, most_regions: int = 6, *, policies: bool = True) -> Problem:
    """A fleet on a market of its own, two in five under policies."""
    regions = draw.sample(REGIONS, draw.randint(2, most_regions))
    count = draw.randint(1, most_workloads)
    offered, tariffs, storage = _offerings(draw, regions, count), _tariffs(draw, regions), _storage(draw, regions)
    demand = _fleet(draw, regions, count)
    while True:
        built = problem(demand, catalog(offered, tariffs, storage=storage, regions=regions))
        if number_of_choices(built) <= MOST_CHOICES:
            return under_random_policies(draw, built) if policies and draw.random() < 0.4 else built
        offered.remove(draw.choice(offered))


def features(built: Problem) -> Iterator[str]:
    """What is in play, by name: rules that refuse or bind something, and the kinds of costs."""
    fleet, market = built.fleet, built.catalog
    yield from (f"coupling {coupling.name}" for coupling in COUPLINGS if coupling.active(built))
    for workload in fleet.workloads:
        for screen, mask in Screened(workload, market, SCREENS, built.as_of).masks:
            if not mask.all():
                yield f"screen {screen.name}"
        if may_scatter(workload):
            yield "scattered workload"
        if workload.current:
            yield "workload that lies somewhere now"
    nodes = nodes_of(built)
    relaxation = whole(built, nodes)
    if tiered(market.tariffs, relaxation.traffic.largest_volumes(nodes, relaxation.domains)):
        yield "tiered tariff in play"
    if any(flow.max_rtt_ms is not None for flow in fleet.flows):
        yield "round-trip limit"
    yield from ("dataset, movable" if dataset.movable else "dataset, fixed" for dataset in fleet.datasets)
    if any(dataset.copies > 1 for dataset in fleet.datasets):
        yield "dataset with copies"
    if fleet.limits.migration.min_saving_fraction:
        yield "move hurdle"
    if built.residency is not None:
        masks = [built.residency.mask(name) for name in built.residency.subjects]
        if any(mask.any() and not mask.all() for mask in masks):
            yield "policy that leaves some regions"
        if any(built.residency.penalty_usd(name) is not None for name in built.residency.subjects):
            yield "policy preference"


def _offerings(draw: Random, regions: list[Region], workloads: int) -> list[Offering]:
    rich = workloads <= 3
    found: list[Offering] = []
    for region in regions:
        for name, vcpus, memory in draw.sample(_TYPES, draw.randint(1, 2 if rich else 1)):
            kind = instance_type(region.provider, name, vcpus=float(vcpus), memory_gib=float(memory))
            if name == "huge":
                kind = replace(kind, gpu_count=1, gpu_model="T4", gpu_memory_gib=16.0)
            usd = round(vcpus * draw.uniform(0.02, 0.06), 4)
            limit = draw.choice([None, None, None, 1, 2])
            zone = draw.choice([None, None, None, f"{region.name}-a"])
            found.append(offering(region, usd, kind=kind, capacity=limit, zone=zone))
            if draw.random() < 0.5:
                spot = round(usd * draw.uniform(0.2, 0.7), 4)
                hazard = draw.choice([0.0001, 0.002, 0.03, 0.2])
                old = draw.random() < 0.1
                found.append(offering(region, spot, CapacityType.SPOT, kind, hazard_per_hour=hazard, stale=old))
            if rich and draw.random() < 0.15:
                reserved = round(usd / 3, 4)
                found.append(offering(region, reserved, CapacityType.RESERVED, kind, capacity=draw.randint(1, 2)))
    return found


def _tariffs(draw: Random, regions: list[Region]) -> list[EgressTariff]:
    rows = []
    for provider in sorted({region.provider for region in regions}):
        rates = [draw.uniform(0.05, 0.12) for _ in range(3)]
        tiers = [(0.0, rates[0]), (500.0, rates[1]), (2000.0, rates[2])][: draw.randint(1, 3)]
        rows.append(tariff(provider, "*", "internet", *((gb, round(usd, 4)) for gb, usd in tiers)))
        if draw.random() < 0.9:
            inner = [(0.0, 0.02), (800.0, draw.choice([0.01, 0.03]))][: draw.randint(1, 2)]
            rows.append(tariff(provider, "*", "other-region", *inner))
        if draw.random() < 0.5:
            rows.append(tariff(provider, "*", "same-region-cross-zone", (0.0, 0.01)))
    return rows


def _storage(draw: Random, regions: list[Region]) -> dict[str, float]:
    return {region.id: round(draw.uniform(0.01, 0.03), 4) for region in regions if draw.random() < 0.8}


def _fleet(draw: Random, regions: list[Region], count: int) -> Fleet:
    names = [f"w{i}" for i in range(count)]
    workloads = [_workload(draw, name, regions, few=count > 3) for name in names]
    datasets = [_dataset(draw, f"d{i}", regions) for i in range(draw.choice([0, 0, 1, 2]) if count < 5 else 0)]
    nodes = [*names, *(d.name for d in datasets)]
    flows = []
    for _ in range(draw.randint(0, count + 2)):
        src, dst = draw.choice([*nodes, *nodes, INTERNET]), draw.choice([*nodes, INTERNET])
        if src != dst:
            rtt = draw.choice([None] * 9 + [60.0]) if INTERNET not in (src, dst) else None
            flows.append(Flow(src, dst, float(draw.choice([10, 120, 700, 1500])), max_rtt_ms=rtt))
    return Fleet(
        "random",
        tuple(workloads),
        tuple(datasets),
        tuple(flows),
        affinity=_groups(draw, names, 0.1),
        anti_affinity=_groups(draw, names, 0.15),
        limits=_limits(draw, names, regions),
    )


def _workload(draw: Random, name: str, regions: list[Region], *, few: bool) -> Workload:
    replicas = 1 if few else draw.choice([1, 1, 2, 3])
    types = draw.choice(
        [
            (CapacityType.ON_DEMAND,),
            (CapacityType.ON_DEMAND, CapacityType.SPOT),
            (CapacityType.ON_DEMAND, CapacityType.SPOT),
            (CapacityType.SPOT, CapacityType.RESERVED, CapacityType.ON_DEMAND),
        ]
    )
    run: Service | Job = Service(draw.choice([5.0, 60.0]), draw.choice([0.0, 0.5]))
    if draw.random() < 0.3:
        checkpoint = draw.choice([None, 3.0])
        deadline = draw.choice([None, 12.0])
        run = Job(8.0, 10.0, checkpoint, 6.0, draw.choice([0.0, 20.0]), deadline)
    built = Workload(
        name,
        Resources(draw.choice([1.0, 2.0, 3.0]), draw.choice([4.0, 8.0])),
        replicas=replicas,
        capacity=CapacityRequest(types, draw.choice([1.0, 1.0, 0.5, 0.34])),
        run=run,
    )
    if draw.random() < 0.15:
        built = replace(built, places=Globs(deny=(draw.choice([regions[0].provider, "DE", "north-america"]),)))
    if draw.random() < 0.1:
        built = replace(built, instance_types=draw.choice([Globs(deny=("small",)), Globs(allow=("s*", "l*"))]))
    if draw.random() < 0.05:
        built = replace(built, resources=replace(built.resources, gpus=GpuRequest(1)))
    if replicas > 1 and draw.random() < 0.35:
        spread = draw.choice([Spread(min_regions=2), Spread(min_providers=2), Spread(max_fraction_per_region=0.67)])
        built = replace(built, spread=spread)
    elif draw.random() < 0.1:
        built = replace(built, spread=Spread(min_zones=3))
    if draw.random() < 0.3:
        homes = draw.sample(regions, 2)
        now = [CurrentPlacement(homes[0].id, draw.choice([replicas, replicas, 1]))]
        if now[0].replicas < replicas and draw.random() < 0.5:
            now.append(CurrentPlacement(homes[1].id, replicas - 1))
        built = replace(built, current=tuple(now), state_gb=draw.choice([0.0, 300.0]))
    return built


def _dataset(draw: Random, name: str, regions: list[Region]) -> Dataset:
    size = float(draw.choice([50, 1000]))
    if draw.random() < 0.5:
        at = draw.sample(regions, draw.randint(1, min(2, len(regions))))
        return Dataset(name, size, at=tuple(region.id for region in at), copies=len(at))
    home = (draw.choice(regions).id,) if draw.random() < 0.5 else ()
    return Dataset(name, size, at=home, movable=True, copies=draw.choice([1, 1, 2]))


def _groups(draw: Random, names: list[str], chance: float) -> tuple[Together, ...]:
    if len(names) < 2 or draw.random() > chance:
        return ()
    size = draw.randint(2, min(3, len(names)))
    return (Together(tuple(draw.sample(names, size)), draw.choice(["region", "provider"])),)


def _limits(draw: Random, names: list[str], regions: list[Region]) -> Limits:
    quotas: tuple[Quota, ...] = ()
    if draw.random() < 0.25:
        kind = draw.choice([None, CapacityType.SPOT, CapacityType.ON_DEMAND])
        quotas = (Quota(draw.choice(regions).id, float(draw.choice([2, 4, 9])), kind),)
    share = (SpotShare(tuple(names), draw.choice([0.0, 0.4, 0.7])),) if draw.random() < 0.2 else ()
    return Limits(
        quotas=quotas,
        spot_share=share,
        pool_exposure_max_fraction=draw.choice([0.5, 0.75]) if draw.random() < 0.15 else None,
        budget_usd_per_month=draw.choice([60.0, 400.0]) if draw.random() < 0.15 else None,
        migration=MigrationLimit(draw.choice([1.0, 6.0]), draw.choice([0.0, 0.0, 0.3])),
    )
