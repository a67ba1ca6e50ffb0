"""What a format is: a name, what its files are called, and one function that writes a report."""

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from placement.reports.figures import Figures
from placement.reports.report import Report


class Format(Protocol):
    """The same report gives the same bytes. Libraries are imported by `write`, not before."""

    name: str
    """As it is asked for."""
    suffix: str
    """Of its files, without a dot."""
    media_type: str
    is_text: bool
    """Whether a terminal can show it."""

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """The whole report into a file that is open for it; raises BadInput where its library is not there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of rows."""

    name: str
    kind: str
    """text, usd, number, time or flag"""
