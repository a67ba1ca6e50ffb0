"""The pairwise part of a problem: every coupling left out, every tariff replaced by a straight line under it.

A workload that may scatter is taken to lie in one region. That only lowers the cost: with straight tariffs the cost is
linear in the shares of each workload, so some corner (all replicas in one region) is no dearer than any mix. A
dataset with several movable copies keeps the cost of its cheapest copies, and its readers and writers what no choice of
copies avoids (`copied`). Hence the bound holds for the whole problem.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.anchored import Places
from placement.optimizer.charges import Charges
from placement.optimizer.edges import Edges, absent
from placement.optimizer.menus import Place
from placement.optimizer.nodes import DatasetNode, Node, WorkloadNode
from placement.optimizer.pairwise.costs import Costs, Parts, costs_of
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.pairwise.solving import FORESTS, ROUND, Solved, solved
from placement.optimizer.problem import Problem
from placement.optimizer.rates import Rates
from placement.optimizer.tiers import Line
from placement.optimizer.traffic import Traffic

Domain = NDArray[np.intp]
"""Regions that a node may still take."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What is proven and found under some lines, in USD a month."""

    bound: float
    rest: Sequence[Floats]
    """By node and position in its domain: every placement with it there costs at least bound + rest. Empty where it was
    not asked for."""
    labels: NDArray[np.intp]
    """The best solution seen, as positions in the domains."""
    value: float
    """Its cost; at least `Relaxation.closed` if it uses a forbidden pair."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """What flows cost under some lines, in USD a month."""

    oracle: Oracle
    costs: Costs
    usd: Floats
    """Shape (L,): flows to where they must go, by label; infinite where closed."""
    fixed_usd: float
    """What no decision changes."""


@dataclass(eq=False)
class Relaxation:
    """Nodes, arcs and the regions that are left for each node; the domains shrink as bounds rule regions out."""

    problem: Problem
    nodes: Sequence[Node]
    traffic: Traffic
    domains: list[Domain]
    closed: float = field(default=np.inf, init=False)
    """What a forbidden pair costs, in USD, once anything was asked: more than any solution, yet finite, since infinite
    minus infinite is no cost."""
    until: float = np.inf
    """When the time is up, by `time.monotonic`."""
    threads: int = 1
    seed: int = 0
    priced: dict[int, Floats] = field(default_factory=dict)
    """By node, shape (R,): the cost of regions under prices on the couplings, instead of the node's own."""
    charges: Charges | None = None
    """What streams pay, instead of lines under the tariffs that are charged apart."""
    offset_usd: float = 0.0
    """Added to the bound: what the prices give back."""
    copy_prices: Sequence[Floats] = ()
    """By dataset with several copies that may move, of what each flow pays for each region's copy."""
    given_usd: float = 0.0
    """What these datasets are given of that."""
    first_lines: list[Line] = field(init=False)
    """By tariff, its first tier without end."""
    second_tier_gb: Floats = field(init=False)
    """By tariff, where the second tier begins; infinite where there is none."""
    parts: Parts = field(init=False)
    """What the numbers in the domains stand for."""
    _edges: Edges | None = field(default=None, init=False)
    _ready: "Ready | None" = field(default=None, init=False)
    _tables: Floats = field(default_factory=lambda: np.empty((0, 0, 0)), init=False)
    _own_usd: Floats | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        tariffs = self.problem.egress.tariffs
        self.first_lines = [Line(float(tariff.tiers[0].usd_per_gb), 0.0) for tariff in tariffs]
        count = len(self.problem.catalog.regions)
        self.parts = Parts.of(count, np.empty((0, count)))
        self.second_tier_gb = np.array([t.tiers[1].from_gb if len(t.tiers) > 1 else np.inf for t in tariffs])

    def solve(
        self,
        lines: Sequence[Line],
        *,
        passes: int,
        gap: float,
        forests: int = FORESTS,
        every: int = ROUND,
        start: NDArray[np.intp] | None,
        rest: bool = True,
    ) -> Relaxed:
        """Bound the problem under these lines, in USD; labels are positions in `domains`."""
        pairs = self.pairs(lines)
        found = self.solved_pairs(pairs, passes=passes, gap=gap, forests=forests, every=every, start=start, rest=rest)
        left = () if found.rest is None else self.by_node(found.rest)
        return Relaxed(found.bound, left, found.labels, found.value)

    def solved_pairs(
        self,
        pairs: "Pairs",
        *,
        passes: int,
        gap: float,
        forests: int,
        every: int,
        start: NDArray[np.intp] | None,
        rest: bool = True,
    ) -> Solved:
        """The same of what these lines made."""
        found = solved(
            pairs.oracle,
            self.usd(pairs),
            pairs.costs,
            passes=passes,
            forests=forests,
            every=every,
            gap=gap,
            seed=self.seed,
            start=start,
            rest=rest,
            until=self.until,
            threads=self.threads,
        )
        fixed = pairs.fixed_usd + self.offset_usd
        return replace(found, bound=found.bound + fixed, value=found.value + fixed)

    def usd(self, pairs: "Pairs") -> Floats:
        """Shape (L,): all that labels cost but for edges; at most what is forbidden."""
        own, first = self.own_usd(), pairs.oracle.graph.first
        for index, usd in self.priced.items():
            own[first[index] : first[index + 1]] = usd[self.domains[index]]
        usd = own + pairs.usd
        return np.where(np.isfinite(usd), usd, self.closed)

    def pairs(self, lines: Sequence[Line]) -> "Pairs":
        """The pairwise problem under these lines, but for what nodes cost by themselves."""
        edges, ready = self._prepared()
        lines = self._charged(lines)
        rates, count = self._rates(lines), len(ready.oracle.graph.region)
        given = edges.fixed.on_labels(ready.fixed, count, rates.alone).sum()
        fixed = sum(line.fixed for line in lines) / 1e9 + min(float(given), self.closed)
        charged = None if rates.charges is None else rates.charges.of_edges(len(edges.tail))
        costs = costs_of(rates.between, rates.within, self._tables, self.parts, charges=charged)
        usd = edges.anchored.on_labels(ready.anchored, count, rates)
        usd += edges.copied.on_labels(ready.oracle.graph, rates, self.copy_prices)
        return Pairs(ready.oracle, costs, usd, fixed - self.given_usd)

    def rates(self, lines: Sequence[Line]) -> Rates:
        """By pair of regions, with what streams pay beyond them."""
        return self._rates(self._charged(lines))

    def _charged(self, lines: Sequence[Line]) -> Sequence[Line]:
        """What all pay at least under charges."""
        return lines if self.charges is None else self.charges.lines(lines)

    def _rates(self, lines: Sequence[Line]) -> Rates:
        return Rates.of(self.problem, np.array([line.rate for line in lines]), self.charges)

    def largest_gb(self) -> Floats:
        """Shape (tariffs,): no more can gather in each, wherever nodes lie."""
        return self.traffic.largest_volumes(self.nodes, self.domains)

    def shrink(self, keep: NDArray[np.bool_]) -> None:
        """Leave only the marked regions, of all nodes in a row; messages about them stay."""
        ends = np.cumsum([len(domain) for domain in self.domains])[:-1]
        self.domains = [domain[kept] for domain, kept in zip(self.domains, np.split(keep, ends), strict=True)]
        self._own_usd = None
        if self._ready is not None:
            self._ready = self._readied(self.edges, self._ready.oracle.shrunk(keep))

    def narrowed(self, keep: NDArray[np.bool_]) -> "Relaxation":
        """Another on the labels that are marked, those of all nodes in a row, with messages of its own."""
        other = self.twin()
        other.shrink(keep)
        return other

    def regions(self, labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """By node, for positions in the domains."""
        graph = self._prepared()[1].oracle.graph
        return np.asarray(graph.region[graph.first[:-1] + labels], np.intp)

    def flat(self, regions: NDArray[np.intp]) -> NDArray[np.intp]:
        """By node, where its region, one of its domain, is among the labels of all nodes in a row."""
        graph, count = self._prepared()[1].oracle.graph, len(self.parts.first) - 1
        nodes = np.arange(len(self.nodes))
        keys = np.repeat(nodes * count, np.diff(graph.first)) + graph.region
        return np.asarray(np.searchsorted(keys, nodes * count + regions), np.intp)

    def still(self, lies: NDArray[np.intp]) -> NDArray[np.intp]:
        """By node, the same region, or if it is none of its domain any more, another."""
        graph = self._prepared()[1].oracle.graph
        first, region = graph.first, graph.region.astype(np.intp)
        at = Relaxation.flat(self, lies)
        known = (at < first[1:]) & (region[np.minimum(at, first[1:] - 1)] == lies)
        return np.where(known, lies, region[first[:-1]])

    def labels(self, regions: NDArray[np.intp]) -> NDArray[np.intp]:
        """The same as positions in the domains."""
        return np.asarray(self.flat(regions) - self._prepared()[1].oracle.graph.first[:-1], np.intp)

    def promising(self, rest: Floats, room_usd: float) -> NDArray[np.bool_]:
        """By label of all nodes in a row: whether a placement may use it that costs `room_usd` more than the bound, by
        what is left above that. A node of U units with one unit in region r costs at least bound + rest[r] / U."""
        first = self._prepared()[1].oracle.graph.first
        most = np.array([room_usd * self._units(index) for index in range(len(self.nodes))])
        return np.asarray(rest <= np.repeat(most, np.diff(first)))

    def twin(self) -> "Relaxation":
        """The same with messages of its own, so that both can be solved at once, each on one thread."""
        _, ready = self._prepared()
        other = copy(self)
        other.domains, other.priced, other.threads = list(self.domains), dict(self.priced), 1
        other._ready = replace(ready, oracle=ready.oracle.twin())
        return other

    def by_node(self, rest: Floats) -> Sequence[Floats]:
        """What is left above the bound, by node and position in its domain, from that of all labels in a row."""
        return np.split(rest, self._prepared()[1].oracle.graph.first[1:-1])

    @property
    def complete(self) -> bool:
        """No option was left out that could be part of the best placement."""
        return all(isinstance(node, DatasetNode) or node.complete for node in self.nodes)

    @property
    def says_all(self) -> bool:
        """Whether a solution says where everything lies."""
        return not self.priced and not any(scattered(node) for node in self.nodes)

    def completed(self, labels: NDArray[np.intp], pairs: "Pairs") -> tuple[NDArray[np.intp], float]:
        """A solution that says where all nodes lie, and how much more it costs."""
        return labels, 0.0

    def place(self, index: int, number: int) -> Place | None:
        """Where a workload lies under a number of its domain; None if that is not said."""
        node = self.nodes[index]
        return ((number, node.workload.replicas),) if isinstance(node, WorkloadNode) else None

    def _units(self, index: int) -> float:
        return np.inf if absent(self.nodes[index]) else self.nodes[index].units

    def _own_usd_of(self, index: int) -> Floats:
        return own_usd_of(self.nodes[index], self.domains[index])

    @property
    def _forbidden_usd(self) -> float:
        return self.closed

    def _readied(self, edges: Edges, oracle: Oracle) -> "Ready":
        count = len(self.problem.catalog.regions)
        return Ready(oracle, edges.anchored.places(oracle.graph, count), edges.fixed.places(oracle.graph, count))

    @property
    def edges(self) -> Edges:
        """What ties the nodes."""
        return self._prepared()[0]

    def _prepared(self) -> tuple[Edges, "Ready"]:
        if self._edges is None:
            self._edges = Edges.of(self.problem, self.nodes, self.traffic)
        if self._ready is None:
            self._ready = self._readied(self._edges, Oracle(self._edges.graph(self.domains)))
            self.closed = self._more_than_any(self._edges, self._ready)
            self._tables = np.asarray(self._edges.closed * self._forbidden_usd, np.float64)
        return self._edges, self._ready

    def own_usd(self) -> Floats:
        """Shape (L,): what the nodes cost at each label, without flows."""
        if self._own_usd is None:
            costs = [self._own_usd_of(index) for index in range(len(self.nodes))]
            self._own_usd = np.concatenate(costs) if costs else np.zeros(0)
        return self._own_usd.copy()

    def _more_than_any(self, edges: Edges, ready: "Ready") -> float:
        """More than any solution costs: ten times its most, since lines may be steeper than their tariffs."""
        tariffs = self.problem.egress.tariffs
        highest = np.array([max(float(tier.usd_per_gb) for tier in tariff.tiers) for tariff in tariffs])
        rates, usd = Rates.of(self.problem, highest), self.own_usd()
        usd += edges.anchored.on_labels(ready.anchored, len(usd), rates)
        usd += edges.copied.on_labels(ready.oracle.graph, rates, ())
        first = np.cumsum([0, *(len(domain) for domain in self.domains)])[:-1]
        dearest = np.maximum.reduceat(np.where(np.isfinite(usd), usd, 0.0), first).sum() if len(usd) else 0.0
        rate = max(rates.between.max(initial=0.0), rates.within.max(initial=0.0))
        given = edges.fixed.on_labels(ready.fixed, len(usd), rates)
        fixed = float(np.where(np.isfinite(given), given, 0.0).sum())
        return 10 * (1.0 + float(dearest) + fixed + float(edges.gb.sum() * rate))


@dataclass(frozen=True, eq=False)
class Ready:
    """What belongs to the regions that are left."""

    oracle: Oracle
    anchored: Places
    fixed: Places


def whole(problem: Problem, nodes: Sequence[Node]) -> Relaxation:
    """The relaxation before anything is ruled out."""
    domains = [np.flatnonzero(np.isfinite(node.region_usd)) for node in nodes]
    return Relaxation(problem, nodes, Traffic.of(problem, nodes), domains)


def own_usd_of(node: Node, domain: Domain) -> Floats:
    """What the node costs in each of the regions, without flows."""
    if isinstance(node, DatasetNode) and absent(node):
        kept = np.sort(node.region_usd[np.isfinite(node.region_usd)])
        least = kept.sum() if node.fixed else kept[: node.copies].sum()
        return np.full(len(domain), least)
    return node.region_usd[domain]


def scattered(node: Node) -> bool:
    """Whether its replicas may lie in several regions."""
    return isinstance(node, WorkloadNode) and node.scattered
