"""Couplings of a fleet as rows over choices around the pairwise core (`coupled`), and solutions as placements again."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import Placement
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.couplings.spot_share import SpotShares
from placement.optimizer.constraints.couplings.spread import SpreadRule
from placement.optimizer.constraints.screens.capacity_types import max_spot_replicas
from placement.optimizer.copies import with_copies
from placement.optimizer.coupled.choices import Choices, taken, without_hopeless
from placement.optimizer.coupled.folding import fold
from placement.optimizer.coupled.portion import Portion
from placement.optimizer.coupled.pricing import Coupled
from placement.optimizer.cpsat import assignments
from placement.optimizer.menus import Consumed, Menu, Place, menu_of
from placement.optimizer.model import SPOT_FRACTION, spot_rule
from placement.optimizer.nodes import DatasetNode, Node, WorkloadNode
from placement.optimizer.pairwise.graph import Floats, Whole
from placement.optimizer.problem import Problem
from placement.optimizer.reads import reads_of
from placement.optimizer.relaxation import Relaxation, own_usd_of
from placement.optimizer.rules import Row, Shares, Uses
from placement.optimizer.scattering import Wide
from placement.optimizer.tiers import Line

_ByNode = dict[int, dict[int, dict[int, float]]]
"""By node, option and row."""


@dataclass(frozen=True, eq=False)
class Consumption:
    """All rows of a fleet, and what the options of each node add to them."""

    limit: Floats
    """By row."""
    most: Floats
    """By row: what any placement takes of it at most."""
    portion: Portion | None
    """Rows that are limited by a fraction of what another adds up to."""
    by_node: Mapping[int, Consumed]
    menus: dict[Hashable, Menu] = field(default_factory=dict)
    """Menus of workloads that are alike, in all regions: made once."""

    @classmethod
    def of(cls, problem: Problem, nodes: Sequence[Node], placed: Collection[int] = ()) -> "Consumption":
        """The rows of the couplings, and of the spot fraction where replicas may scatter. Those of the spread of
        `placed` nodes are left out: their places keep them."""
        rows = [
            row
            for c in COUPLINGS
            if c.active(problem)
            for row in c.rows(problem, nodes)
            if not (row.rule.name == SpreadRule.name and row.uses[0].node in placed)
        ]
        rows += [
            _spot_row(index, node)
            for index, node in enumerate(nodes)
            if isinstance(node, WorkloadNode)
            and node.scattered
            and 0 < max_spot_replicas(node.workload) < node.workload.replicas
        ]
        by_node: _ByNode = defaultdict(lambda: defaultdict(dict))
        for number, row in enumerate(rows):
            for use in row.uses:
                for option, each in zip(use.options.tolist(), use.each.tolist(), strict=True):
                    by_node[use.node][option][number] = each
        limit = np.array([row.limit for row in rows], np.float64)
        shares = [shares for c in COUPLINGS if c.active(problem) for shares in c.shares(problem, nodes)]
        if not shares:
            return cls(limit, limit, None, by_node)
        portion = _portion(shares[0], nodes, len(rows), by_node)
        _stand_in(nodes, rows, portion, by_node)
        limit = np.concatenate([limit, np.zeros(len(portion.parts) + 2)])
        return cls(limit, portion.most(limit, _largest_whole(nodes, portion, by_node)), portion, by_node)


@dataclass(frozen=True, eq=False)
class CoupledFleet:
    """A fleet's coupled problem on the regions that are left, under some lines."""

    relaxation: Relaxation
    lines: Sequence[Line]
    coupled: Coupled
    fixed_usd: float
    """To be added to bounds and values."""
    number: Whole
    """By choice: which of its node's menu."""
    menus: Sequence[Menu | None]
    domains: Sequence[NDArray[np.intp]]

    @classmethod
    def of(
        cls, relaxation: Relaxation, lines: Sequence[Line], consumption: Consumption, wide: Wide | None = None
    ) -> "CoupledFleet":
        """Menus are made once for workloads that are alike. In a `wide` one some workloads lie in places."""
        nodes = relaxation.nodes
        pairs = relaxation.pairs(lines) if wide is None else wide.pairs()
        domains = relaxation.domains if wide is None else wide.domains
        places: Mapping[int, Sequence[Place]] = {} if wide is None else wide.places
        menus = _menus(relaxation, consumption, places)
        parts = []
        for index, (menu, node, domain) in enumerate(zip(menus, nodes, domains, strict=True)):
            if menu is None:
                parts.append(_of_regions(own_usd_of(node, domain)))
            else:
                parts.append(_of_menu(menu, np.arange(len(domain)) if index in places else domain))
        choices = _joined([part.choices for part in parts])
        number = np.concatenate([part.number for part in parts])
        node_of = np.repeat(np.arange(len(nodes)), [len(part.number) for part in parts])
        complete = np.array([menu is not None and menu.complete for menu in menus])
        keep = without_hopeless(choices, consumption.most, complete[node_of])
        if not keep.any():
            keep[:] = True  # No placement exists, which others prove: here something must be left to choose from.
        coupled = Coupled(
            pairs.oracle,
            pairs.costs,
            np.where(np.isfinite(pairs.usd), pairs.usd, relaxation.closed),
            taken(choices, keep),
            consumption.limit,
            relaxation.closed,
            consumption.portion,
        )
        return cls(relaxation, lines, coupled, pairs.fixed_usd, number[keep], menus, domains)

    def under(self, lines: Sequence[Line]) -> "CoupledFleet":
        """The same on the same regions, under other lines."""
        pairs, closed = self.relaxation.pairs(lines), self.relaxation.closed
        fixed = np.where(np.isfinite(pairs.usd), pairs.usd, closed)
        coupled = replace(self.coupled, costs=pairs.costs, fixed=fixed, closed=closed)
        return replace(self, lines=lines, coupled=coupled, fixed_usd=pairs.fixed_usd)

    def placement(self, labels: Whole, picked: Whole) -> Placement:
        """A solution as a placement."""
        relaxation, problem = self.relaxation, self.relaxation.problem
        regions = problem.catalog.regions
        assigned, datasets = {}, {}
        for index, node in enumerate(relaxation.nodes):
            if isinstance(node, WorkloadNode):
                menu = self.menus[index]
                assert menu is not None
                assigned[node.name] = assignments(node, problem, dict(menu.mixes[self.number[picked[index]]]))
            elif node.fixed:
                datasets[node.name] = tuple(regions[r].id for r in self.domains[index])
            elif node.copies == 1:
                datasets[node.name] = (regions[int(self.domains[index][labels[index]])].id,)
        rates = [line.rate for line in self.lines]
        lies = with_copies(problem, relaxation.nodes, self.domains, assigned, datasets, rates)
        return Placement(assigned, lies, reads_of(problem, assigned, lies, rates))

    def put_into_relaxation(self, pi: Floats) -> None:
        """The relaxation then knows the couplings by their prices."""
        c, graph = self.coupled, self.coupled.oracle.graph
        usd, pick = np.empty(len(c.fixed)), np.empty(len(c.fixed), np.int64)
        # At high prices what is allowed can cost more than what is forbidden does elsewhere.
        fold(c.choices, np.zeros(len(c.fixed)), pi, np.inf, usd, pick)
        for index, domain in enumerate(self.relaxation.domains):
            if self.menus[index] is not None:
                priced = np.full(len(self.relaxation.problem.catalog.regions), np.inf)
                priced[domain] = usd[graph.first[index] : graph.first[index + 1]]
                self.relaxation.priced[index] = priced
        self.relaxation.offset_usd = -float(pi @ c.limit)


@dataclass(frozen=True, eq=False)
class _Part:
    """The choices of one node; `number` in its menu."""

    choices: Choices
    number: Whole


def _menus(
    relaxation: Relaxation, consumption: Consumption, places: Mapping[int, Sequence[Place]]
) -> list[Menu | None]:
    """By node; None for datasets."""
    problem = relaxation.problem
    known = consumption.menus
    menus: list[Menu | None] = []
    for index, node in enumerate(relaxation.nodes):
        if isinstance(node, DatasetNode):
            menus.append(None)
            continue
        consumed = consumption.by_node.get(index, {})
        if index in places:
            menus.append(menu_of(problem, node, places[index], consumed))
            continue
        now = node.workload.name if node.workload.current else None
        key = (id(node.options), node.workload.replicas, node.scattered, now, _signature(consumed))
        if key not in known:
            whole = [((r, node.workload.replicas),) for r in range(len(problem.catalog.regions))]
            known[key] = menu_of(problem, node, whole, consumed)
        menus.append(known[key])
    return menus


def _signature(consumed: Consumed) -> Hashable:
    """The same for workloads whose options add the same to the same rows."""
    return tuple((option, tuple(uses.items())) for option, uses in consumed.items())


def _of_menu(menu: Menu, domain: NDArray[np.intp]) -> _Part:
    """What is on the menu in these regions."""
    sizes = menu.first[domain + 1] - menu.first[domain]
    first = np.concatenate([[0], np.cumsum(sizes)])
    number = np.arange(first[-1]) + np.repeat(menu.first[domain] - first[:-1], sizes)
    uses = menu.start[number + 1] - menu.start[number]
    start = np.concatenate([[0], np.cumsum(uses)])
    at = np.arange(start[-1]) + np.repeat(menu.start[number] - start[:-1], uses)
    return _Part(Choices(first, menu.usd[number], start, menu.row[at], menu.amount[at]), number)


def _of_regions(usd: Floats) -> _Part:
    """A dataset's only choice is its region."""
    count = len(usd)
    nothing = np.zeros(count + 1, np.int64)
    return _Part(
        Choices(np.arange(count + 1), usd, nothing, np.empty(0, np.int32), np.empty(0)), np.zeros(count, np.int64)
    )


def _joined(parts: Sequence[Choices]) -> Choices:
    """One after the other."""
    labels = np.cumsum([0, *(len(part.usd) for part in parts)])
    uses = np.cumsum([0, *(len(part.amount) for part in parts)])
    return Choices(
        np.concatenate([[0], *(part.first[1:] + before for part, before in zip(parts, labels[:-1], strict=True))]),
        np.concatenate([part.usd for part in parts]),
        np.concatenate([[0], *(part.start[1:] + before for part, before in zip(parts, uses[:-1], strict=True))]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.amount for part in parts]),
    )


def _portion(shares: Shares, nodes: Sequence[Node], first: int, by_node: _ByNode) -> Portion:
    """The parts are rows from `first` on, then come the row that counts all of them and that of stand-ins."""
    count = 1 + max(int(part.max()) for part in shares.part)
    whole = first + count
    for use, parts in zip(shares.uses, shares.part, strict=True):
        consumed = by_node[use.node]
        for option, part, each in zip(use.options.tolist(), parts.tolist(), use.each.tolist(), strict=True):
            consumed[option][first + part], consumed[option][whole] = each, -each
    return Portion(np.arange(first, whole), whole, shares.fraction, whole + 1)


def _stand_in(nodes: Sequence[Node], rows: Sequence[Row], portion: Portion, by_node: _ByNode) -> None:
    """What stands for spot options that were left out adds to the whole and to no part, and takes of other rows only
    what all spot options take alike."""
    for index, node in enumerate(nodes):
        if isinstance(node, WorkloadNode):
            for number, vcpus in enumerate(node.left_out.vcpus.tolist(), start=len(node.options)):
                by_node[index][number].update({portion.whole: -vcpus, portion.stand_ins: 1.0})
    for number, row in enumerate(rows):
        if row.rule.name in (SpotShares.name, SPOT_FRACTION):
            for use in row.uses:
                node = nodes[use.node]
                if isinstance(node, WorkloadNode) and len(use.each):
                    for option in range(len(node.options), len(node.all_options)):
                        by_node[use.node][option][number] = float(use.each[0])


def _largest_whole(nodes: Sequence[Node], portion: Portion, by_node: _ByNode) -> float:
    """More than any placement adds up to."""
    total = 0.0
    for index, node in enumerate(nodes):
        if isinstance(node, WorkloadNode):
            each = max((-uses.get(portion.whole, 0.0) for uses in by_node[index].values()), default=0.0)
            total += each * max_spot_replicas(node.workload)
    return total


def _spot_row(index: int, node: WorkloadNode) -> Row:
    spot = np.flatnonzero(node.options.spot)
    uses = [Uses(index, spot, np.ones(len(spot)))]
    return Row(spot_rule(node.workload), uses, float(max_spot_replicas(node.workload)))
