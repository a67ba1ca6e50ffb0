"""Random small catalogs and requests with every attribute that a screen looks at, unknown ones among them."""

from random import Random

from placement.domain.fleet import (
    CapacityRequest,
    Globs,
    GpuRequest,
    Job,
    Overhead,
    Resources,
    Service,
    Spread,
    Workload,
)
from placement.domain.offering import CapacityType, InstanceType
from placement.market.catalog import Catalog
from tests.builders import REGIONS, catalog, offering

_WORDS = ["aws", "gcp:*", "aws:eu-*", "DE", "EU", "EEA", "europe", "US"]


def random_catalog(draw: Random) -> Catalog:
    """Up to 30 offerings."""
    types = [_type(draw, number) for number in range(draw.randint(1, 6))]
    offers = [
        offering(
            region := draw.choice(REGIONS),
            draw.randint(1, 40) / 100,
            bought := draw.choice(list(CapacityType)),
            InstanceType(region.provider, *(getattr(kind, name) for name in _FIELDS)),
            hazard_per_hour=draw.choice([0.0, 0.001, 0.3]) if bought is CapacityType.SPOT else 0.0,
            zone=draw.choice([None, None, "a"]),
            stale=draw.random() < 0.1,
        )
        for kind in draw.choices(types, k=draw.randint(1, 30))
    ]
    return catalog(offers, regions=REGIONS)


def random_workload(draw: Random) -> Workload:
    """A request that some of the offerings may meet."""
    gpus = None
    if draw.random() < 0.4:
        gpus = GpuRequest(draw.randint(1, 2), draw.choice([(), ("A100",), ("t4", "L4")]), draw.choice([0.0, 30.0]))
    kinds = tuple(draw.sample(list(CapacityType), draw.randint(1, 3)))
    run: Service | Job = Job(draw.choice([1.0, 40.0, 9000.0]), deadline_hours=draw.choice([None, 41.0]))
    return Workload(
        "asked",
        Resources(
            draw.choice([1.0, 2.0, 4.0]),
            draw.choice([1.0, 4.0]),
            draw.choice([("x86_64",), ("arm64",), ("x86_64", "arm64")]),
            draw.random() < 0.5,
            gpus,
        ),
        overhead=Overhead(draw.choice([0.0, 0.5]), draw.choice([0.0, 1.0])),
        replicas=draw.randint(1, 3),
        instance_types=Globs(draw.choice([(), ("t0*",), ("t[1-4]",)]), draw.choice([(), ("*3",)])),
        capacity=CapacityRequest(kinds, draw.choice([0.0, 0.4, 1.0])),
        run=run if draw.random() < 0.5 else Service(),
        places=Globs(
            tuple(draw.sample(_WORDS, draw.choice([0, 0, 1, 2]))), tuple(draw.sample(_WORDS, draw.choice([0, 1])))
        ),
        spread=draw.choice([None, Spread(min_zones=2)]),
    )


_FIELDS = (
    "name",
    "vcpus",
    "memory_gib",
    "architecture",
    "burstable",
    "gpu_count",
    "gpu_model",
    "gpu_memory_gib",
)


def _type(draw: Random, number: int) -> InstanceType:
    gpus = draw.choice([0, 0, 1, 2])
    return InstanceType(
        "any",
        f"t{number}",
        draw.choice([1.0, 2.0, 4.0, 8.0]),
        draw.choice([2.0, 4.0, 16.0]),
        draw.choice(["x86_64", "arm64", None]),
        draw.random() < 0.3,
        gpus,
        draw.choice(["A100", "T4", None]) if gpus else None,
        draw.choice([16.0, 80.0, None]) if gpus else None,
    )
