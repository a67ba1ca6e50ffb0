"""Commands shown in documents, with the output that they really have: `python -m tests.shown` writes it anew.

A block of kind `console` holds lines `$ placement ...`, each followed by what it prints. All blocks of a document run
in order, in the project's folder, on a database of their own.
"""

import io
import os
import re
import shlex
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from placement.cli.main import run

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/reasons.md", "docs/residency.md", "examples/README.md")
_BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_VARYING = (
    (re.compile(r"\d{8}t\d{6}-(?:[0-9a-f]{6}){1,2}"), "<decision>"),
    (re.compile(r"\d+\.\d+ s\b"), "<seconds>"),
)


def replayed(text: str) -> str:
    """The document with the output of its commands as it is now."""
    with tempfile.TemporaryDirectory() as scratch, chdir(ROOT):
        url = f"sqlite:///{scratch}/shown.db"
        with patch.dict(os.environ, {"PLACEMENT_DATABASE_URL": url, "COLUMNS": "120"}):
            return _BLOCK.sub(lambda block: _replay(block.group()), text)


def normal(text: str) -> str:
    """Without what differs from run to run: ids of decisions, and seconds."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text


def _replay(block: str) -> str:
    lines = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines.append(line)
            program, *arguments = shlex.split(line[2:])
            assert program == "placement", f"{line!r}: only placement is run"
            lines += [shown.rstrip() for shown in _output(arguments).splitlines()]
    return "\n".join(lines) + "\n"


def _output(arguments: list[str]) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        run(arguments)
    return out.getvalue()


if __name__ == "__main__":
    for name in DOCUMENTS:
        document = ROOT / name
        before = document.read_text(encoding="utf-8")
        after = replayed(before)
        if normal(before) != normal(after):
            document.write_text(after, encoding="utf-8")
            sys.stderr.write(f"{name}: written anew\n")
