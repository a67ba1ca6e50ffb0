"""A report covers a calendar month, in UTC; a month of bills has 730 hours, a period counts the hours it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from placement.domain.errors import BadInput

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_EARLIEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, and without, `end`."""

    name: str
    start: datetime
    end: datetime

    @classmethod
    def month(cls, text: str) -> "Period":
        """The month that is written `2026-10`; raises BadInput."""
        written = _MONTH.fullmatch(text)
        year, month = (int(part) for part in written.groups()) if written else (0, 0)
        if not (year >= _EARLIEST_YEAR and 1 <= month <= 12) or year == 9999:
            raise BadInput(f"{text!r} is no month; write year and month, such as 2026-10")
        following = (year, month + 1) if month < 12 else (year + 1, 1)
        return cls(text, datetime(year, month, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC))

    def is_over(self, now: datetime) -> bool:
        """Whether nothing more can happen in it."""
        return now >= self.end


def days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretch cut at each midnight of UTC."""
    while since < until:
        midnight = datetime(since.year, since.month, since.day, tzinfo=UTC) + timedelta(days=1)
        yield since, min(midnight, until)
        since = midnight
