import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from placement.store.repository import Store
from tests.cli.running import EXAMPLES, Command

COMMANDS = (
    (),
    ("catalog",),
    ("catalog", "amortise"),
    ("catalog", "load"),
    ("catalog", "show"),
    ("collect",),
    ("db",),
    ("db", "compact"),
    ("db", "upgrade"),
    ("keys",),
    ("keys", "create"),
    ("keys", "list"),
    ("kubernetes",),
    ("kubernetes", "certificates"),
    ("kubernetes", "import"),
    ("keys", "revoke"),
    ("policy",),
    ("policy", "check"),
    ("policy", "test"),
    ("prices",),
    ("prices", "history"),
    ("quote",),
    ("solve",),
    ("explain",),
    ("replan",),
    ("report",),
    ("serve",),
    ("worker",),
)
QUOTE = ("quote", "--vcpus", 2, "--memory-gib", 4)
OF_SOLVING = {"numba", "numpy", "ortools", "pycountry", "sqlalchemy", "providers"}
HEAVY = OF_SOLVING | {"httpx", "msgspec", "pydantic", "rich", "ruamel", "tenacity"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_its_help(command: tuple[str, ...], option: str, bare_placement: Command) -> None:
    ran = bare_placement(*command, option)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: {' '.join(('placement', *command))} ")
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert "..." not in ran.out.replace("COMMAND [ARGS]...", "").replace("[PROVIDER]...", "")


@pytest.mark.parametrize("group", [(), ("catalog",), ("db",), ("prices",)])
def test_a_group_alone_shows_its_commands_and_is_bad_usage(group: tuple[str, ...], bare_placement: Command) -> None:
    ran = bare_placement(*group)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == bare_placement(*group, "--help").out


def test_the_version_is_that_of_the_package(bare_placement: Command) -> None:
    assert bare_placement("--version").out == f"placement {version('cloud-placement')}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("qoute",), ("qoute", "did you mean 'quote'", "placement --help")),
        (("catalog", "lod"), ("lod", "did you mean 'load'", "placement catalog --help")),
        (("quote", "--vcpu", 2), ("--vcpu", "--vcpus", "placement quote --help")),
        (("--databse", "x", "quote"), ("--databse", "--database", "placement --help")),
        (("quote", "--vcpus", 2), ("--memory-gib", "placement quote --help")),
        (("solve",), ("FLEET", "placement solve --help")),
        (("solve", "a.yaml", "b.yaml"), ("b.yaml", "placement solve --help")),
        (("solve", "a.yaml", "--time-limit", "nan"), ("--time-limit", "placement solve --help")),
        (("solve", "a.yaml", "--gap", 2), ("--gap", "placement solve --help")),
        (("solve", "a.yaml", "--seed", 0.5), ("--seed", "placement solve --help")),
        (("explain",), ("DECISION", "placement explain --help")),
    ],
)
def test_bad_usage_is_one_message_with_a_hint(
    arguments: tuple[object, ...], words: tuple[str, ...], bare_placement: Command
) -> None:
    message = bare_placement(*arguments).message
    assert len(message.splitlines()) == 2
    for word in words:
        assert word.lower() in message.lower()


def test_nothing_heavy_is_imported_before_a_command_needs_it() -> None:
    program = "import sys, placement.cli.main; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY & set(shown.stdout.split()) == set()


def test_whoever_asks_a_service_needs_neither_solver_nor_database(empty_folder: Path) -> None:
    asked = ["solve", str(EXAMPLES / "impossible.yaml"), "--server", "http://127.0.0.1:1"]
    program = (
        f"import sys, placement.cli.main; placement.cli.main.run({asked});"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "cannot be reached" in ran.stderr
    assert OF_SOLVING & set(ran.stdout.split()) == set()


def test_the_database_is_named_before_or_after_the_command_or_by_the_environment(
    bare_placement: Command, loaded_database: Path, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{loaded_database}"
    answer = bare_placement("--database", url, *QUOTE).out
    assert "onprem:fra-1" in answer
    assert bare_placement(*QUOTE, "--database", url).out == answer
    assert bare_placement("--database", "sqlite:///none.db", *QUOTE, "--database", url).out == answer
    monkeypatch.setenv("PLACEMENT_DATABASE_URL", url)
    assert bare_placement(*QUOTE).out == answer
    assert "none.db" in bare_placement(*QUOTE, "--database", "sqlite:///none.db").message
    assert list(empty_folder.iterdir()) == []


def test_without_a_market_the_next_command_is_named(bare_placement: Command, empty_folder: Path) -> None:
    for command in (("catalog", "show"), QUOTE, ("explain", "latest")):
        message = bare_placement(*command).message
        assert str(empty_folder / "placement.db") in message
        assert "placement catalog load" in message
    assert list(empty_folder.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret@127.0.0.1:1/prices",
        "postgresql://me:s3cret@nowhere.invalid/prices",
        "postgresql://me:s3cret@127.0.0.1:port/prices",
        "mysql://me:s3cret@127.0.0.1/prices",
        "me:s3cret@127.0.0.1",
    ],
)
def test_a_password_is_never_shown(url: str, bare_placement: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "s3cret" not in bare_placement(*QUOTE, "--database", url).message
    monkeypatch.setenv("PLACEMENT_DATABASE_URL", url)
    for command in (("catalog", "load", "--sample"), ("db", "upgrade"), ("catalog", "show")):
        assert "s3cret" not in bare_placement(*command).message


def test_a_database_in_a_folder_that_is_not_there_is_not_made(bare_placement: Command, empty_folder: Path) -> None:
    for command in (("catalog", "load", "--sample"), ("db", "upgrade"), QUOTE):
        message = bare_placement("--database", "sqlite:///missing/market.db", *command).message
        assert f"no folder {empty_folder / 'missing'}" in message
    assert list(empty_folder.iterdir()) == []


def test_arguments_that_are_no_text_are_refused(bare_placement: Command) -> None:
    assert "UTF-8" in bare_placement("explain", "\udcff").message


def test_a_fault_of_the_program_is_owned_up_to(placement: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(Store, "catalog", broken)
    message = placement(*QUOTE).message
    assert "fault of placement itself: ZeroDivisionError: division by zero" in message
    assert "PLACEMENT_DEBUG=1" in message
    monkeypatch.setenv("PLACEMENT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        placement(*QUOTE)
