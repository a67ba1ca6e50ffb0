"""Every format tells of the same ledger, and writes the same bytes each time."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet  # type: ignore[import-untyped]
import pytest

from placement.domain.errors import BadInput
from placement.report_file import FORMATS
from placement.reports.document import decoded, encoded
from placement.reports.figures import Figures, figures
from placement.reports.report import Report
from placement.reports.rows import rows
from placement.store.repository import Store
from tests.report_file.conftest import FORMULA, HOSTILE
from tests.report_file.focus_validator import VARIABLE, failed_rules
from tests.reports.months import OCTOBER, at, decided, fleet, report, swept, workload
from tests.store.market import DUBLIN, price

BY_NAME = {each.name: each for each in FORMATS}
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(name: str, report: Report, found: Figures) -> bytes:
    file = io.BytesIO()
    BY_NAME[name].write(report, found, file)
    return file.getvalue()


def table(name: str, report: Report, found: Figures) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(name, report, found).decode(), newline="")))


def usd(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-6)


def summed(lines: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(line[column]) for line in lines), Decimal(0))


@pytest.mark.parametrize("name", BY_NAME)
def test_the_same_report_is_the_same_bytes(name: str, october: Report, found: Figures) -> None:
    first = written(name, october, found)
    again = decoded(encoded(october))
    assert again == october
    assert written(name, again, figures(again)) == first


@pytest.mark.parametrize("name", BY_NAME)
def test_a_month_without_anything_is_a_file_too(name: str) -> None:
    empty = Report("2026-10", OCTOBER.start, OCTOBER.end, OCTOBER.end, 0, (), (), ())
    assert written(name, empty, figures(empty)) or name.startswith("focus")


def test_rows_add_up_to_the_figures(october: Report, found: Figures) -> None:
    told = rows(october)
    assert sum(row.charge.amount for row in told) == found.actual
    assert sum(row.home for row in told) == found.home
    assert sum(row.best for row in told) == found.best
    assert sum(row.unrestricted for row in told) == found.unrestricted
    assert found.actual == found.bridge.actual
    assert found.unrestricted < found.best < found.actual < found.home


def test_csv_has_the_ledger_to_the_micro_dollar(october: Report, found: Figures) -> None:
    lines = table("csv", october, found)
    assert len(lines) == len(october.charges)
    assert summed(lines, "actual_usd") == usd(found.actual)
    assert summed(lines, "baseline_usd") == usd(found.home)
    assert {line["term"] for line in lines} == {"compute", "interruption", "egress", "storage", "migration"}


def test_no_cell_of_csv_is_a_formula(october: Report, found: Figures) -> None:
    for line in table("csv", october, found):
        assert not any(cell.startswith(("=", "+", "@", "-")) for cell in line.values() if not _is_number(cell))


def test_parquet_has_exact_decimals_and_times(october: Report, found: Figures) -> None:
    read = pyarrow.parquet.read_table(io.BytesIO(written("parquet", october, found)))
    assert sum(read["actual_usd"].to_pylist()) == usd(found.actual)
    assert sum(read["best_usd"].to_pylist()) == usd(found.best)
    assert str(read.schema.field("actual_usd").type) == "decimal128(38, 6)"
    assert min(read["since"].to_pylist()) == datetime(2026, 10, 1, tzinfo=UTC)
    assert b"not invoices" in read.schema.metadata[b"note"]


def test_xlsx_has_numbers_dates_and_formulas_that_are_ours_alone(october: Report, found: Figures) -> None:
    sheets = _sheets(written("xlsx", october, found))
    ledger = sheets["Ledger"]
    heading = {cell.value: column for (column, row), cell in ledger.items() if row == 1}
    amounts = [Decimal(ledger[heading["actual_usd"], row].value) for row in range(2, len(october.charges) + 2)]
    assert sum(amounts) == usd(found.actual)
    assert not any(cell.formula for cell in ledger.values())
    assert any(FORMULA in cell.value for cell in ledger.values())
    summary = sheets["Summary"]
    assert summary["B", 5].formula.startswith("SUM(Ledger!")
    assert Decimal(summary["B", 5].value) == pytest.approx(usd(found.actual))
    assert sheets["Bridge"]["B", 8].formula == "SUM(B2:B7)"
    assert Decimal(sheets["Bridge"]["B", 8].value) == pytest.approx(usd(found.actual))


@pytest.mark.parametrize("name", ["focus", "focus-1.2"])
def test_focus_rows_are_what_was_paid_and_never_credits(name: str, october: Report, found: Figures) -> None:
    lines = table(name, october, found)
    for column in ("EffectiveCost", "BilledCost", "ContractedCost"):
        assert summed(lines, column) == usd(found.actual)
    assert summed(lines, "x_BaselineCost") - summed(lines, "x_RealisedSavings") == usd(found.actual)
    assert summed(lines, "x_CounterfactualCost") + summed(lines, "x_MissedSavings") == usd(found.actual)
    assert summed(lines, "x_ComplianceCost") == usd(found.compliance)
    assert {line["ChargeCategory"] for line in lines} == {"Usage"}
    assert {line["x_IsEstimate"] for line in lines} == {"true"}
    assert {line["ServiceCategory"] for line in lines} == {"Compute", "Networking", "Storage"}
    spot = [line for line in lines if line["PricingCategory"] == "Dynamic"]
    assert spot
    assert all(
        Decimal(line["ListCost"]) > Decimal(line["EffectiveCost"]) for line in spot if line["x_Term"] == "compute"
    )
    own = [column for column in lines[0] if column.startswith("x_")]
    assert list(lines[0])[-len(own) :] == own
    assert ("ProviderName" in lines[0]) == (name == "focus-1.2")


def test_focus_passes_the_lint_of_1_4(october: Report, found: Figures, tmp_path: Path) -> None:
    file = tmp_path / "focus.csv"
    program = Path(sys.executable).with_name("focus-toolkit")

    def linted(content: bytes) -> "subprocess.CompletedProcess[str]":
        file.write_bytes(content)
        command = [str(program), "validate", str(file), "--dataset", "cost-and-usage"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = written("focus", october, found)
    assert linted(good).returncode == 0, linted(good).stdout
    assert linted(good.replace(b",Usage,", b",Savings,")).returncode != 0


def test_focus_passes_the_official_validator_of_1_2(october: Report, found: Figures, tmp_path: Path) -> None:
    folder = os.environ.get(VARIABLE)
    if folder is None:
        pytest.skip(f"{VARIABLE} names no validator; `make focus-validator` makes one")
    file = tmp_path / "focus.csv"
    good = written("focus-1.2", october, found)
    file.write_bytes(good)
    # An estimate has no invoice, and this rule asks for one wherever there is the column.
    assert failed_rules(Path(folder), file, "1.2") == {"InvoiceId-C-005-C"}
    file.write_bytes(good.replace(b",Usage,", b",Savings,"))
    assert "ChargeCategory-C-003-M" in failed_rules(Path(folder), file, "1.2")


def test_html_escapes_what_people_wrote_and_needs_nothing_from_outside(october: Report, found: Figures) -> None:
    page = written("html", october, found).decode()
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<svg") == 6
    for outside in ("src=", "href=", "@import", "url(", "<script"):
        assert outside not in page
    assert page.replace("http://www.w3.org/", "").count("http") == 1, "the policy that forbids everything"
    assert "default-src 'none'" in page


def test_html_shows_the_figures(october: Report, found: Figures) -> None:
    page = written("html", october, found).decode()
    for amount in (found.actual, found.home, found.saved, found.missed, found.compliance):
        assert f"{amount / 1e6:,.2f}" in page
    for words in ("October 2026", "eu@1", "web → internet", "prefers-color-scheme: dark", "@media print"):
        assert words in page


def test_cents_are_shown_as_cents(store: Store) -> None:
    swept(store, at(1, month=9), price(0.0001), price(0.00007, region=DUBLIN))
    decided(store, at(3), fleet(workload("web", labels={"team": "shop"})))
    small = report(store)
    page = written("html", small, figures(small)).decode()
    assert ">0.04<" in page
    assert "e+" not in page
    assert not re.search(r">\d+m<", page), "thousandths of a dollar"
    assert "-0.00" not in page


def test_json_has_figures_that_agree(october: Report, found: Figures) -> None:
    document = json.loads(written("json", october, found), parse_float=Decimal)
    assert document["usd"]["actual"] == usd(found.actual)
    bridge = {name: Decimal(value) for name, value in document["bridge_usd"].items()}
    assert sum(bridge.values()) == 2 * bridge["actual"]
    assert sum(Decimal(day["actual_usd"]) for day in document["days"]) == usd(found.actual)
    assert sum(Decimal(part["usd"]) for part in document["by_region"]) == usd(found.actual)


@pytest.mark.parametrize(
    ("name", "library"),
    [("html", "vl_convert"), ("parquet", "pyarrow"), ("xlsx", "xlsxwriter")],
)
def test_who_lacks_a_library_is_told_how_to_get_it(
    name: str, library: str, october: Report, found: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BadInput, match=r"pip install 'cloud-placement\[reports\]'"):
        written(name, october, found)


class _Cell:
    def __init__(self, value: str, formula: str) -> None:
        self.value, self.formula = value, formula


def _sheets(content: bytes) -> Mapping[str, Mapping[tuple[str, int], _Cell]]:
    book = zipfile.ZipFile(io.BytesIO(content))
    strings = [
        "".join(text.text or "" for text in item.iter(f"{_SHEET}t"))
        for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    ]
    names = [
        sheet.attrib["name"] for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_SHEET}sheet")
    ]
    found: dict[str, Any] = {}
    for number, name in enumerate(names, start=1):
        found[name] = {}
        for cell in ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{_SHEET}c"):
            value = cell.findtext(f"{_SHEET}v") or ""
            value = strings[int(value)] if cell.get("t") == "s" else value
            place = cell.attrib["r"]
            letters = place.rstrip("0123456789")
            formula = cell.findtext(f"{_SHEET}f") or ""
            found[name][letters, int(place[len(letters) :])] = _Cell(value, formula)
    return found


def _is_number(cell: str) -> bool:
    try:
        Decimal(cell)
    except ArithmeticError:
        return False
    return True
