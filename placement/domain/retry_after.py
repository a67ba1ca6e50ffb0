"""Retry-After says how long to wait before asking again: a number of seconds, or a date (RFC 9110, section 10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def pause_s(header: str, now: datetime) -> float | None:
    """Seconds from now on; None where the header says nothing that can be read."""
    value = header.strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(UTC) - now).total_seconds())
