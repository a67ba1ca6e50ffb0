"""CI does not lose a test unseen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent / "conftest.py"

FINE = """
import pytest

def test_passes(): pass

def test_listed(): pytest.skip("no server 17 here")

@pytest.mark.xfail(strict=True)
def test_expected_to_fail(): assert False
"""

UNLISTED = """
import pytest

def test_inside(): pytest.skip("no network")

@pytest.mark.skip(reason="no time")
def test_marked(): pass
"""

UNLISTED_MODULE = """
import pytest

pytest.skip("no library", allow_module_level=True)
"""


def run_pytest(folder: Path, modules: dict[str, str], *arguments: str, ci: str) -> tuple[int, str]:
    """Exit status and output of pytest in a project of its own that allows `no server * here`."""
    (folder / ".ci").mkdir()
    (folder / ".ci" / "allowed-skips").write_text("# why\nno server * here\n", encoding="utf-8")
    (folder / "tests").mkdir()
    shutil.copy(CONFTEST, folder / "tests")
    for name, text in modules.items():
        (folder / "tests" / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--rootdir", str(folder), *arguments, "tests"]
    # What an outer pytest tells its worker processes is not meant for this one.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {"CI": ci}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("processes", ["0", "1"])
def test_a_skip_for_an_unlisted_reason_fails_the_run_and_is_named(tmp_path: Path, processes: str) -> None:
    modules = {"test_fine.py": FINE, "test_unlisted.py": UNLISTED, "test_module.py": UNLISTED_MODULE}
    status, output = run_pytest(tmp_path, modules, "-n", processes, ci="true")
    assert status == pytest.ExitCode.TESTS_FAILED
    named = output.partition("not listed in .ci/allowed-skips")[2].splitlines()[1:4]
    assert named == [
        "tests/test_module.py: no library",
        "tests/test_unlisted.py::test_inside: no network",
        "tests/test_unlisted.py::test_marked: no time",
    ]


def test_a_listed_skip_and_an_expected_failure_pass(tmp_path: Path) -> None:
    status, output = run_pytest(tmp_path, {"test_fine.py": FINE}, ci="true")
    assert (status, "not listed" in output) == (pytest.ExitCode.OK, False)


def test_outside_of_ci_a_test_may_be_skipped(tmp_path: Path) -> None:
    status, _ = run_pytest(tmp_path, {"test_unlisted.py": UNLISTED, "test_fine.py": FINE}, ci="")
    assert status == pytest.ExitCode.OK
