"""Each minute it is looked whether the last reports were delivered to all their places; else they get jobs.

A job's id holds its hour, so that of several executors one makes it, and one that failed is tried again in the next.
What was delivered is kept, and outlives the records of jobs.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from placement.domain.errors import BadInput
from placement.domain.provider import Clock
from placement.jobs.targets import Target
from placement.store.repository import Store

AFTER = timedelta(hours=2)
"""The end of a month or a week: sweeps of its last hour shall be done."""
EVERY = ("month", "week")
_WEEK = re.compile(r"(\d{4})W(\d{2})")


class Reporting:
    """The deliveries that are due."""

    def __init__(self, targets: Sequence[Target], every: Sequence[str], clock: Clock) -> None:
        """`every` has `month`, `week` or both; raises BadInput for another word."""
        strange = [word for word in every if word not in EVERY]
        if strange or not every:
            raise BadInput(f"reports come every month or week, not {', '.join(strange) or 'never'}")
        self._targets, self._every, self._clock = targets, every, clock
        self._minute: datetime | None = None

    def due(self, store: Store) -> Iterator[tuple[str, str]]:
        """(id, month or week) of the jobs of this hour that have something to deliver; none, if they were looked for
        just now."""
        now = self._clock()
        minute = now.replace(second=0, microsecond=0)
        if not self._targets or minute == self._minute:
            return
        self._minute = minute
        over = {"month": month_before(now - AFTER), "week": week_before(now - AFTER)}
        for every in self._every:
            done = store.deliveries(over[every])
            if not all(target.id in done for target in self._targets):
                yield f"report-{over[every]}-{now:%Y%m%dt%H}", over[every]


def month_before(now: datetime) -> str:
    """The last month that is over."""
    return f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"


def week_before(now: datetime) -> str:
    """The last week that is over, by ISO 8601: `2026W43`."""
    year, week, _ = (now - timedelta(days=7)).isocalendar()
    return f"{year}W{week:02}"


def reported(name: str, now: datetime) -> tuple[str, datetime]:
    """(month, up to when) of a month or week: of a week, the month so far in which its Sunday lies."""
    week = _WEEK.fullmatch(name)
    if week is None:
        return name, now
    sunday = datetime.fromisocalendar(int(week[1]), int(week[2]), 7).replace(tzinfo=UTC)
    return f"{sunday:%Y-%m}", sunday + timedelta(days=1)
