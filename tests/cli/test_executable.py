"""The installed program on real pipes, encodings and terminals."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from placement.store.repository import Store
from tests.cli.on_terminal import on_terminal
from tests.cli.running import EXAMPLES, EXECUTABLE, Ran, write_fleet

QUOTE = ("quote", "--vcpus", "2", "--memory-gib", "4")
AT_MOST_S = 120
ACCENTED = """\
fleet: café
workloads:
- {name: größe, resources: {vcpus: 2, memory_gib: 4}}
"""
COLOUR = re.compile(r"\x1b\[(3[0-7]|9[0-7]|38;)")


def _run(*arguments: str | Path, **environment: str) -> Ran:
    ran = subprocess.run(
        [EXECUTABLE, *arguments],
        capture_output=True,
        env=os.environ | environment,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def test_the_program_answers_and_ends_with_its_code(folder: Path) -> None:
    assert "onprem:fra-1" in _run(*QUOTE).out
    assert _run("solve", EXAMPLES / "data-gravity.yaml", "--json").document["status"] == "optimal"
    assert _run("solve", EXAMPLES / "impossible.yaml").code == 2
    assert "did you mean" in _run("qoute").message.lower()


@pytest.mark.parametrize("command", [("catalog", "show"), ("catalog", "show", "--json"), QUOTE, ("--help",)])
def test_a_reader_that_goes_away_is_no_error_to_speak_of(command: tuple[str, ...], folder: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with subprocess.Popen([EXECUTABLE, *command], stdout=write_end, stderr=subprocess.PIPE) as process:
        os.close(write_end)
        _, err = process.communicate(timeout=AT_MOST_S)
    assert err == b""
    assert process.returncode == 1


def test_a_pipe_holds_whole_lines_and_no_colours(folder: Path) -> None:
    ran = _run("solve", EXAMPLES / "capacity-squeeze.yaml")
    assert "\x1b" not in ran.out
    assert ran.err == ""
    assert any(line.startswith("assumed: no interruption figure is published") for line in ran.out.splitlines())
    assert "azure:germanywestcentral  Standard_D8as_v5" in ran.out


def test_names_survive_an_encoding_that_lacks_their_letters(folder: Path) -> None:
    fleet = write_fleet(folder, ACCENTED)
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    table = _run("solve", fleet, **ascii_only)
    assert (table.code, table.err) == (0, "")
    assert table.out.isascii()
    assert "fleet caf\\xe9" in table.out
    document = _run("solve", fleet, "--json", **ascii_only)
    assert document.out.isascii()
    assert document.document["fleet"] == "café"
    assert _run("solve", fleet, "--json").document["placements"][0]["workload"] == "größe"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_figure_is_cut_on_a_narrow_terminal(columns: int, folder: Path) -> None:
    ran = on_terminal("solve", EXAMPLES / "data-gravity.yaml", columns=columns, NO_COLOR="1")
    assert ran.code == 0
    for figure in ("0.404800", "0.166160", "3,702.98", "7,886.15"):
        assert figure in ran.out
    assert "…" not in ran.out
    assert COLOUR.search(ran.out) is None


def test_the_width_that_is_asked_for_holds_on_a_pipe_too(folder: Path) -> None:
    lines = _run("catalog", "show", COLUMNS="80").out.splitlines()
    assert max(map(len, lines)) <= 80


def test_long_work_shows_on_a_terminal_that_it_goes_on(folder: Path) -> None:
    ran = on_terminal("solve", EXAMPLES / "spot-risk.yaml", columns=100)
    assert "placing 7 workloads" in ran.out
    assert _run("solve", EXAMPLES / "spot-risk.yaml").err == ""


def test_ctrl_c_stops_a_solve_at_once_and_leaves_the_terminal_as_it_was(folder: Path) -> None:
    workloads = "".join(
        f"- {{name: w{i}, replicas: 6, resources: {{vcpus: 2, memory_gib: 8}}, spread: {{min_regions: 3}}}}\n"
        for i in range(60)
    )
    flows = "".join(
        f"- {{from: w{i}, to: w{(i * 7 + step) % 60}, gb_per_month: {100 + 37 * i}}}\n"
        for i in range(60)
        for step in (1, 2)
    )
    fleet = write_fleet(folder, f"fleet: big\nworkloads:\n{workloads}flows:\n{flows}")
    ran = on_terminal("solve", fleet, "--time-limit", "100", columns=80, interrupt_after="placing 60 workloads")
    assert ran.code == 130
    assert "Traceback" not in ran.out
    assert ran.out.endswith("stopped\r\n")
    assert ran.out.rfind("\x1b[?25h") > ran.out.rfind("\x1b[?25l")
    store = Store.open(f"sqlite:///{folder / 'placement.db'}")
    assert (store.latest_version(), store.decisions()) == (1, [])
    store.close()
