"""Where to cut a box of volumes: at a volume above which hardly a better placement can lie, or at the volume at hand.

To send much through a tariff with falling rates costs much more than its line says at the volume at hand. Cut there,
the upper part is soon out of the question, and over the lower part the line lies higher: one cut narrows the box,
whereas one at the volume at hand leaves two boxes to search.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from placement.domain.tariff import EgressTariff
from placement.optimizer.tiers import Line, line_under

_WORTH = 0.01
"""Of what is open in a box: the error that a narrowing cut must take away at least."""
_DEARER = 0.5
"""Of what is open in a box: how much more the upper part must cost by a first estimate. All of it would be surer, but
would let many tariffs wait until little is open."""
_HALVINGS = 12
_EDGE = 0.02
"""Of the width of a box: no cut lies nearer to its ends."""


@dataclass(frozen=True, slots=True)
class Range:
    """The volumes that one tariff may have in a box, and the volume at hand, in GB."""

    tariff: EgressTariff
    low: float
    at: float
    high: float
    line: Line
    """The one under the tariff on this range, at the volume at hand."""

    @classmethod
    def of(cls, tariff: EgressTariff, low: float, at: float, high: float) -> "Range":
        """With its line."""
        return cls(tariff, low, at, high, line_under(tariff, low, high, at))

    @property
    def error(self) -> float:
        """How far the line is under the tariff at the volume at hand, in nano-USD."""
        return self.tariff.cost(self.at) - self._under(self.line)

    def error_below(self, cut: float) -> float:
        """The same of the part below a cut."""
        return self.tariff.cost(self.at) - self._under(line_under(self.tariff, self.low, cut, self.at))

    def rise_above(self, cut: float) -> float:
        """By how much the line of the part above a cut lies over that of all, at the volume at hand."""
        return self._under(line_under(self.tariff, cut, self.high, self.at)) - self._under(self.line)

    @property
    def middle(self) -> float:
        """The volume at hand, or half-way where that is too near to an end."""
        margin = _EDGE * (self.high - self.low)
        return self.at if self.low + margin < self.at < self.high - margin else (self.low + self.high) / 2

    def hopeless_from(self, rise: float) -> float | None:
        """A volume above the one at hand from which on the line rises so much, in nano-USD; None if there is none."""
        below, found = self.at, self.high - _EDGE * (self.high - self.low)
        if found <= below or self.rise_above(found) < rise:
            return None
        for _ in range(_HALVINGS):
            middle = (below + found) / 2
            below, found = (below, middle) if self.rise_above(middle) >= rise else (middle, found)
        return found

    def _under(self, line: Line) -> float:
        return line.rate * self.at + line.fixed


def cut_of(ranges: Sequence[tuple[int, Range]], open_usd: float) -> tuple[int, float] | None:
    """Which tariff to cut and at how many GB; None where no line is under its tariff.

    `open_usd` is what a placement in the box could be better by. A cut that narrows the box and takes the most error
    away goes first, else the tariff with the largest error is cut in its middle.
    """
    open_nano_usd = open_usd * 1e9
    narrowing, most = None, _WORTH * open_nano_usd
    halving, worst = None, 1e-6
    for pool, of in ranges:
        # Over its ends the line is exact.
        if not of.low < of.at < of.high:
            continue
        error = of.error
        if error > worst:
            halving, worst = (pool, of.middle), error
        if error > most:
            cut = of.hopeless_from(_DEARER * open_nano_usd)
            if cut is not None and (gain := error - of.error_below(cut)) > most:
                narrowing, most = (pool, cut), gain
    return narrowing or halving
