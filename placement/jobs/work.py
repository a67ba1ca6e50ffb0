"""What a worker works on, and how."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """What an executor works on, and how."""

    database_url: str
    solvers: int
    """Child processes that solve."""
    collect: Sequence[str] = ()
    """Providers or sources that are collected whenever they are due."""
    report_to: Sequence[str] = ()
    """Where the report of each month is delivered: `folder:PATH`, or the URL of a webhook."""
    report_formats: Sequence[str] = ("html", "xlsx")
    """Of the files in folders."""
    beat_s: float = 2.0
    """How often it tells that it is alive."""
    dead_after_s: float = 15.0
    """How long another may be silent before its jobs are taken over."""
