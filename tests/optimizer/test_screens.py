"""A screen says the same as a mask over the catalog and in words about one offering."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.fleet import CapacityRequest, Globs, GpuRequest, Job, Overhead, Resources, Spread, Workload
from placement.domain.offering import CapacityType, InstanceType, Offering
from placement.market.catalog import Catalog
from placement.market.shortlist import Screen, Screened
from placement.optimizer.constraints.screens import SCREENS
from tests.builders import DUBLIN, FRANKFURT, TODAY, VIRGINIA, catalog, instance_type, offering, workload
from tests.market.random_markets import random_catalog, random_workload


def admits(screen: Screen, asked: Workload, market: Catalog) -> list[bool]:
    """The screen's mask over all offerings; all of them where it asks for nothing."""
    mask = screen.admits(asked, market, TODAY)
    count = len(market.offerings)
    if mask is None:
        return [True] * count
    spread = Screened(asked, market, [screen], TODAY).over_offerings(screen, mask)
    return [bool(admitted) for admitted in spread]


def rejects(screen: Screen, asked: Workload, market: Catalog) -> list[str | None]:
    rows = range(len(market.offerings))
    return [screen.rejects(asked, market.offering(row), TODAY) for row in rows]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@given(st.randoms(use_true_random=True) | st.randoms(use_true_random=False))
def test_the_mask_admits_what_the_words_do_not_reject(screen: Screen, draw: Random) -> None:
    market, asked = random_catalog(draw), random_workload(draw)
    reasons = rejects(screen, asked, market)
    assert admits(screen, asked, market) == [reason is None for reason in reasons]
    if any(reasons):
        assert screen.asks(asked)
    assert all(reason is None or len(reason) > 10 for reason in reasons)


def test_the_random_markets_make_every_screen_both_admit_and_reject() -> None:
    seen: Counter[tuple[str, bool]] = Counter()
    passed = 0
    for seed in range(200):
        draw = Random(seed)
        market, asked = random_catalog(draw), random_workload(draw)
        for screen in SCREENS:
            seen.update((screen.name, reason is None) for reason in rejects(screen, asked, market))
        passed += int(Screened(asked, market, SCREENS, TODAY).admissible().sum())
    assert {key for screen in SCREENS for answer in (True, False) if seen[key := (screen.name, answer)] < 10} == set()
    assert passed >= 20


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_mask_has_the_length_of_its_axis(screen: Screen) -> None:
    market = catalog([offering(FRANKFURT), offering(DUBLIN, 0.2), offering(DUBLIN, 0.3, CapacityType.SPOT, stale=True)])
    asked = replace(
        workload(places=Globs(allow=("aws",)), instance_types=Globs(allow=("m*",)), run=Job(1.0)),
        resources=Resources(1, 1, gpus=GpuRequest(1)),
        spread=Spread(min_zones=2),
    )
    lengths = {"region": 2, "instance_type": 1, "capacity_type": 3, "offering": 3}
    mask = screen.admits(asked, market, TODAY)
    assert mask is not None
    assert mask.dtype == np.bool_
    assert mask.shape == (lengths[screen.axis],)


WEB = workload(vcpus=2, memory_gib=8)
UNKNOWN_CORE = instance_type(name="odd", architecture=None)
UNKNOWN_GPU = instance_type(name="odd", gpu_count=2, gpu_model=None, gpu_memory_gib=None)
A100 = instance_type(name="p4", gpu_count=2, gpu_model="A100", gpu_memory_gib=160.0)


def only(kind: InstanceType) -> Offering:
    return offering(FRANKFURT, kind=kind)


def asking(**resources: object) -> Workload:
    return replace(WEB, resources=replace(WEB.resources, **resources))  # type: ignore[arg-type]


def spot(**overrides: object) -> Offering:
    return offering(FRANKFURT, 0.1, CapacityType.SPOT, **overrides)  # type: ignore[arg-type]


REFUSALS: list[tuple[str, Workload, Offering, str]] = [
    ("resources", asking(vcpus=4.5), offering(), "needs 4.5 vCPUs, m.large has 4"),
    ("resources", asking(memory_gib=17.0), offering(), "needs 17 GiB, m.large has 16"),
    ("resources", replace(asking(vcpus=4.0), overhead=Overhead(0.5, 0.0)), offering(), "needs 4.5 vCPUs"),
    ("resources", replace(asking(memory_gib=16.0), overhead=Overhead(0.0, 1.0)), offering(), "needs 17 GiB"),
    ("resources", asking(architecture=("arm64",)), offering(), "needs arm64, m.large is x86_64"),
    ("resources", asking(architecture=("arm64", "x86_64")), only(UNKNOWN_CORE), "odd is of unknown architecture"),
    ("resources", WEB, only(instance_type(name="t3", burstable=True)), "resources.burstable: true"),
    ("gpus", asking(gpus=GpuRequest(1)), offering(), "needs 1 GPUs, m.large has 0"),
    ("gpus", asking(gpus=GpuRequest(3)), only(A100), "needs 3 GPUs, p4 has 2"),
    ("gpus", asking(gpus=GpuRequest(1, ("H100", "L4"))), only(A100), "needs a GPU H100 or L4, p4 has A100"),
    ("gpus", asking(gpus=GpuRequest(1, ("A100",))), only(UNKNOWN_GPU), "odd has an unknown one"),
    ("gpus", asking(gpus=GpuRequest(1, (), 161.0)), only(A100), "needs 161 GiB of GPU memory, that of p4 is 160 GiB"),
    ("gpus", asking(gpus=GpuRequest(1, (), 1.0)), only(UNKNOWN_GPU), "that of odd is unknown"),
    ("instance_types", workload(instance_types=Globs(allow=("c*", "r5*"))), offering(), "allow: c*, r5*"),
    ("instance_types", workload(instance_types=Globs(deny=("*.large",))), offering(), "deny: *.large"),
    ("instance_types", workload(instance_types=Globs(("m*",), ("m.l*",))), offering(), "deny: m.l*"),
    ("places", workload(places=Globs(allow=("US", "gcp:*"))), offering(), "aws:eu-central-1 (DE) is not among"),
    ("places", workload(places=Globs(deny=("DE",))), offering(), "is denied by places.deny: DE"),
    ("places", workload(places=Globs(("EU",), ("aws:eu-central-*",))), offering(), "deny: aws:eu-central-*"),
    ("places", workload(places=Globs(allow=("EEA",))), offering(VIRGINIA), "not among places.allow: EEA"),
    ("capacity_types", WEB, spot(), "spot is not among capacity.types: on_demand"),
    (
        "capacity_types",
        workload(replicas=3, capacity=CapacityRequest((CapacityType.SPOT,), 0.3)),
        spot(),
        "max_spot_fraction 0.3 of 3 replicas leaves none for spot",
    ),
    (
        "min_zones",
        workload(spread=Spread(min_zones=3)),
        offering(zone="a"),
        "needs 3 zones, this offering is in a only",
    ),
    (
        "deadline",
        workload(run=Job(8.0, deadline_hours=7.0)),
        offering(),
        "a run is expected to take 8.00 h, deadline_hours is 7",
    ),
    ("deadline", workload(run=Job(8.0, deadline_hours=8.2)), spot(hazard_per_hour=0.1), "deadline_hours is 8.2"),
    ("freshness", WEB, offering(stale=True), "its price is of 2026-11-01 12:00 UTC; on_demand may be 7 d old"),
    ("freshness", WEB, spot(stale=True), "spot may be 1 h old"),
    ("deadline", workload(run=Job(9000.0)), spot(hazard_per_hour=0.1), "never expected to end at 0.1 interruptions"),
]


@pytest.mark.parametrize(("name", "asked", "offer", "words"), REFUSALS)
def test_each_refusal_says_what_was_needed(name: str, asked: Workload, offer: Offering, words: str) -> None:
    reasons = {s.name: reason for s in SCREENS if (reason := s.rejects(asked, offer, TODAY)) is not None}
    assert words in reasons[name]
    if name != "capacity_types":
        reasons.pop("capacity_types", None)
    assert list(reasons) == [name]


def test_every_screen_is_seen_refusing() -> None:
    assert {name for name, _, _, _ in REFUSALS} == {screen.name for screen in SCREENS}


@pytest.mark.parametrize(
    ("asked", "offer"),
    [
        (WEB, offering()),
        (asking(vcpus=4.0, memory_gib=16.0), offering()),
        (asking(architecture=("arm64", "x86_64")), offering()),
        (asking(burstable=True), only(instance_type(name="t3", burstable=True))),
        (asking(burstable=True), offering()),
        (asking(gpus=GpuRequest(1)), only(UNKNOWN_GPU)),
        (asking(gpus=GpuRequest(2, ("t4", "a100"), 160.0)), only(A100)),
        (workload(instance_types=Globs(allow=("c*", "m.?arge"))), offering()),
        (workload(places=Globs(allow=("aws:eu-*",), deny=("US",))), offering()),
        (workload(replicas=2, capacity=CapacityRequest((CapacityType.SPOT,), 0.5)), spot()),
        (workload(spread=Spread(min_zones=3)), offering()),
        (workload(spread=Spread(min_regions=2), replicas=2), offering(zone="a")),
        (workload(run=Job(8.0, deadline_hours=8.0)), offering()),
    ],
)
def test_what_meets_the_request_just_so_is_admitted(asked: Workload, offer: Offering) -> None:
    assert [s.rejects(asked, offer, TODAY) for s in SCREENS] == [None] * len(SCREENS)
    assert Screened(asked, catalog([offer]), SCREENS, TODAY).admissible().all()
