"""A rule or cost that was written is also asked: nothing binds that is not in a list."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from placement.optimizer import costs
from placement.optimizer.constraints import couplings, screens
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.constraints.screens import SCREENS
from placement.optimizer.costs import COST_TERMS, PENALTIES

# (the package, what it lists, modules that hold no rule or cost of their own)
FOLDERS: list[tuple[ModuleType, Iterable[object], set[str]]] = [
    (costs, (*COST_TERMS, *PENALTIES), {"base"}),
    (screens, SCREENS, set()),
    (couplings, COUPLINGS, {"base"}),
]


def unlisted(package: ModuleType, listed: Iterable[object], exceptions: set[str]) -> set[str]:
    """Classes with a name of their own, and modules without any, that the list does not know."""
    known = {type(item) for item in listed}
    missing = set()
    for _, name, _ in pkgutil.iter_modules(package.__path__):
        if name in exceptions:
            continue
        module = import_module(f"{package.__name__}.{name}")
        written = [
            kind
            for kind in vars(module).values()
            if isinstance(kind, type) and kind.__module__ == module.__name__ and isinstance(vars(kind).get("name"), str)
        ]
        missing |= {name} if not written else {f"{name}.{kind.__name__}" for kind in written if kind not in known}
    return missing


@pytest.mark.parametrize(("package", "listed", "exceptions"), FOLDERS, ids=lambda part: getattr(part, "__name__", ""))
def test_every_module_is_in_its_list(package: ModuleType, listed: Iterable[object], exceptions: set[str]) -> None:
    assert unlisted(package, listed, exceptions) == set()


@pytest.mark.parametrize(("package", "listed", "exceptions"), FOLDERS, ids=lambda part: getattr(part, "__name__", ""))
def test_every_exception_is_still_there(package: ModuleType, listed: Iterable[object], exceptions: set[str]) -> None:
    assert exceptions <= {name for _, name, _ in pkgutil.iter_modules(package.__path__)}


def test_a_module_that_no_list_names_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = '"""A rule that was written."""\n\nclass {}:\n    name = "{}"\n'
    folder = tmp_path / "forgetful"
    folder.mkdir()
    (folder / "__init__.py").write_text("from forgetful.first import First\nLISTED = (First(),)\n", encoding="utf-8")
    (folder / "first.py").write_text(
        written.format("First", "first") + written.format("Third", "third"), encoding="utf-8"
    )
    (folder / "second.py").write_text(written.format("Second", "second"), encoding="utf-8")
    (folder / "nothing.py").write_text("RATE = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = import_module("forgetful")
    assert unlisted(package, package.LISTED, set()) == {"first.Third", "second.Second", "nothing"}
    assert unlisted(package, package.LISTED, {"nothing", "second"}) == {"first.Third"}


def test_names_are_told_apart() -> None:
    for listed in ((*COST_TERMS, *PENALTIES), SCREENS, COUPLINGS):
        names = [item.name for item in listed]
        assert len(set(names)) == len(names)


def test_cost_terms_are_the_lines_of_the_bill_in_their_order() -> None:
    lines = ["compute", "interruption", "egress", "storage", "migration"]
    assert [term.name for term in COST_TERMS] == lines
