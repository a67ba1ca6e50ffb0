"""Commands as a test sees them: how they ended and what they printed."""

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.onprem import sample_folder

EXAMPLES = Path(__file__).parents[2] / "examples"
EXECUTABLE = Path(sys.executable).with_name("placement")
"""The program as it is installed beside this interpreter."""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON on standard output, its numbers as they are written."""
        return json.loads(self.out, parse_float=Decimal)

    @property
    def message(self) -> str:
        """The one message of a command that failed."""
        assert self.code == 1, f"exit code {self.code}: {self.out}{self.err}"
        assert self.out == ""
        assert self.err.startswith("error: ")
        assert self.err.count("error:") == 1
        assert "Traceback" not in self.err
        return self.err


Command = Callable[..., Ran]


def sample_rows(name: str) -> list[dict[str, str]]:
    """The rows of one file of the sample sheet."""
    with (sample_folder() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_fleet(folder: Path, text: str, name: str = "fleet.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def decimals(number: Decimal | int) -> int:
    """How many digits are written after the point."""
    exponent = Decimal(number).as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
