"""Among places no placement of scattered workloads costs less than the bound, whatever is open and whatever the lines;
and where nothing is open the solution costs what it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import INTERNET, Dataset, Flow, Spread, Together, Workload
from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.nodes import DatasetNode, nodes_of
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.places import placed
from placement.optimizer.problem import Problem, whole_part
from placement.optimizer.rates import Rates
from placement.optimizer.relaxation import Relaxation, Relaxed, whole
from placement.optimizer.tiers import Line
from tests.builders import REGIONS, catalog, fleet, offering, problem, tariff, workload

seeds = st.integers(0, 2**32 - 1)
_SPREADS = [
    (2, Spread(min_regions=2)),
    (3, Spread(min_regions=2)),
    (3, Spread(min_regions=3)),
    (4, Spread(min_regions=3)),
    (3, Spread(min_providers=2)),
    (4, Spread(max_fraction_per_region=0.5)),
    (4, Spread(min_regions=3, min_providers=2)),
]


def random_spread(draw: Random) -> Problem:
    """Some workloads, two of which scatter, and data that stays; nothing else ties them but flows and perhaps
    anti-affinity."""
    regions = draw.sample(REGIONS, draw.randint(3, 5))
    market = catalog(
        [offering(region, round(draw.uniform(0.02, 0.2), 4)) for region in regions],
        [
            tariff(provider, "*", to, (0.0, round(draw.uniform(0.01, 0.2), 4)))
            for provider in {region.provider for region in regions}
            for to in ("internet", "other-region")
        ],
        regions=regions,
    )
    scattered = [
        workload(f"s{k}", replicas=replicas, spread=spread)
        for k, (replicas, spread) in enumerate(draw.sample(_SPREADS, 2))
    ]
    single = [workload(f"w{k}", replicas=draw.randint(1, 3)) for k in range(draw.randint(1, 3))]
    stays = [Dataset("d", 10.0, at=(draw.choice(regions).id,), movable=False)]
    names = [*(each.name for each in (*scattered, *single)), "d", INTERNET]
    ends = [draw.sample(names, 2) for _ in range(draw.randint(3, 8))]
    flows = {(a, b): Flow(a, b, draw.choice([10.0, 300.0, 2000.0])) for a, b in ends if (a, b) != (INTERNET, "d")}
    apart = [Together((scattered[0].name, single[0].name), "region")] if draw.random() < 0.2 else []
    return problem(fleet(*scattered, *single, datasets=stays, flows=list(flows.values()), anti_affinity=apart), market)


@dataclass(frozen=True)
class Tried:
    """What all placements cost under straight tariffs, by what is done with each node."""

    relaxation: Relaxation
    rates: Rates

    def options(self, index: int) -> Floats:
        """Shape (options, R): the shares of a node in regions."""
        node, count = self.relaxation.nodes[index], len(self.rates.within)
        if isinstance(node, DatasetNode) or not node.scattered:
            return np.eye(count)[self.relaxation.domains[index]]
        return np.array([split / node.workload.replicas for split in self.splits(node.workload)])

    def splits(self, asked: Workload) -> Iterator[Floats]:
        spread, regions = asked.spread, self.relaxation.problem.catalog.regions
        assert spread is not None
        most = whole_part(spread.max_fraction_per_region, asked.replicas)
        for counts in product(range(most + 1), repeat=len(regions)):
            used = [region for region, count in zip(regions, counts, strict=True) if count]
            providers = {region.provider for region in used}
            if (
                sum(counts) == asked.replicas
                and len(used) >= spread.min_regions
                and len(providers) >= spread.min_providers
            ):
                yield np.array(counts, np.float64)

    def least_usd(self) -> float:
        """By the definition, all at once: an axis for each node."""
        relaxation, edges = self.relaxation, self.relaxation.edges
        options = [self.options(index) for index in range(len(relaxation.nodes))]
        if not all(len(each) for each in options):
            return np.inf
        given = edges.anchored.on_regions(range(len(options)), self.rates)
        total: Floats = np.zeros([len(each) for each in options])
        for index, shares in enumerate(options):
            node = relaxation.nodes[index]
            usd = np.where(np.isfinite(node.region_usd), node.region_usd, 1e9) + np.where(
                np.isfinite(given[index]), given[index], 1e9
            )
            total = total + _along(shares @ usd, [index], total.ndim)
        for edge, (tail, head) in enumerate(zip(edges.tail.tolist(), edges.head.tolist(), strict=True)):
            out, back, within = edges.gb[edge].tolist()
            pair = out * self.rates.between + back * self.rates.between.T
            np.fill_diagonal(pair, within * self.rates.within)
            if edges.table[edge] >= 0:
                some = [(options[end] > 0).astype(float) for end in (tail, head)]
                total = total + 1e9 * _along(
                    some[0] @ edges.closed[edges.table[edge]] @ some[1].T, [tail, head], total.ndim
                )
            total = total + _along(options[tail] @ pair @ options[head].T, [tail, head], total.ndim)
        return float(total.min())


def _along(usd: Floats, axes: list[int], count: int) -> Floats:
    shape = [1] * count
    for axis, size in zip(axes, usd.shape, strict=True):
        shape[axis] = size
    return usd.reshape(shape)


def random_lines(draw: Random, built: Problem) -> list[Line]:
    return [Line(draw.choice([0.0, 1.0, 0.3, 2.0]) * float(t.tiers[0].usd_per_gb), 0.0) for t in built.egress.tariffs]


def solved(wide: Relaxation, lines: list[Line], draw: Random) -> Relaxed:
    return wide.solve(lines, passes=draw.choice([1, 5, 60]), gap=0.0, start=None)


def begun(draw: Random) -> tuple[AmongPlaces, Tried, list[Line]]:
    """Built under some lines, and to be asked under others, half of the time."""
    built = random_spread(draw)
    alone, lines = whole(built, nodes_of(built)), random_lines(draw, built)
    wide = AmongPlaces.of(alone, lines)
    asked = lines if draw.random() < 0.5 else random_lines(draw, built)
    rates = Rates.of(built, np.array([line.rate for line in asked]))
    return wide, Tried(alone, rates), asked


@settings(max_examples=150)
@given(seeds)
def test_no_placement_costs_less_than_the_bound_whatever_is_open(seed: int) -> None:
    draw = Random(seed)
    wide, tried, lines = begun(draw)
    least = tried.least_usd()
    for _ in range(draw.randint(1, 5)):
        found = solved(wide, lines, draw)
        assert found.bound <= least + 1e-6
        open_ = wide.open_in(wide.regions(found.labels))
        for node in wide.open:
            # A place of its own is a placement, open ones stand for some.
            assert (found.rest[node] >= -1e-6).all()
        labels = {
            node: np.array(draw.sample(which.tolist(), draw.randint(1, len(which))))
            for node in wide.open
            if len(which := np.flatnonzero(wide.open[node].open))
        }
        if not labels:
            break
        wide = wide.opened(labels)
    event("open" if open_ else "all complete")


@settings(max_examples=100)
@given(seeds)
def test_where_nothing_is_open_the_solution_is_a_placement_that_costs_what_it_says(seed: int) -> None:
    draw = Random(seed)
    wide, tried, lines = begun(draw)
    for _ in range(200):
        found = wide.solve(lines, passes=60, gap=0.0, start=None)
        opened = wide.open_in(wide.regions(found.labels))
        labels, more = wide.completed(found.labels, wide.pairs(lines))
        if not opened:
            break
        wide = wide.opened(opened)
    assert more == 0.0
    assert (labels == found.labels).all()
    least = tried.least_usd()
    if least >= 1e9:
        return
    assert found.bound <= least + 1e-6
    assert found.value >= least - 1e-6
    event("optimal" if found.value == pytest.approx(least, abs=1e-6) else "near")


@settings(max_examples=100)
@given(seeds)
def test_completed_places_cost_what_is_said(seed: int) -> None:
    draw = Random(seed)
    wide, _, lines = begun(draw)
    for _ in range(3):
        found = solved(wide, lines, draw)
        wide = wide.opened(wide.open_in(wide.regions(found.labels)))
    found = solved(wide, lines, draw)
    labels, more = wide.completed(found.labels, wide.pairs(lines))
    complete = wide.only_complete()
    if complete is None:
        return
    assert not wide.open_in(wide.regions(labels))
    same = complete.solve(lines, passes=1, gap=0.0, start=complete.labels(wide.regions(labels)))
    assert same.value <= found.value + more + 1e-6
    assert placed(wide.nodes).keys() == wide.open.keys()


@given(seeds)
def test_places_opened_keep_their_numbers_and_cover_what_they_covered(seed: int) -> None:
    draw = Random(seed)
    wide, _, lines = begun(draw)
    found = solved(wide, lines, draw)
    opened = wide.open_in(wide.regions(found.labels))
    assert opened.keys() == wide.open.keys()
    grown = wide.opened(opened)
    for node, places in wide.open.items():
        before, after = {tuple(label) for label in places.ranks.tolist()}, grown.open[node].ranks.tolist()
        assert before - {tuple(label) for label in after} <= {(-1,) * len(places.pattern)}
        assert len({tuple(label) for label in after}) == len(after)
        assert (np.diff(grown.domains[node]) > 0).all()
