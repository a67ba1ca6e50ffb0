"""Each minute it is looked whether the report of the month before was delivered to all its places; else it gets a job.

A job's id holds its hour, so that of several executors one makes it, and one that failed is tried again in the next.
What was delivered is kept, and outlives the records of jobs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from placement.domain.provider import Clock
from placement.jobs.targets import Target
from placement.store.repository import Store

AFTER = timedelta(hours=2)
"""The end of a month: sweeps of its last hour shall be done."""


class Reporting:
    """The deliveries that are due."""

    def __init__(self, targets: Sequence[Target], clock: Clock) -> None:
        self._targets, self._clock = targets, clock
        self._minute: datetime | None = None

    def due(self, store: Store) -> tuple[str, str] | None:
        """(id, month) of the job of this hour; None where nothing is left to deliver, or it was looked for just now."""
        now = self._clock()
        minute = now.replace(second=0, microsecond=0)
        if not self._targets or minute == self._minute:
            return None
        self._minute = minute
        month = month_before(now - AFTER)
        done = store.deliveries(month)
        if all(target.id in done for target in self._targets):
            return None
        return f"report-{month}-{now:%Y%m%dt%H}", month


def month_before(now: datetime) -> str:
    """The last month that is over."""
    return f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
