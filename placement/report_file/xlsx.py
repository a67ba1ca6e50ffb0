"""XLSX: figures that compute themselves from the ledger's sheet, with real numbers and dates."""

from datetime import UTC
from typing import TYPE_CHECKING, Any, BinaryIO

from placement.domain.errors import BadInput
from placement.domain.money import MicroUsd, amount_in_usd
from placement.report_file.extra import needing
from placement.report_file.ledger_table import COLUMNS, lines
from placement.reports.figures import TERMS, Figures
from placement.reports.report import Report

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_USD, _NUMBER, _PERCENT, _TIME = "#,##0.00", "#,##0.######", "0.0%", "yyyy-mm-dd hh:mm"
_LEDGER = "Ledger"
_WIDTHS = {"text": 18, "usd": 14, "number": 14, "time": 17, "flag": 10}
_MOST_ROWS = 1_048_575
"""That a sheet holds below its heading."""


class Xlsx:
    """Sheets: Summary with live formulas, Days, Fleets, Bridge, Flows, and the Ledger."""

    name = "xlsx"
    suffix = "xlsx"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    is_text = False

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """One workbook; raises BadInput where the ledger has more rows than a sheet."""
        with needing("xlsxwriter", self.name):
            from xlsxwriter import Workbook
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = Workbook(file, options)
        # Nothing of the file may depend on when it is written.
        book.set_properties({"title": f"Placement report {report.month}", "created": report.until.replace(tzinfo=None)})
        _Book(book, report, figures).fill()
        book.close()


class _Book:
    def __init__(self, book: "Workbook", report: Report, figures: Figures) -> None:
        self.book, self.report, self.figures = book, report, figures
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.formats = {
            "usd": book.add_format({"num_format": _USD}),
            "number": book.add_format({"num_format": _NUMBER}),
            "percent": book.add_format({"num_format": _PERCENT}),
            "time": book.add_format({"num_format": _TIME, "align": "left"}),
        }

    def fill(self) -> None:
        """All sheets; the first is what opens."""
        summary = self.book.add_worksheet("Summary")
        self._groups("Days", "day", [group for _, group in self.figures.days])
        self._groups("Fleets", "fleet", self.figures.fleets)
        self._groups("By label", self.figures.label, self.figures.labels)
        self._groups("Data classes", "classes", self.figures.classes)
        self._bridge()
        self._flows()
        self._summary(summary, self._ledger())

    def _ledger(self) -> int:
        """Its number of rows."""
        found = list(lines(self.report))
        if len(found) > _MOST_ROWS:
            raise BadInput(f"the ledger has {len(found):,} rows, a sheet holds {_MOST_ROWS:,}; ask for parquet or csv")
        sheet = self._sheet(_LEDGER, [(column.name, _WIDTHS[column.kind]) for column in COLUMNS])
        for number, line in enumerate(found, start=1):
            for column, (told, cell) in enumerate(zip(COLUMNS, line, strict=True)):
                self._cell(sheet, number, column, told.kind, cell)
        sheet.autofilter(0, 0, max(1, len(found)), len(COLUMNS) - 1)
        return len(found)

    def _summary(self, sheet: "Worksheet", rows: int) -> None:
        names = [column.name for column in COLUMNS]

        def column(name: str) -> str:
            letter = chr(ord("A") + names.index(name))
            return f"{_LEDGER}!${letter}$2:${letter}${rows + 1}"

        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 18)
        sheet.write_string(0, 0, f"Placement report {self.report.month}", self.title)
        sheet.write_string(1, 0, "Estimates by the prices of the time, in USD; not an invoice.")
        figures, sums = self.figures, f"SUM({column('actual_usd')})"
        lines_: list[tuple[str, str, float]] = [
            ("Baseline: at home, on demand", f"SUM({column('baseline_usd')})", amount_in_usd(figures.home)),
            ("Actual", sums, amount_in_usd(figures.actual)),
            ("Best lawful placement in hindsight", f"SUM({column('best_usd')})", amount_in_usd(figures.best)),
            ("Best without policies", f"SUM({column('unrestricted_usd')})", amount_in_usd(figures.unrestricted)),
            ("Saved", "B4-B5", amount_in_usd(figures.saved)),
            ("Missed", "B5-B6", amount_in_usd(figures.missed)),
            ("Cost of compliance", "B6-B7", amount_in_usd(figures.compliance)),
        ]
        lines_ += [
            (
                f"of which {term}",
                f'SUMIFS({column("actual_usd")},{column("term")},"{term}")',
                amount_in_usd(figures.terms[term]),
            )
            for term in TERMS
        ]
        for number, (words, formula, value) in enumerate(lines_, start=3):
            sheet.write_string(number, 0, words)
            sheet.write_formula(number, 1, f"={formula}", self.formats["usd"], value)
        number = 4 + len(lines_)
        for words, kind, known in (
            ("Effective savings rate of compute", "percent", figures.savings_rate),
            ("Egress share of the actual cost", "percent", figures.egress_share),
            ("Spot share of compute", "percent", figures.spot_share),
            ("Share of compute at estimated prices", "percent", figures.estimated_share),
            ("Replica-hours", "number", figures.replica_hours),
            ("USD per replica-hour", "number", figures.usd_per_replica_hour),
            ("USD per vCPU-hour", "number", figures.usd_per_vcpu_hour),
            ("Interruptions expected", "number", figures.expected_interruptions),
            ("Age of prices when they were decided by, hours", "number", figures.price_age_hours),
        ):
            sheet.write_string(number, 0, words)
            self._cell(sheet, number, 1, kind, known)
            number += 1

    def _groups(self, title: str, name: str, groups: Any) -> None:
        names = ("actual_usd", "baseline_usd", "best_usd", "saved_usd", "missed_usd")
        sheet = self._sheet(title, [(name, 24), *((each, 14) for each in names)])
        for number, group in enumerate(groups, start=1):
            sheet.write_string(number, 0, group.name)
            for column, amount in enumerate((group.actual, group.home, group.best), start=1):
                self._cell(sheet, number, column, "usd", amount)
            row, usd = number + 1, self.formats["usd"]
            sheet.write_formula(number, 4, f"=C{row}-B{row}", usd, amount_in_usd(group.saved))
            sheet.write_formula(number, 5, f"=B{row}-D{row}", usd, amount_in_usd(group.missed))

    def _bridge(self) -> None:
        sheet = self._sheet("Bridge", [("step", 32), ("usd", 16)])
        bridge = self.figures.bridge
        steps = (
            ("frozen baseline", bridge.frozen),
            ("volume", bridge.volume),
            ("price", bridge.price),
            ("mix", bridge.mix),
            ("egress", bridge.egress),
            ("moves", bridge.moves),
        )
        for number, (words, amount) in enumerate(steps, start=1):
            sheet.write_string(number, 0, words)
            self._cell(sheet, number, 1, "usd", amount)
        sheet.write_string(7, 0, "actual", self.head)
        sheet.write_formula(7, 1, "=SUM(B2:B7)", self.formats["usd"], amount_in_usd(bridge.actual))

    def _flows(self) -> None:
        names = ("fleet", "from", "to", "from_region", "to_region")
        sheet = self._sheet("Flows", [*((name, 20) for name in names), ("gb", 14), ("usd", 14)])
        for number, flow in enumerate(self.figures.flows, start=1):
            for column, text in enumerate((flow.fleet, flow.src, flow.dst, flow.from_region, flow.to_region)):
                sheet.write_string(number, column, text)
            self._cell(sheet, number, 5, "number", round(flow.gb, 6))
            self._cell(sheet, number, 6, "usd", flow.amount)

    def _sheet(self, title: str, columns: list[tuple[str, int]]) -> "Worksheet":
        sheet = self.book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for index, (name, width) in enumerate(columns):
            sheet.set_column(index, index, width)
            sheet.write_string(0, index, name, self.head)
        return sheet

    def _cell(self, sheet: "Worksheet", row: int, column: int, kind: str, cell: Any) -> None:
        if cell is None:
            return
        if kind == "usd":
            sheet.write_number(row, column, amount_in_usd(MicroUsd(cell)), self.formats["usd"])
        elif kind == "time":
            sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None), self.formats["time"])
        elif kind == "flag":
            sheet.write_boolean(row, column, cell)
        elif kind == "text":
            sheet.write_string(row, column, cell)
        else:
            sheet.write_number(row, column, cell, self.formats[kind])
