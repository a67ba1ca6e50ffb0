"""Where copies of datasets may move: what is read and written bounds where all else lies, and each copy lies well."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from placement.domain.decision import Placement
from placement.domain.fleet import Dataset, Flow, Globs, Spread
from placement.domain.policy import Dimension, Effect, Policy, PolicySet, Selector
from placement.domain.tariff import EgressTariff
from placement.optimizer import copy_prices
from placement.optimizer.agreeing import charge
from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.branch import volumes_of
from placement.optimizer.charging import Charging
from placement.optimizer.greedy import greedy
from placement.optimizer.nodes import nodes_of
from placement.optimizer.places import placed
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.reads import nearest_reads
from placement.optimizer.relaxation import Relaxed, whole
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search, Settings
from placement.optimizer.solve import solve
from placement.optimizer.traffic import tiered
from placement.optimizer.violations import violations
from tests.builders import REGIONS, catalog, fleet, offering, problem, tariff, workload
from tests.optimizer.brute_force import cheapest
from tests.optimizer.policies import under

NAMES = [f"in-{region.name}" for region in REGIONS]
"""Of a workload in each region, which may lie nowhere else."""


def rates(usd_per_gb: Sequence[float]) -> list[EgressTariff]:
    """From each region to all others."""
    return [
        tariff(region.provider, region.name, to, (0, usd))
        for region, usd in zip(REGIONS, usd_per_gb, strict=True)
        for to in ("other-region", "internet")
    ]


FLAT = rates([0.02] * len(REGIONS))


def asked(copies: int, flows: Sequence[Flow], tariffs: Sequence[EgressTariff] = FLAT, stored: float = 0.0) -> Problem:
    """A workload in each region, and a dataset of so many copies that may lie in all."""
    orders = Dataset("orders", 10.0, movable=True, copies=copies)
    pinned = [workload(name, places=Globs(allow=(region.id,))) for name, region in zip(NAMES, REGIONS, strict=True)]
    market = catalog(
        [offering(region, 0.1) for region in REGIONS],
        tariffs,
        storage={region.id: stored * k for k, region in enumerate(REGIONS)},
    )
    return problem(fleet(*pinned, datasets=[orders], flows=flows), market)


def answered(of: Problem) -> tuple[Placement, Relaxed]:
    """The core's answer, and its bound."""
    relaxation = whole(of, nodes_of(of))
    found = relaxation.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
    placement = placement_of(relaxation, found.labels, relaxation.first_lines)
    assert placement is not None
    return placement, found


def usd(of: Problem, placement: Placement, copies: Sequence[str]) -> float:
    """With other copies, each reader at its best one."""
    datasets = {"orders": tuple(copies)}
    reads = nearest_reads(of, placement.assignments, datasets)
    return price(of, replace(placement, datasets=datasets, reads=reads)).objective / 1e6


def lies(of: Problem) -> set[str]:
    """The names of the regions with a copy, of a placement that breaks no rule."""
    placement, _ = answered(of)
    assert violations(of, placement) == []
    return {region.partition(":")[2] for region in placement.datasets["orders"]}


def test_copies_lie_with_those_who_read_most() -> None:
    reads = [Flow("orders", name, 10.0 * (number + 1)) for number, name in enumerate(NAMES)]
    assert lies(asked(2, reads)) == {"europe-west1", "japaneast"}
    assert lies(asked(3, reads)) == {"us-central1", "europe-west1", "japaneast"}


def test_what_is_written_goes_to_all_copies() -> None:
    """One where the writer is, another elsewhere: no placement writes for less."""
    of = asked(2, [Flow("orders", NAMES[1], 100.0), Flow(NAMES[0], "orders", 50.0)], rates([0.09, *[0.02] * 5]))
    placement, found = answered(of)
    assert set(placement.datasets["orders"]) == {"aws:eu-central-1", "aws:eu-west-1"}
    machines = usd(asked(2, []), placement, placement.datasets["orders"])
    assert found.bound - machines == pytest.approx(50 * 0.09)
    assert found.bound == pytest.approx(usd(of, placement, placement.datasets["orders"]))


def test_a_policy_has_its_copy() -> None:
    of_orders = Selector(names=("orders",))
    in_japan = Policy("jp", 1, Effect.REQUIRE_COPY_IN, of_orders, ((Dimension.PLACE, ("JP",)),))
    in_iowa = replace(in_japan, name="ia", terms=((Dimension.PLACE, ("gcp:us-central1",)),))
    reads = [Flow("orders", NAMES[number], 1000.0 - number) for number in range(4)]
    for policies, wanted in (((in_japan,), {"japaneast"}), ((in_japan, in_iowa), {"japaneast", "us-central1"})):
        found = lies(under(asked(2, reads), PolicySet(policies=policies)))
        assert wanted <= found


def test_a_read_that_no_copy_reaches_is_none() -> None:
    """Nor is one of nothing."""
    for gb in (1.0, 0.0):
        near = [Flow("orders", name, 1000.0) for name in NAMES[:3]] + [Flow("orders", NAMES[5], gb, max_rtt_ms=20.0)]
        assert "japaneast" in lies(asked(2, near))


@given(st.integers(0, 2**32 - 1))
def test_no_copy_is_better_elsewhere_and_the_bound_is_under_all(seed: int) -> None:
    draw = Random(seed)
    copies = draw.randint(2, 4)
    reads = [Flow("orders", name, float(draw.randint(1, 400))) for name in NAMES if draw.random() < 0.6]
    writes = [Flow(name, "orders", float(draw.randint(1, 100))) for name in NAMES if draw.random() < 0.4]
    tariffs = rates([draw.choice([0.01, 0.02, 0.05, 0.09]) for _ in REGIONS])
    of = asked(copies, [*reads, *writes], tariffs, draw.choice([0.0, 0.1]))
    placement, found = answered(of)
    assert violations(of, placement) == []
    lying = placement.datasets["orders"]
    mine, regions = usd(of, placement, lying), [region.id for region in REGIONS]
    tried = {chosen: usd(of, placement, chosen) for chosen in combinations(regions, copies)}
    assert found.bound <= min(tried.values()) + 1e-5
    near = [value for chosen, value in tried.items() if len({*chosen} & {*lying}) == copies - 1]
    assert mine <= min(near) + 1e-5
    event("the best of all" if mine <= min(tried.values()) + 1e-5 else "the best of its neighbours")


def test_where_all_copies_are_known_to_be_well_placed_no_other_step_is_needed() -> None:
    writes = [Flow(NAMES[0], "orders", 100.0), Flow("orders", NAMES[0], 300.0)]
    search = solve(asked(2, writes), Settings(gap=1e-6)).search
    assert search.closed
    assert len(search.steps) == 1


def falling(usd_per_gb: Sequence[float]) -> list[EgressTariff]:
    """From each region to all others, for less from 500 GB on."""
    return [
        tariff(region.provider, region.name, to, (0, usd), (500, usd / 2), (2000, usd / 4))
        for region, usd in zip(REGIONS, usd_per_gb, strict=True)
        for to in ("other-region", "internet")
    ]


def free_to_move(draw: Random, *, tiers: bool = False) -> Problem:
    """Two workloads that read and write a dataset of two or three copies, in four regions of different prices."""
    regions = REGIONS[1:5]
    kinds = [offering(region, draw.choice([0.1, 0.11, 0.15])) for region in regions]
    flows = [Flow("orders", name, float(draw.randint(1, 3000))) for name in ("a", "b") if draw.random() < 0.8]
    flows += [Flow(name, "orders", float(draw.randint(1, 1000))) for name in ("a", "b") if draw.random() < 0.5]
    storage = {region.id: draw.choice([0.0, 0.1]) for region in regions}
    tariffs = (falling if tiers else rates)([draw.choice([0.01, 0.02, 0.05, 0.09]) for _ in REGIONS])
    orders = Dataset("orders", 100.0, movable=True, copies=draw.choice([2, 3]))
    somewhere = Globs(allow=tuple(draw.sample([region.id for region in regions], 2)))
    second = workload("b") if draw.random() < 0.5 else workload("b", replicas=3, spread=Spread(min_regions=2))
    pair = [workload("a", places=somewhere), second]
    return problem(fleet(*pair, datasets=[orders], flows=flows), catalog(kinds, tariffs, storage=storage))


@given(st.integers(0, 2**32 - 1))
def test_bounds_hold_at_any_prices(seed: int) -> None:
    """Nobody is paid for reading; for what is written any price may be asked or paid."""
    draw = Random(seed)
    of = free_to_move(draw)
    best = cheapest(of)
    assert best is not None
    relaxation = whole(of, nodes_of(of))
    copied = relaxation.edges.copied
    prices = []
    for each in copied.sets:
        most = draw.choice([0.1, 10.0, 1000.0])
        mine = np.array([[draw.uniform(-most, most) for _ in each.regions] for _ in each.flows])
        prices.append(np.where([[flow.read] for flow in each.flows], np.maximum(mine, 0.0), mine))
    relaxation.copy_prices, relaxation.given_usd = prices, copied.given_usd(prices)
    found = relaxation.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
    assert found.bound <= best.objective / 1e6 + 1e-5
    if placed(relaxation.nodes):
        event("among places")
        wide = AmongPlaces.of(relaxation, relaxation.first_lines)
        found = wide.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
        assert found.bound <= best.objective / 1e6 + 1e-5


@given(st.integers(0, 2**32 - 1))
def test_prices_prove_more_and_answers_are_right(seed: int) -> None:
    of = free_to_move(Random(seed))
    best = cheapest(of)
    assert best is not None
    search, relaxation = Search(of, Settings(gap=1e-9)), whole(of, nodes_of(of))
    copy_prices.price_copies(search, relaxation, relaxation.first_lines, relaxation.first_lines, 60.0)
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + 1e-5 <= search.value_usd + 2e-5
    again = relaxation.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
    assert again.bound <= optimum_usd + 1e-5
    event("scattered" if placed(relaxation.nodes) else "closed" if search.gap < 1e-4 else "open")


@settings(suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_bounds_hold_in_turns_with_charges_for_tiers(seed: int) -> None:
    draw = Random(seed)
    of = free_to_move(draw, tiers=True)
    best = cheapest(of)
    assert best is not None
    search, relaxation = Search(of, Settings(gap=1e-9)), whole(of, nodes_of(of))
    found = relaxation.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
    assert search.offer(greedy(of, relaxation.nodes, relaxation.domains, found, spot=True))
    largest = relaxation.largest_gb()
    tariffs = tiered(of.egress.tariffs, largest)
    lies = relaxation.regions(found.labels)
    charge(Charging.of(search, relaxation, tariffs, largest), relaxation, lies, 60.0)
    optimum_usd = best.objective / 1e6
    assert search.bound_usd <= optimum_usd + 1e-4 <= search.value_usd + 2e-4
    assert relaxation.charges is None
    event("tiers" if tariffs else "no tiers")
    event("closed" if search.gap < 1e-4 else "open")


@given(st.integers(0, 2**32 - 1))
def test_what_is_read_and_written_goes_through_tariffs(seed: int) -> None:
    draw = Random(seed)
    of = free_to_move(draw, tiers=True)
    relaxation = whole(of, nodes_of(of))
    charging = Charging.of(Search(of, Settings()), relaxation, range(len(of.egress.tariffs)), relaxation.largest_gb())
    relaxation.charges = charging.charges
    found = relaxation.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
    placement = placement_of(relaxation, found.labels, relaxation.first_lines)
    assert placement is not None
    if placed(relaxation.nodes):
        return
    lies, only = relaxation.regions(found.labels), relaxation.edges.copied.only(placement.datasets)
    rates = relaxation.rates(relaxation.first_lines)
    through = charging.streams.through(lies, relaxation.parts, rates, only)
    assert charging.streams.volumes(through).sum() == pytest.approx(volumes_of(relaxation, placement).sum())
    event("copies are read or written" if relaxation.edges.copied.sets else "no flows")


def test_three_who_read_two_copies_agree_on_who_reads_from_afar() -> None:
    of = asked(2, [Flow("orders", name, 100.0) for name in NAMES[:3]])
    search, relaxation = Search(of, Settings(gap=1e-9)), whole(of, nodes_of(of))
    found = relaxation.solve(relaxation.first_lines, passes=50, gap=0.0, start=None)
    copy_prices.price_copies(search, relaxation, relaxation.first_lines, relaxation.first_lines, 60.0)
    machines = 730 * 0.1 * len(NAMES) + 2.0
    assert found.bound == pytest.approx(machines - 2.0)
    assert search.value_usd == pytest.approx(machines)
    assert search.bound_usd == pytest.approx(machines, rel=1e-4)


def test_of_many_readers_the_largest_are_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others' reads bound as they do without prices."""
    of = asked(2, [Flow("orders", name, 100.0) for name in NAMES[:3]])
    machines = 730 * 0.1 * len(NAMES) + 2.0
    for most, bound in ((2, machines - 2.0), (3, machines)):
        monkeypatch.setattr(copy_prices, "_MOST_READERS", most)
        search, relaxation = Search(of, Settings(gap=1e-9)), whole(of, nodes_of(of))
        copy_prices.price_copies(search, relaxation, relaxation.first_lines, relaxation.first_lines, 60.0)
        assert search.bound_usd == pytest.approx(bound, rel=1e-4)
