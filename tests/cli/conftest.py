"""Each command runs in a folder of its own, with the sample market in the database that is used by default."""

import shutil
from pathlib import Path

import pytest

from placement.cli.main import run
from tests.cli.running import Command, Ran


@pytest.fixture(scope="session")
def loaded_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sample") / "placement.db"
    assert run(["--database", f"sqlite:///{file}", "catalog", "load", "--sample"]) == 0
    return file


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, without a database and untouched by the environment."""
    monkeypatch.chdir(tmp_path)
    for variable in ("DATABASE_URL", "SERVER", "API_KEY", "CA_FILE", "DEBUG"):
        monkeypatch.delenv(f"PLACEMENT_{variable}", raising=False)
    for variable in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.fixture
def folder(empty_folder: Path, loaded_database: Path) -> Path:
    """The working folder, with the sample market in `placement.db`."""
    shutil.copy(loaded_database, empty_folder / "placement.db")
    return empty_folder


@pytest.fixture
def bare_placement(empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command where there is no database yet."""

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return command


@pytest.fixture
def placement(folder: Path, bare_placement: Command) -> Command:
    """Runs a command on the sample market."""
    return bare_placement
