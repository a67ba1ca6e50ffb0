"""Random fleets that a file may hold."""

import math

from hypothesis import strategies as st

from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Dataset,
    Declassification,
    Fleet,
    Flow,
    Globs,
    GpuRequest,
    Job,
    Limits,
    MigrationLimit,
    Overhead,
    Quota,
    Resources,
    Service,
    SpotShare,
    Spread,
    Together,
    Workload,
)
from placement.domain.money import exact
from placement.domain.offering import CapacityType

LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff")
TEXTS = st.one_of(
    st.sampled_from(["no", "yes", "null", "~", "1", "1.5", "- a", "<<", "*a", "a: b", "#x", "'", '"', "2026-01-01"]),
    st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool),
)
REGION_IDS = st.sampled_from(["aws:eu-central-1", "aws:us-east-1", "gcp:europe-west1", "onprem:cellar"])
CAPACITY_TYPES = st.sampled_from(CapacityType)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high) | st.integers(math.ceil(low), math.floor(high)).map(float)


def some(texts: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(texts, min_size=least, max_size=3, unique=True).map(tuple)


GLOBS = st.builds(Globs, some(TEXTS), some(TEXTS))
RESOURCES = st.builds(
    Resources,
    vcpus=numbers(0.01, 10_000),
    memory_gib=numbers(0.01, 100_000),
    architecture=some(st.sampled_from(["x86_64", "arm64"]), 1),
    burstable=st.booleans(),
    gpus=st.none() | st.builds(GpuRequest, st.integers(1, 1024), some(TEXTS), numbers(0, 100_000)),
)
CAPACITY = st.builds(CapacityRequest, st.lists(CAPACITY_TYPES, min_size=1, unique=True).map(tuple), numbers(0, 1))
RUN = st.builds(Service, numbers(0, 43_800), numbers(0, 1e9)) | st.builds(
    Job,
    hours=numbers(0.01, 8760),
    runs_per_month=numbers(0.01, 1e6),
    checkpoint_write_minutes=st.none() | numbers(0, 43_800),
    restart_minutes=numbers(0, 43_800),
    reload_gb=numbers(0, 1e9),
    deadline_hours=st.none() | numbers(0.01, 8760),
)
CURRENT = st.builds(
    CurrentPlacement, REGION_IDS, st.integers(1, 100_000), st.none() | TEXTS, st.none() | CAPACITY_TYPES
)


@st.composite
def spreads(draw: st.DrawFn, replicas: int) -> Spread:
    fraction = draw(numbers(0, 1).filter(lambda f: math.floor(exact(f) * replicas) >= 1))
    most = st.integers(1, min(replicas, 1000))
    return Spread(draw(most), draw(most), draw(most), fraction)


@st.composite
def workloads(draw: st.DrawFn, name: str) -> Workload:
    replicas = draw(st.integers(1, 20) | st.integers(1, 100_000))
    return Workload(
        name=name,
        resources=draw(RESOURCES),
        replicas=replicas,
        labels=tuple(draw(st.dictionaries(TEXTS, TEXTS | st.just(""), max_size=3)).items()),
        overhead=Overhead(draw(numbers(0, 10_000)), draw(numbers(0, 100_000))),
        instance_types=draw(GLOBS),
        capacity=draw(CAPACITY),
        run=draw(RUN),
        hours_per_month=draw(numbers(0.01, 744)),
        classification=draw(some(TEXTS)),
        places=draw(GLOBS),
        spread=draw(st.none() | spreads(replicas)),
        isolation=draw(st.sampled_from(["container", "vm"])),
        current=draw(
            st.lists(CURRENT, max_size=3).map(tuple)
            | REGION_IDS.map(lambda region: (CurrentPlacement(region, replicas),))
        ),
        state_gb=draw(numbers(0, 1e9)),
    )


@st.composite
def datasets(draw: st.DrawFn, name: str) -> Dataset:
    movable = draw(st.booleans())
    at = draw(some(REGION_IDS, 0 if movable else 1))
    return Dataset(
        name=name,
        size_gb=draw(numbers(0, 1e9)),
        classification=draw(some(TEXTS)),
        at=at,
        movable=movable,
        copies=draw(st.integers(1, 1000)) if movable else len(at),
        places=draw(GLOBS),
    )


@st.composite
def flows(draw: st.DrawFn, names: list[str]) -> Flow:
    src, dst = draw(st.permutations([*names, "internet"]))[:2]
    nearby = "internet" not in (src, dst) and draw(st.booleans())
    return Flow(
        src=src,
        dst=dst,
        gb_per_month=draw(numbers(0, 1e9)),
        max_rtt_ms=draw(numbers(0.01, 10_000)) if nearby else None,
        declassify=draw(st.none() | st.builds(Declassification, TEXTS, TEXTS, some(TEXTS))),
    )


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    names = draw(st.lists(TEXTS.filter(lambda name: name != "internet"), min_size=1, max_size=5, unique=True))
    count = draw(st.integers(1, len(names)))
    running = names[:count]
    pair = st.sampled_from(running)
    together = st.builds(Together, some(pair, 2), st.sampled_from(["region", "provider"]))
    groups = st.lists(together, max_size=2).map(tuple) if count > 1 else st.just(())
    quota = st.builds(Quota, REGION_IDS, numbers(0, 1e9), st.none() | CAPACITY_TYPES)
    share = st.builds(SpotShare, some(pair, 1), numbers(0, 1))
    return Fleet(
        name=draw(TEXTS),
        workloads=tuple(draw(workloads(name)) for name in running),
        datasets=tuple(draw(datasets(name)) for name in names[count:]),
        flows=draw(st.lists(flows(names), max_size=3).map(tuple)),
        affinity=draw(groups),
        anti_affinity=draw(groups),
        limits=Limits(
            quotas=draw(st.lists(quota, max_size=2).map(tuple)),
            spot_share=draw(st.lists(share, max_size=2).map(tuple)),
            pool_exposure_max_fraction=draw(st.none() | numbers(0, 1)),
            budget_usd_per_month=draw(st.none() | numbers(0.01, 1e12)),
            migration=draw(st.builds(MigrationLimit, numbers(0.01, 120), numbers(0, 1))),
        ),
        policies=draw(some(TEXTS)),
    )
