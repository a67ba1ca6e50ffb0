"""Egress in CP-SAT: how much of each arc runs between each pair of regions, and what the tariffs ask for it.

For an arc u -> v with U and V parts at its ends, q[r, s] counts the pairs of parts in r and s:

    workload to workload      q[r, s] = part[u, r] x part[v, s]
    dataset to any (read)     sum over r of q[r, s] = part[v, s];  q[r, s] > 0 only for one copy r
    workload to dataset       q[s, r] = part[u, s] x used[d, r]
    volume of tariff t        T_t = sum over arcs and pairs of t of  GB x q / (U V)

Where one end is whole, sums over rows and columns say the product exactly. A tariff in play (see `traffic.tiered`)
fills one tier at a time:  T = sum_k t_k,  low_k open_k <= t_k <= high_k open_k,  sum_k open_k = 1,
cost = sum_k rate_k t_k + (cost(low_k) - rate_k low_k) open_k, whether rates fall or rise.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from placement.domain.tariff import EgressTariff
from placement.optimizer.model import Expression, PlacementModel
from placement.optimizer.nodes import DatasetNode
from placement.optimizer.traffic import Arc, Traffic

Carry = Callable[[tuple[int, ...], Expression], None]
"""Prices a quantity of one arc on a pair of regions."""

_VOLUME_STEPS = 10**8
"""A tariff in play counts its volume in steps of this fraction of the largest possible volume, rounded down."""


@dataclass(eq=False)
class FlowModel:
    """Posts all arcs on a model, and remembers which copies are read."""

    model: PlacementModel
    traffic: Traffic
    tiered: Sequence[int]
    largest_gb: NDArray[np.float64]
    reads: dict[tuple[int, int | None], dict[int, Expression]] = field(default_factory=dict)
    """By (flow, reading region; None for the internet): whether the copy in a region is the one that is read."""
    _volumes: dict[int, list[tuple[Expression, float]]] = field(default_factory=lambda: defaultdict(list))

    def post(self) -> None:
        """All arcs, then the tariffs in play."""
        for arc in self.traffic.arcs:
            if arc.dst is None:
                self._to_internet(arc)
            elif isinstance(self.model.nodes[arc.src], DatasetNode):
                self._read(arc, arc.dst)
            elif isinstance(self.model.nodes[arc.dst], DatasetNode):
                self._write(arc, arc.dst)
            else:
                self._talk(arc, arc.dst)
        for pool, parts in self._volumes.items():
            self._tariff(self.traffic.problem.egress.tariffs[pool], float(self.largest_gb[pool]), parts)

    def _carry(self, arc: Arc, whole: int) -> Carry:
        """A function that prices a quantity, in 1/whole of the arc, on a pair of regions."""
        pools, volumes = self.traffic.pools(arc), self.traffic.volumes(arc)
        tariffs, in_play = self.traffic.problem.egress.tariffs, frozenset(self.tiered)

        def carry(pair: tuple[int, ...], quantity: Expression) -> None:
            pool, gb = int(pools[pair]), float(volumes[pair]) / whole
            if pool >= 0 and gb:
                if pool in in_play:
                    self._volumes[pool].append((quantity, gb))
                else:
                    self.model.charge(quantity, gb * tariffs[pool].tiers[0].usd_per_gb / 1e9)

        return carry

    def _to_internet(self, arc: Arc) -> None:
        model, node = self.model, self.model.nodes[arc.src]
        usable = self.traffic.open_pairs(arc)
        carry = self._carry(arc, node.units)
        here = model.part[arc.src]
        if isinstance(node, DatasetNode):
            here = self._one_copy(arc, None, {r: used for r, used in here.items() if usable[r]}, 1)
        for r, quantity in here.items():
            if usable[r]:
                carry((r,), quantity)
            else:
                model.cp.add(quantity == 0)

    def _one_copy(
        self, arc: Arc, reader: int | None, copies: Mapping[int, Expression], wanted: Expression
    ) -> dict[int, Expression]:
        """Booleans that choose one of the copies if `wanted`."""
        cp = self.model.cp
        if len(copies) == 1 and not isinstance(next(iter(copies.values())), cp_model.IntVar):
            choice: dict[int, Expression] = {next(iter(copies)): wanted}
        else:
            choice = {r: cp.new_bool_var(f"reads[{arc.flow},{reader},{r}]") for r in copies}
            for r, used in copies.items():
                cp.add(choice[r] <= used)
            cp.add(cp_model.LinearExpr.sum(list(choice.values())) == wanted)
        self.reads[arc.flow, reader] = choice
        return choice

    def _read(self, arc: Arc, dst: int) -> None:
        model, node = self.model, self.model.nodes[dst]
        usable = self.traffic.open_pairs(arc)
        carry = self._carry(arc, node.units)
        for s, quantity in model.part[dst].items():
            copies = {r: used for r, used in model.used[arc.src].items() if usable[r, s]}
            if not copies:
                model.cp.add(quantity == 0)
                continue
            choice = self._one_copy(arc, s, copies, model.used[dst][s])
            if node.units == 1:
                for r, chosen in choice.items():
                    carry((r, s), chosen)
            elif len(choice) == 1:
                carry((next(iter(choice)), s), quantity)
            else:
                read = {r: self._quantity(node.units) for r in choice}
                for r, q in read.items():
                    model.cp.add(q <= node.units * choice[r])
                    carry((r, s), q)
                model.cp.add(cp_model.LinearExpr.sum(list(read.values())) == quantity)

    def _write(self, arc: Arc, dst: int) -> None:
        model, units = self.model, self.model.nodes[arc.src].units
        usable = self.traffic.open_pairs(arc)
        carry = self._carry(arc, units)
        for r, copy in model.used[dst].items():
            written: list[cp_model.IntVar] = []
            for s, quantity in model.part[arc.src].items():
                if not usable[s, r]:
                    model.cp.add(model.used[arc.src][s] + copy <= 1)
                elif not isinstance(copy, cp_model.IntVar):
                    carry((s, r), quantity)
                else:
                    q = self._quantity(units)
                    model.cp.add(q <= quantity)
                    model.cp.add(q <= units * copy)
                    carry((s, r), q)
                    written.append(q)
            if written:
                model.cp.add(cp_model.LinearExpr.sum(written) == units * copy)

    def _talk(self, arc: Arc, dst: int) -> None:
        """Row and column sums close the pairs that have no q."""
        model = self.model
        cp, rows, columns = model.cp, model.part[arc.src], model.part[dst]
        first, second = model.nodes[arc.src].units, model.nodes[dst].units
        usable = self.traffic.open_pairs(arc)
        carry = self._carry(arc, first * second)
        by_row: dict[int, list[Expression]] = {r: [] for r in rows}
        by_column: dict[int, list[Expression]] = {s: [] for s in columns}
        for r, s in ((r, s) for r in rows for s in columns if usable[r, s]):
            q = self._quantity(first * second)
            by_row[r].append(q)
            by_column[s].append(q)
            if first > 1 and second > 1:
                cp.add_multiplication_equality(q, [rows[r], columns[s]])
            carry((r, s), q)
        for r, part in rows.items():
            cp.add(cp_model.LinearExpr.sum(by_row[r]) == second * part)
        for s, part in columns.items():
            cp.add(cp_model.LinearExpr.sum(by_column[s]) == first * part)

    def _quantity(self, most: int) -> cp_model.IntVar:
        return self.model.cp.new_bool_var("q") if most == 1 else self.model.cp.new_int_var(0, most, "q")

    def _tariff(self, tariff: EgressTariff, largest_gb: float, parts: Sequence[tuple[Expression, float]]) -> None:
        cp = self.model.cp
        step = largest_gb / _VOLUME_STEPS
        variables = [(q, int(gb / step)) for q, gb in parts if isinstance(q, cp_model.IntVar)]
        always = sum(int(gb / step) * int(str(q)) for q, gb in parts if not isinstance(q, cp_model.IntVar))
        volume = always + cp_model.LinearExpr.weighted_sum([q for q, _ in variables], [n for _, n in variables])
        starts = [tier.from_gb for tier in tariff.tiers if tier.from_gb < largest_gb]
        filled = []
        opened = []
        for tier, low, high in zip(tariff.tiers, starts, [*starts[1:], largest_gb], strict=False):
            bottom, top = int(low / step), int(np.ceil(high / step)) + 1
            within = cp.new_int_var(0, top, "t")
            is_open = cp.new_bool_var("open")
            cp.add(within <= top * is_open)
            cp.add(within >= bottom * is_open)
            self.model.charge(within, step * tier.usd_per_gb / 1e9)
            self.model.charge(is_open, (tariff.cost(low) - tier.usd_per_gb * low) / 1e9)
            filled.append(within)
            opened.append(is_open)
        cp.add_exactly_one(opened)
        cp.add(cp_model.LinearExpr.sum(filled) == volume)
