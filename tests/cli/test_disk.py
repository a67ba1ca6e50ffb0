"""A disk that takes no more: one message, exit code 1, and what was there is still there and whole."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from placement.store.repository import Store
from providers.onprem import sample_folder
from tests.cli.running import EXECUTABLE, Command, Ran, write_fleet

NOBODY = 65534
FLEET = """\
fleet: shop
workloads:
- {name: web, resources: {vcpus: 2, memory_gib: 4}}
"""


def _held(database: Path) -> tuple[int | None, int]:
    """(newest catalog version, decisions) of a database that must still be whole."""
    store = Store.open(f"sqlite:///{database}")
    try:
        return store.latest_version(), len(store.decisions())
    finally:
        store.close()


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root may write anywhere: inside, the process is a user that may not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def closed_folder(placement: Command, folder: Path) -> Iterator[Path]:
    """A folder with a fleet and the sample market that everybody may read and nobody write to."""
    with tempfile.TemporaryDirectory(prefix="placement-") as name:
        closed = Path(name)
        shutil.copy(folder / "placement.db", closed / "placement.db")
        fleet = write_fleet(closed, FLEET)
        # Somebody else may not be let into the interpreter's folder: all modules must have been imported before.
        assert placement("solve", fleet).code == placement("catalog", "load", "--sample").code == 0
        (closed / "placement.db").chmod(0o444)
        closed.chmod(0o555)
        yield closed
        closed.chmod(0o755)


def test_a_folder_that_may_not_be_written_to_gets_no_database(placement: Command, closed_folder: Path) -> None:
    with _as_nobody():
        message = placement("catalog", "load", "--sample", "--database", f"sqlite:///{closed_folder}/new.db").message
    assert f"{closed_folder}/new.db" in message
    assert "Permission denied" in message
    assert not (closed_folder / "new.db").exists()


@pytest.mark.parametrize("command", [("catalog", "load", "--sample"), ("solve", "fleet.yaml"), ("db", "upgrade")])
def test_a_read_only_database_takes_nothing(
    command: tuple[str, ...], placement: Command, closed_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(closed_folder)
    with _as_nobody():
        message = placement(*command).message
    assert "placement.db" in message
    assert "cannot be written to" in message
    closed_folder.chmod(0o755)
    (closed_folder / "placement.db").chmod(0o644)
    assert _held(closed_folder / "placement.db") == (1, 0)


def _limited(bytes_a_file: int, *arguments: str) -> Ran:
    """The real program, in whose files there is room for so many bytes."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, bytes_a_file))

    ran = subprocess.run([EXECUTABLE, *arguments], capture_output=True, text=True, preexec_fn=limit, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_a_full_disk_keeps_the_old_catalog(folder: Path) -> None:
    database = folder / "placement.db"
    sheet = shutil.copytree(sample_folder(), folder / "again")
    ran = _limited(50_000, "catalog", "load", str(sheet), "--database", f"sqlite:///{database}")
    assert "disk" in ran.message
    assert _held(database) == (1, 0)


def test_a_full_disk_makes_no_half_database(folder: Path) -> None:
    ran = _limited(100_000, "catalog", "load", "--sample", "--database", f"sqlite:///{folder}/new.db")
    assert "disk" in ran.message
    assert _limited(10**9, "catalog", "load", "--sample", "--database", f"sqlite:///{folder}/new.db").code == 0
    assert _held(folder / "new.db") == (1, 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_output_that_cannot_be_written_is_a_failure(folder: Path, options: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [EXECUTABLE, "quote", "--vcpus", "2", "--memory-gib", "4", *options],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (1, "error: No space left on device\n")
