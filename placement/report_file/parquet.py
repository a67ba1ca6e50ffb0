"""Parquet: the ledger with exact decimals, for warehouses."""

from decimal import Decimal
from typing import Any, BinaryIO

from placement.report_file.extra import needing
from placement.report_file.ledger_table import COLUMNS, lines
from placement.reports.figures import Figures
from placement.reports.report import Report

_DIGITS, _DECIMALS = 38, 6


class Parquet:
    """USD as decimal128(38, 6), times in UTC; what the report is stands in the file's metadata."""

    name = "parquet"
    suffix = "parquet"
    media_type = "application/vnd.apache.parquet"
    is_text = False

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """One table."""
        with needing("pyarrow", self.name):
            import pyarrow  # type: ignore[import-untyped]
            import pyarrow.parquet  # type: ignore[import-untyped]
        types: dict[str, Any] = {
            "text": pyarrow.string(),
            "usd": pyarrow.decimal128(_DIGITS, _DECIMALS),
            "number": pyarrow.float64(),
            "time": pyarrow.timestamp("s", tz="UTC"),
            "flag": pyarrow.bool_(),
        }
        said = {
            "title": f"placement report {report.month}",
            "revision": str(report.revision),
            "note": "estimates by prices of the time, not invoices",
        }
        schema = pyarrow.schema([(column.name, types[column.kind]) for column in COLUMNS], metadata=said)
        found = list(lines(report))
        arrays = [
            pyarrow.array([_value(column.kind, line[index]) for line in found], types[column.kind])
            for index, column in enumerate(COLUMNS)
        ]
        table = pyarrow.Table.from_arrays(arrays, schema=schema)
        pyarrow.parquet.write_table(table, file, compression="zstd")


def _value(kind: str, cell: Any) -> Any:
    if cell is None:
        return None
    if kind == "usd":
        return Decimal(cell).scaleb(-_DECIMALS)
    return float(cell) if kind == "number" else cell
