"""A tenure is a stretch of time in which one placement of a fleet is in force, on one list of tariffs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from placement.domain.decision import Placement
from placement.domain.money import HOURS_PER_MONTH
from placement.optimizer.problem import Problem
from placement.reports.period import days


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

    @property
    def hours(self) -> Fraction:
        """How long it is."""
        return hours_between(self.since, self.until)

    @property
    def months(self) -> Fraction:
        """How many months of a bill it is."""
        return self.hours / HOURS_PER_MONTH

    def days(self) -> Iterator[tuple[datetime, datetime]]:
        """Its parts by day of UTC."""
        return days(self.since, self.until)


def hours_between(since: datetime, until: datetime) -> Fraction:
    """Exactly, to the second."""
    return Fraction(int(until.timestamp()) - int(since.timestamp()), 3600)
