"""Straight lines under tiered tariffs: what makes a problem with tiers pairwise, with a bound that stays true.

Over the volumes from `low` to `high` the tariff's cost C lies on or above the line  rate x T + fixed  (its lower convex
envelope's edge over a chosen volume), and they meet where the envelope touches C. So a placement whose volume lies in
that range costs at least what the line says.
"""

from bisect import bisect_left
from dataclasses import dataclass

from placement.domain.tariff import EgressTariff

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """cost >= rate x GB + fixed, in nano-USD."""

    rate: float
    fixed: float


@dataclass(frozen=True, slots=True)
class Envelope:
    """The lower convex envelope of a tariff's cost over a range of volumes."""

    gb: tuple[float, ...]
    """Where its edges meet and end, rising."""
    nano_usd: tuple[float, ...]
    """The tariff's cost there, in nano-USD."""

    @classmethod
    def of(cls, tariff: EgressTariff, low: float, high: float) -> "Envelope":
        """On [low, high] GB."""
        if high <= low:
            return cls((low,), (tariff.cost(low),))
        inside = [tier.from_gb for tier in tariff.tiers if low < tier.from_gb < high]
        hull: list[tuple[float, float]] = []
        for point in [(gb, tariff.cost(gb)) for gb in (low, *inside, high)]:
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-2], point):
                hull.pop()
            hull.append(point)
        return cls(*zip(*hull, strict=True))

    def over(self, gb: float) -> Line:
        """The edge over a volume."""
        k = min(max(bisect_left(self.gb, gb), 1), len(self.gb) - 1)
        if k == 0:
            return Line(0.0, self.nano_usd[0])
        rate = (self.nano_usd[k] - self.nano_usd[k - 1]) / (self.gb[k] - self.gb[k - 1])
        return Line(rate, self.nano_usd[k] - rate * self.gb[k])

    def under(self, rate: float) -> Line:
        """The highest line under it with a given rate."""
        return Line(rate, min(usd - rate * gb for gb, usd in zip(self.gb, self.nano_usd, strict=True)))

    def beyond(self, rate: float, gb: float) -> float:
        """How many GB a volume lies above those at which the line of this rate meets it; negative below them."""
        above = [usd - rate * at for at, usd in zip(self.gb, self.nano_usd, strict=True)]
        most = min(above) + _ROUNDING * self.nano_usd[-1]
        touched = [at for at, by in zip(self.gb, above, strict=True) if by <= most]
        return gb - min(max(gb, touched[0]), touched[-1])


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
