"""A tenure is a stretch of time in which one placement of a fleet is in force, on one list of tariffs."""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from placement.domain.decision import Placement
from placement.domain.money import HOURS_PER_MONTH
from placement.optimizer.problem import Problem
from placement.reports.period import days
from placement.reports.price_line import PriceLine


@dataclass(frozen=True, eq=False)
class Tenure:
    """What is in force from `since` up to `until`."""

    decision: str
    """Id of the decision that it follows from."""
    problem: Problem
    """The fleet, and the tariffs and places of the time; the offerings of its catalog are not asked for."""
    placement: Placement
    since: datetime
    until: datetime
    origin: Placement | None = None
    """Where everything lay just before; None: nothing moves at its beginning."""
    from_current: bool = False
    """The fleet was not placed before: it moves from where its document says that it is."""

    by_day: bool = True
    """Whether what it costs is told day by day, or as a whole, which is the same sum."""

    @cached_property
    def parts(self) -> tuple[tuple[datetime, datetime], ...]:
        """Its days of UTC, or itself."""
        return tuple(days(self.since, self.until)) if self.by_day else ((self.since, self.until),)

    @cached_property
    def seconds(self) -> tuple[int, ...]:
        """From its beginning to the end of each part."""
        start = int(self.since.timestamp())
        return tuple(int(until.timestamp()) - start for _, until in self.parts)

    def sums(self, line: PriceLine) -> tuple[int, ...]:
        """Nano-USD an hour times seconds, from its beginning to the end of each part."""
        if line not in self._sums:
            start = int(self.since.timestamp())
            self._sums[line] = tuple(line.sum(start, start + seconds) for seconds in self.seconds)
        return self._sums[line]

    @cached_property
    def _sums(self) -> dict[PriceLine, tuple[int, ...]]:
        return {}

    @property
    def hours(self) -> Fraction:
        """How long it is."""
        return hours_between(self.since, self.until)

    @property
    def months(self) -> Fraction:
        """How many months of a bill it is."""
        return self.hours / HOURS_PER_MONTH


def hours_between(since: datetime, until: datetime) -> Fraction:
    """Exactly, to the second."""
    return Fraction(int(until.timestamp()) - int(since.timestamp()), 3600)


def as_a_whole(tenure: Tenure) -> Tenure:
    """The tenure in one part: what it costs together, and not by day."""
    return replace(tenure, by_day=False)
