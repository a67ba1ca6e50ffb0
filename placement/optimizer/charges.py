"""What flows pay for tariffs whose rates fall with volume: each so much, and all together never more than is asked.

Where rates fall, what a set of flows costs is submodular: a flow adds the less, the more is sent besides. So in any
order each may pay what it adds to those before it, and no set of flows pays more than it costs (the greedy vertices of
a polymatroid; J. Edmonds 1970, L. Lovasz 1983), nor does any mean over orders. Then what a placement pays is pairwise,
and no more than what it costs.

Flows that go through a tariff in all good solutions come first, and pay all that it asks. Those that never do come
last, and pay the low rate of a volume that they would not reach: they stay away at that, too. So the bound is near
without a line that is good for all, and without a volume that is cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from placement.domain.tariff import EgressTariff
from placement.market.egress import EgressMap
from placement.optimizer.pairwise.costs import Charges as PairCharges
from placement.optimizer.pairwise.graph import Floats, Regions
from placement.optimizer.tiers import Line


@dataclass(frozen=True, eq=False)
class Falling:
    """A cost under that of a tariff, on volumes up to some: its rates only fall. In nano-USD."""

    gb: Floats
    """Where each rate begins, from 0 on."""
    nano_usd: Floats
    """What is asked there; less than nothing at 0, where a tariff begins with a lower rate than the highest."""
    rate: Floats
    high: float
    """No more gathers."""

    @classmethod
    def under(cls, tariff: EgressTariff, given_gb: float, high: float, near: float) -> "Falling":
        """Under what more GB cost beside those given, up to `high`; of two such costs the higher one at `near`.

        From the highest rate on it is the tariff's own, if rates fall from there, and that rate before; or it is a
        straight line from nothing.
        """
        rates = [float(tier.usd_per_gb) for tier in tariff.tiers]
        begins = [max(0.0, float(tier.from_gb) - given_gb) for tier in tariff.tiers]
        ends = [*begins[1:], high]
        tiers = [(gb, rate) for gb, end, rate in zip(begins, ends, rates, strict=True) if gb < min(end, high)]
        if not tiers:
            return cls(np.zeros(1), np.zeros(1), np.array(rates[-1:]), high)
        gb, rate = np.array(tiers).T
        usd = np.concatenate([[0.0], np.cumsum(np.diff(gb) * rate[:-1])])
        k = int(np.argmax(rate))
        starts, falls = np.concatenate([[0.0], gb[k + 1 :]]), np.minimum.accumulate(rate[k:])
        asked = usd[k] - rate[k] * gb[k] + np.concatenate([[0.0], np.cumsum(np.diff(starts) * falls[:-1])])
        steep = cls(starts, asked, falls, high)
        most = usd[-1] + rate[-1] * (high - gb[-1])
        least = min([rate[0], most / high, *(usd[1:] / gb[1:])])
        straight = cls(np.zeros(1), np.zeros(1), np.array([least]), high)
        return steep if steep.cost(np.array([near]))[0] >= straight.cost(np.array([near]))[0] else straight

    def cost(self, gb: Floats) -> Floats:
        """At these volumes."""
        tier = np.searchsorted(self.gb, gb, side="right") - 1
        return np.asarray(self.nano_usd[tier] + (gb - self.gb[tier]) * self.rate[tier])

    @property
    def lowest(self) -> float:
        """The last rate."""
        return float(self.rate[-1])


@dataclass(frozen=True, eq=False)
class Columns:
    """T tariffs that are charged apart, each a column; one more column stands for all others."""

    tariffs: NDArray[np.intp]
    """Shape (T,), rising."""
    between: Regions
    """Shape (R, R): of pairs of regions."""
    to_internet: Regions
    """Shape (R,)."""

    @classmethod
    def of(cls, egress: EgressMap, tariffs: Sequence[int]) -> "Columns":
        """Of these tariffs."""
        column = np.full(len(egress.tariffs) + 1, len(tariffs), np.uint32)
        column[list(tariffs)] = np.arange(len(tariffs))
        # What has no tariff, or a free one, counts from the end.
        between, to_internet = (column[np.maximum(of, -1)] for of in (egress.between, egress.to_internet))
        return cls(np.array(tariffs, np.intp), between, to_internet)


@dataclass(frozen=True, eq=False)
class Charges:
    """What streams pay for tariffs by the GB, and what is paid whatever flows. In nano-USD."""

    columns: Columns
    gb: Floats
    """By stream."""
    rate: Floats
    """Shape (streams, T + 1); nothing in the last column."""
    least: Floats
    """Shape (T,): no more than any rate, and what flows pay that are no stream."""
    fixed: Floats
    """Shape (T,)."""

    @cached_property
    def usd(self) -> Floats:
        """Shape (streams, T + 1): what all that flows in a stream pays beyond the least rate, in USD."""
        return np.asarray((self.rate - np.append(self.least, 0.0)) * (self.gb[:, None] / 1e9))

    def of_edges(self, count: int) -> PairCharges:
        """Of so many edges, whose streams are the first ones."""
        return PairCharges.of(self.columns.between, self.usd[: 2 * count])

    def lines(self, others: Sequence[Line]) -> list[Line]:
        """By tariff, what all pay at least; those given where nothing is charged apart."""
        found = list(others)
        for column, tariff in enumerate(self.columns.tariffs.tolist()):
            found[tariff] = Line(float(self.least[column]), float(self.fixed[column]))
        return found

    def mixed(self, other: "Charges", weight: float) -> "Charges":
        """A mean with others of the same streams."""
        rate = (1 - weight) * self.rate + weight * other.rate
        fixed = (1 - weight) * self.fixed + weight * other.fixed
        return Charges(self.columns, self.gb, rate, np.minimum(self.least, other.least), fixed)


def in_order(falling: Falling, gb: Floats, through: Floats) -> Floats:
    """What each stream pays per GB, in nano-USD: those of which more goes through the tariff come first, those of which
    as much does pay the same."""
    rates = np.full(len(gb), falling.lowest)
    if len(falling.rate) == 1:
        return rates
    users = np.flatnonzero((through > 0) & (gb > 0))
    order = users[np.argsort(-through[users], kind="stable")]
    sent = np.cumsum(gb[order])
    last = np.flatnonzero(np.append(through[order][1:] != through[order][:-1], True)[: len(order)])
    ends = np.append(0.0, sent[last])
    cost = falling.cost(ends)
    used = float(ends[-1])
    if used < falling.high:
        rates[:] = (falling.cost(np.array([falling.high]))[0] - cost[-1]) / (falling.high - used)
    rates[order] = np.repeat(np.diff(cost) / np.diff(ends), np.diff(np.append(-1, last)))
    return np.asarray(np.maximum(rates, falling.lowest))
