"""Files in which others tell what things cost: one module a kind, one line in `KINDS`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from placement.domain.errors import BadInput
from placement.measured_file import focus, opencost
from placement.reports.measured import Measured


class Kind(Protocol):
    """A module that reads one kind of file."""

    def is_one(self, text: str) -> bool:
        """Whether it could be meant as one."""

    def read(self, text: str, path: str) -> Sequence[Measured]:
        """What it tells; raises BadInput with the place in the file."""


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
            return kind.read(text, str(path))
    raise BadInput(f"{path}: neither an answer of OpenCost's allocation API (JSON) nor a FOCUS file (CSV)")
