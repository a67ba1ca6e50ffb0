"""`placement report`: the figures of a month, files that are whole or not there, closed months that stay."""

import csv
import io
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from placement.store.repository import Store
from tests.cli.running import Command
from tests.reports.months import VIRGINIA, at, decided, fleet, swept, workload
from tests.store.market import DUBLIN, price

MONTH = ("report", "--month", "2026-10")


@pytest.fixture(scope="session")
def month_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("month") / "placement.db"
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN), price(0.3, region=VIRGINIA))
    shop = fleet(workload(replicas=2, labels={"team": "front"}), workload("api", labels={"team": "back"}))
    decided(store, at(20, month=9), shop)
    decided(store, at(5), fleet(workload("batch")) | {"fleet": "other"})
    store.close()
    return file


@pytest.fixture
def placement(month_file: Path, empty_folder: Path, bare_placement: Command) -> Command:
    shutil.copy(month_file, empty_folder / "placement.db")
    return bare_placement


def test_a_summary_has_the_figures(placement: Command) -> None:
    ran = placement(*MONTH)
    assert (ran.code, ran.err) == (0, "")
    assert "report of 2026-10, the whole month, revision 1" in ran.out
    assert f"cost {0.1 * (3 * 744 + 27 * 24):,.2f}" in ran.out
    for word in ("front", "back", "other", "frozen", "compute"):
        assert word in ran.out


def test_json_and_csv_agree(placement: Command) -> None:
    usd = placement(*MONTH, "--json").document["usd"]["actual"]
    lines = list(csv.DictReader(io.StringIO(placement(*MONTH, "--format", "csv").out, newline="")))
    assert sum(Decimal(line["actual_usd"]) for line in lines) == usd


@pytest.mark.parametrize("name", ["html", "csv", "parquet", "xlsx", "focus", "focus-1.2", "json"])
def test_a_closed_month_gives_the_same_file_each_time(name: str, placement: Command, empty_folder: Path) -> None:
    files = [empty_folder / f"{number}.{name}" for number in range(2)]
    for file in files:
        ran = placement(*MONTH, "--format", name, "--output", file)
        assert ran.code == 0, ran.err
        assert str(file) in ran.out
    assert files[0].read_bytes() == files[1].read_bytes() != b""


def test_one_fleet_alone(placement: Command) -> None:
    document = placement(*MONTH, "--fleet", "other", "--json").document
    assert [group["fleet"] for group in document["by_fleet"]] == ["other"]
    assert document["usd"]["actual"] == Decimal("64.8")


def test_costs_by_any_label(placement: Command) -> None:
    groups = placement(*MONTH, "--by", "nothing", "--json").document["by_label"]
    assert [group["value"] for group in groups["groups"]] == ["(none)"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--month", "2026-13"), ("2026-13", "such as 2026-10")),
        (("--month", "October"), ("October", "such as 2026-10")),
        (("--month", "9998-01"), ("has not begun",)),
        (("--month", "2026-10", "--format", "pdf"), ("pdf", "parquet")),
        (("--month", "2026-10", "--format", "htlm"), ("did you mean 'html'",)),
        (("--month", "2026-10", "--fleet", "othr"), ("did you mean 'other'",)),
        (("--month", "2026-10", "--output", "x.csv"), ("--format",)),
        (("--month", "2026-10", "--format", "csv", "--json"), ("--json",)),
        (("--month", "2026-10", "--revision", "7"), ("no revision 7", "not closed yet")),
        (("--month", "2026-10", "--format", "csv", "--output", "none/x.csv"), ("error: none/x.csv: No such file",)),
        ((), ("--month", "placement report --help")),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    arguments: tuple[str, ...], words: tuple[str, ...], placement: Command, empty_folder: Path
) -> None:
    message = placement("report", *arguments).message
    for word in words:
        assert word in message
    assert [file.name for file in empty_folder.iterdir() if not file.name.startswith("placement.db")] == []


def test_a_file_that_cannot_be_replaced_keeps_what_it_had(placement: Command, empty_folder: Path) -> None:
    (empty_folder / "taken").mkdir()
    assert "taken" in placement(*MONTH, "--format", "csv", "--output", "taken").message
    assert sorted(file.name for file in empty_folder.iterdir()) == ["placement.db", "taken"]


def test_a_correction_is_a_revision_and_the_first_stays(placement: Command, empty_folder: Path) -> None:
    before = placement(*MONTH, "--format", "csv").out
    store = Store.open(f"sqlite:///{empty_folder}/placement.db")
    decided(store, at(21), fleet(workload(replicas=5)))
    assert placement(*MONTH, "--format", "csv").out == before
    assert placement(*MONTH, "--revise", "--json").document["revision"] == 2
    assert placement(*MONTH, "--revise", "--json").document["revision"] == 2
    after = placement(*MONTH, "--format", "csv").out
    assert after != before
    assert placement(*MONTH, "--format", "csv", "--revision", 1).out == before
    assert [entry.action for entry in store.audit()] == ["reports.close", "reports.close"]
    store.close()


def test_a_month_without_placements_is_told_and_not_closed(placement: Command, empty_folder: Path) -> None:
    assert "no fleet had a placement" in placement("report", "--month", "2026-08").out
    store = Store.open(f"sqlite:///{empty_folder}/placement.db")
    assert store.closed_report("2026-08") is None
    store.close()


def test_what_was_measured_is_shown_beside_the_estimate(placement: Command, empty_folder: Path) -> None:
    head = "BillingCurrency,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ServiceCategory,ResourceName"
    inside, before = "2026-10-02T00:00:00Z,2026-10-03T00:00:00Z", "2026-09-02T00:00:00Z,2026-09-03T00:00:00Z"
    lines = (head, f"USD,{inside},70.5,Compute,api", f"USD,{inside},1,Compute,ghost", f"USD,{before},1,Compute,api")
    (empty_folder / "aws.csv").write_text("\n".join(lines), encoding="utf-8")
    ran = placement(*MONTH, "--measured", "aws.csv")
    assert (ran.code, ran.err) == (0, "warning: aws.csv: 1 of 3 rows reach beyond 2026-10 and do not count\n")
    for words in ("revision 1", "measured 70.50 of what is estimated at 74.40", "-3.90", "1.00 are of no workload"):
        assert words in ran.out, ran.out
    assert placement(*MONTH, "--json").document["reconciliation"]["measured_usd"] == 70.5
    for name in ("html", "xlsx"):
        assert placement(*MONTH, "--format", name, "--output", f"october.{name}").code == 0
    assert "Against what was measured" in (empty_folder / "october.html").read_text(encoding="utf-8")
    (empty_folder / "aws.csv").write_text("\n".join((head, f"USD,{before},1,Compute,api")), encoding="utf-8")
    ran = placement(*MONTH, "--measured", "aws.csv")
    assert (ran.code, ran.out) == (1, "")
    assert "none of its 1 rows lies in 2026-10" in ran.err
    assert placement(*MONTH, "--measured", "none.csv").code == 1
