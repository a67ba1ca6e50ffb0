"""Straight lines under tiered tariffs: what makes a problem with tiers pairwise, with a bound that stays true.

Over the volumes from `low` to `high` the tariff's cost C lies on or above the line  rate x T + fixed  (its lower convex
envelope's edge over a chosen volume), and they meet where the envelope touches C. So a placement whose volume lies in
that range costs at least what the line says.
"""

from dataclasses import dataclass

from placement.domain.tariff import EgressTariff


@dataclass(frozen=True, slots=True)
class Line:
    """cost >= rate x GB + fixed, in nano-USD."""

    rate: float
    fixed: float


def line_under(tariff: EgressTariff, low: float, high: float, near: float) -> Line:
    """The edge over `near` of the tariff's convex envelope on [low, high] GB."""
    edges = [tier.from_gb for tier in tariff.tiers if low < tier.from_gb < high]
    points = [(gb, tariff.cost(gb)) for gb in (low, *edges, high)]
    if high <= low:
        return Line(0.0, points[0][1])
    hull: list[tuple[float, float]] = []
    for point in points:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-2], point):
            hull.pop()
        hull.append(point)
    at = next((k for k in range(1, len(hull)) if near <= hull[k][0]), len(hull) - 1)
    rate = _slope(hull[at - 1], hull[at])
    return Line(rate, hull[at][1] - rate * hull[at][0])


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
