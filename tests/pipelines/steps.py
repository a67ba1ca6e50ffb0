"""The shell steps of the example pipelines, run as their runners run them, in a checkout with stand-ins on the PATH."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.cli.running import EXAMPLES, EXECUTABLE

PIPELINES = EXAMPLES / "pipelines"
CONTEXTS = ("aws-eu-central-1", "gcp-europe-north1")
AT_MOST_S = 120
# Keeps what it was asked, and answers where an answer is used: the patched manifest, and the contexts there are.
_KUBECTL = """\
#!{python}
import json, sys
words = sys.argv[1:]
given = sys.stdin.read() if "-" in words else ""
with open({record!r}, "a", encoding="utf-8") as record:
    record.write(json.dumps({{"words": words, "given": given}}) + "\\n")
if "patch" in words:
    print(words[words.index("--patch") + 1])
if "get-contexts" in words:
    print(*{contexts!r}, sep="\\n")
"""
_PIPX = "#!/bin/sh\nexit 0\n"


def document(name: str) -> Any:
    return YAML(typ="safe").load(PIPELINES / name)


@dataclass(frozen=True, slots=True)
class Ended:
    """A job, once a step has failed or all are done."""

    code: int
    out: str
    err: str


class Checkout:
    """A copy of the example's folder, as a runner has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        shutil.copytree(PIPELINES, self.folder)
        self._record = folder / "kubectl.jsonl"
        self._path = folder / "bin"
        self._path.mkdir()
        self._program("kubectl", _KUBECTL.format(python=sys.executable, record=str(self._record), contexts=CONTEXTS))
        self._program("pipx", _PIPX)
        (self._path / "placement").symlink_to(EXECUTABLE)

    def run(self, scripts: list[str], **environment: str) -> Ended:
        """Script after script by bash, until one fails; with no variables but these and what every process needs."""
        variables = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        variables |= {"PATH": f"{self._path}:{os.environ['PATH']}", "NO_PROXY": "127.0.0.1"} | environment
        out = err = ""
        for script in scripts:
            ran = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
                cwd=self.folder,
                env=variables,
                capture_output=True,
                text=True,
                timeout=AT_MOST_S,
                check=False,
            )
            out, err = out + ran.stdout, err + ran.stderr
            if ran.returncode:
                return Ended(ran.returncode, out, err)
        return Ended(0, out, err)

    def asked_of_kubectl(self) -> list[dict[str, Any]]:
        """Each call with its `words` and what it was `given` on standard input."""
        if not self._record.exists():
            return []
        return [json.loads(line) for line in self._record.read_text(encoding="utf-8").splitlines()]

    def _program(self, name: str, text: str) -> None:
        file = self._path / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
