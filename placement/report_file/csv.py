"""CSV: the ledger, for spreadsheets and scripts."""

import csv
import io
from typing import Any, BinaryIO

from placement.documents import moment
from placement.report_file.ledger_table import COLUMNS, lines, usd_text
from placement.reports.figures import Figures
from placement.reports.report import Report

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Csv:
    """UTF-8, RFC 4180; what a spreadsheet would take for a formula is quoted by an apostrophe."""

    name = "csv"
    suffix = "csv"
    media_type = "text/csv"
    is_text = True

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """A heading, and a line a charge."""
        kinds = [column.kind for column in COLUMNS]
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.name for column in COLUMNS])
        for line in lines(report):
            writer.writerow([_written(kind, cell) for kind, cell in zip(kinds, line, strict=True)])
        text.detach()


def _written(kind: str, cell: Any) -> str:
    if cell is None:
        return ""
    if kind == "usd":
        return usd_text(cell)
    if kind == "time":
        return moment(cell)
    if kind == "flag":
        return "true" if cell else "false"
    return plain(cell) if kind == "text" else str(cell)


def plain(text: str) -> str:
    """The text as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text
