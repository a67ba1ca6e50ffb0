"""Straight lines under tiered tariffs: what makes a problem with tiers pairwise, with a bound that stays true.

Over the volumes from `low` to `high` the tariff's cost C lies on or above the line  rate x T + fixed  (its lower convex
envelope's edge over a chosen volume), and they meet where the envelope touches C. So a placement whose volume lies in
that range costs at least what the line says.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from placement.domain.tariff import EgressTariff


@dataclass(frozen=True, slots=True)
class Line:
    """cost >= rate x GB + fixed, in nano-USD."""

    rate: float
    fixed: float


@dataclass(frozen=True, slots=True)
class Envelope:
    """The lower convex envelope of a tariff's cost over a range of volumes, edge by edge."""

    ends: tuple[float, ...]
    """In GB, rising."""
    edges: tuple[Line, ...]

    @classmethod
    def of(cls, tariff: EgressTariff, low: float, high: float) -> "Envelope":
        """On [low, high] GB."""
        if high <= low:
            return cls((low,), (Line(0.0, tariff.cost(low)),))
        inside = [tier.from_gb for tier in tariff.tiers if low < tier.from_gb < high]
        hull: list[tuple[float, float]] = []
        for point in [(gb, tariff.cost(gb)) for gb in (low, *inside, high)]:
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-2], point):
                hull.pop()
            hull.append(point)
        rates = [_slope(*edge) for edge in pairwise(hull)]
        ends = hull[1:]
        edges = (Line(rate, usd - rate * gb) for rate, (gb, usd) in zip(rates, ends, strict=True))
        return cls(tuple(gb for gb, _ in ends), tuple(edges))

    def over(self, gb: float) -> Line:
        """The edge over a volume."""
        return self.edges[min(bisect_left(self.ends, gb), len(self.ends) - 1)]


def line_under(tariff: EgressTariff, low: float, high: float, near: float) -> Line:
    """The edge over `near` of the tariff's convex envelope on [low, high] GB."""
    return Envelope.of(tariff, low, high).over(near)


def most_gb(tariff: EgressTariff, rate: float, room: float, high: float) -> float:
    """The most GB, up to `high`, for which the tariff asks no more than rate x GB + room, in nano-USD; 0 if none."""

    def excess(gb: float) -> float:
        return tariff.cost(gb) - rate * gb - room

    end = high
    for edge in [tier.from_gb for tier in tariff.tiers if tier.from_gb < high][::-1]:
        if excess(end) <= 0:
            return end
        if excess(edge) <= 0:
            return edge + (end - edge) * excess(edge) / (excess(edge) - excess(end))
        end = edge
    return 0.0


def _slope(a: tuple[float, float], b: tuple[float, float]) -> float:
    return (b[1] - a[1]) / (b[0] - a[0])
