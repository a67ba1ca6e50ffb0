"""Whatever is wrong, the user reads one message that says what, where and what would be right; nothing is lost."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from placement.cli.main import run
from placement.store.repository import Store
from providers.onprem import sample_folder
from tests.api.serving import until
from tests.open_files import has_open

GOOD = """\
fleet: shop
workloads:
- {name: web, resources: {vcpus: 2, memory_gib: 4}}
"""
BILLION_LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
Refused = Callable[..., str]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the sample market."""
    file = tmp_path_factory.mktemp("market") / "market.db"
    assert run(["--database", f"sqlite:///{file}", "catalog", "load", "--sample"]) == 0
    return file


@pytest.fixture
def database(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(loaded, tmp_path / "market.db"))


@pytest.fixture
def refused(database: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must fail: one message, exit code 1, and the database as it was."""

    def refuse(*arguments: object, code: int = 1) -> str:
        before = _kept(database)
        capsys.readouterr()
        assert run(["--database", f"sqlite:///{database}", *map(str, arguments)]) == code
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        assert shown.err.startswith("error: ") or "error: " in shown.err
        assert _kept(database) == before
        return shown.err

    return refuse


def _kept(database: Path) -> tuple[int | None, int]:
    store = Store.open(f"sqlite:///{database}")
    try:
        return store.latest_version(), len(store.decisions())
    finally:
        store.close()


def _write(folder: Path, text: str) -> Path:
    file = folder / "fleet.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fleet: [unclosed\nworkloads: {", ["fleet.yaml:"]),
        (GOOD.replace("}}", "}, replica: 3}"), ["fleet.yaml:", "replica", "did you mean", "replicas"]),
        (GOOD.replace("vcpus: 2", "vcpus: .nan"), ["fleet.yaml:3:", "vcpus"]),
        (GOOD.replace("vcpus: 2", "vcpus: -1"), ["fleet.yaml:3:", "vcpus"]),
        (GOOD.replace("}}", "}, current: 'aws:eu-centrall-1'}"), ["fleet.yaml:3:", "did you mean", "eu-central-1"]),
        (GOOD.replace("}}", "}, places: {allow: [Atlantis]}}"), ["fleet.yaml:3:", "Atlantis", "provider"]),
        (GOOD + "policies: [gdpr.yaml]\n", ["fleet.yaml:4:", "policies", "gdpr.yaml", "relative to the fleet file"]),
        (BILLION_LAUGHS, ["fleet.yaml"]),
        ("", ["fleet.yaml"]),
    ],
    ids=["broken", "unknown key", "NaN", "negative", "unknown region", "unknown place", "policies", "bomb", "empty"],
)
def test_a_bad_fleet_is_refused_with_its_place(text: str, words: list[str], refused: Refused, tmp_path: Path) -> None:
    message = refused("solve", _write(tmp_path, text))
    for word in words:
        assert word in message


def test_a_file_of_ten_megabytes_is_refused_unread(refused: Refused, tmp_path: Path) -> None:
    began = time.monotonic()
    message = refused("solve", _write(tmp_path, GOOD + "# " + "x" * 10_000_000))
    assert "fleet.yaml" in message
    assert time.monotonic() - began < 30


def test_a_fleet_file_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert "no such file" in refused("solve", tmp_path / "nothing.yaml")


def test_a_fleet_that_nothing_can_satisfy_names_its_conflict(
    database: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fleet = _write(tmp_path, GOOD.replace("vcpus: 2", "vcpus: 2000"))
    assert run(["--database", f"sqlite:///{database}", "solve", str(fleet), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "infeasible"
    assert answer["cost_usd_per_month"] is None
    assert [(c["rule"], c["subjects"]) for c in answer["conflict"]] == [("resources", ["web"])]


def _sheet(folder: Path) -> Path:
    return Path(shutil.copytree(sample_folder(), folder / "sheet"))


def test_a_negative_price_is_refused_with_file_line_and_reason(refused: Refused, tmp_path: Path) -> None:
    sheet = _sheet(tmp_path)
    prices = (sheet / "prices.csv").read_text(encoding="utf-8").splitlines()
    heading = prices[0].split(",")
    cells = prices[1].split(",")
    cells[heading.index("usd_per_hour")] = "-0.1"
    prices[1] = ",".join(cells)
    (sheet / "prices.csv").write_text("\n".join(prices) + "\n", encoding="utf-8")
    message = refused("catalog", "load", sheet)
    assert "prices.csv:2" in message
    assert "-0.1" in message


def test_a_missing_column_is_named(refused: Refused, tmp_path: Path) -> None:
    sheet = _sheet(tmp_path)
    text = (sheet / "regions.csv").read_text(encoding="utf-8")
    (sheet / "regions.csv").write_text(text.replace("country", "land", 1), encoding="utf-8")
    message = refused("catalog", "load", sheet)
    assert "regions.csv" in message
    assert "country" in message


def test_a_sheet_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert "does not exist" in refused("catalog", "load", tmp_path / "nowhere")


def test_an_unknown_decision_and_an_unknown_workload(refused: Refused, database: Path, tmp_path: Path) -> None:
    assert "no decision" in refused("explain", "nonsense")
    assert run(["--database", f"sqlite:///{database}", "solve", str(_write(tmp_path, GOOD))]) == 0
    assert "did you mean 'web'" in refused("explain", "latest", "wep")


def test_usage_errors_end_with_one(refused: Refused) -> None:
    assert "--vcpus" in refused("quote")
    assert "frobnicate" in refused("frobnicate")
    assert "Atlantis" in refused("quote", "--vcpus", 1, "--memory-gib", 1, "--in", "Atlantis")


@pytest.mark.parametrize("command", [["catalog", "show"], ["quote", "--vcpus", "1", "--memory-gib", "1"]])
def test_a_database_that_is_missing_or_none_at_all(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.db"
    assert run(["--database", f"sqlite:///{missing}", *command]) == 1
    assert "placement" in capsys.readouterr().err
    assert not missing.exists()
    letter = tmp_path / "letter.db"
    letter.write_text("Dear database, " * 100, encoding="utf-8")
    assert run(["--database", f"sqlite:///{letter}", *command]) == 1
    assert "not a database" in capsys.readouterr().err
    assert run(["--database", "mysql://u:secret@h/d", *command]) == 1
    message = capsys.readouterr().err
    assert "secret" not in message
    assert "postgresql://" in message


def test_a_locked_database_is_reported_and_left_alone(
    refused: Refused, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Store.open
    monkeypatch.setattr(Store, "open", lambda url, busy_timeout_s=0.2: patient(url, busy_timeout_s))
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        message = refused("catalog", "load", "--sample")
        other.execute("ROLLBACK")
    assert "another process" in message or "in use" in message or "locked" in message


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals on Windows")
def test_an_interrupted_solve_leaves_no_traceback_and_no_decision(database: Path, tmp_path: Path) -> None:
    text = "fleet: big\nworkloads:\n" + "".join(
        f"- {{name: w{i}, replicas: 7, resources: {{vcpus: 1, memory_gib: 2}}, spread: {{min_regions: 3}}}}\n"
        for i in range(60)
    )
    flows = "flows:\n" + "".join(f"- {{from: w{i}, to: w{(i * 7 + 1) % 60}, gb_per_month: 900}}\n" for i in range(60))
    command = [sys.executable, "-c", "from placement.cli import main; main()", "--database", f"sqlite:///{database}"]
    with subprocess.Popen(
        [*command, "solve", str(_write(tmp_path, text + flows))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: has_open(process.pid, database))
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in out + err
    assert _kept(database) == (1, 0)
