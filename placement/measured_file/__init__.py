"""Files in which others tell what things cost: one module a kind, one line in `KINDS`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from unicodedata import category

from placement.domain.errors import BadInput
from placement.measured_file import focus, opencost
from placement.reports.measured import Measured


class Kind(Protocol):
    """A module that reads one kind of file."""

    def is_one(self, text: str) -> bool:
        """Whether it could be meant as one."""

    def read(self, text: str, path: str) -> Sequence[Measured]:
        """What it tells; raises BadInput with the place in the file."""


_MOST_LETTERS = 2000
_UNFIT = ("Cc", "Cs", "Zl", "Zp")

KINDS: tuple[Kind, ...] = (opencost, focus)


def measured_in(path: Path) -> Sequence[Measured]:
    """What the file tells; raises BadInput with the place in the file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as failure:
        raise BadInput(f"{path}: {failure.strerror or failure}") from None
    except UnicodeDecodeError as failure:
        raise BadInput(f"{path}: not UTF-8 at byte {failure.start}") from None
    for kind in KINDS:
        if kind.is_one(text):
            found = kind.read(text, str(path))
            _check_names(found, path)
            return found
    raise BadInput(f"{path}: neither an answer of OpenCost's allocation API (JSON) nor a FOCUS file (CSV)")


def _check_names(found: Sequence[Measured], path: Path) -> None:
    """They are shown on terminals and kept in databases, which take no such letters."""
    for each in found:
        for name in (*each.names, each.fleet or ""):
            if len(name) > _MOST_LETTERS or any(category(letter) in _UNFIT for letter in name):
                words = f"up to {_MOST_LETTERS} letters without control characters"
                raise BadInput(f"{path}: the name {name[:40]!r} cannot be used; names are {words}")
