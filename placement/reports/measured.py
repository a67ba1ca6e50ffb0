"""What others measured or billed: one thing's cost in a stretch of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from placement.domain.money import MicroUsd

TERMS = ("compute", "storage", "egress")
"""What a bill has, too: interruptions and moves are expectations of ours."""

MOST_USD = 10**12
"""Of one thing in a stretch of time: what is more is a mistake of its source."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one thing cost in a stretch of time, as its source has it."""

    names: tuple[str, ...]
    """What the workload or dataset may be called here, the surest first."""
    fleet: str | None
    since: datetime
    until: datetime
    term: str
    amount: MicroUsd
    source: str
    """`OpenCost` or `FOCUS`."""


def within(measured: Iterable[Measured], since: datetime, until: datetime) -> tuple[Measured, ...]:
    """Those of the stretch, which may not reach beyond it."""
    return tuple(each for each in measured if since <= each.since and each.until <= until)
