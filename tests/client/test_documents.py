"""The snippet in the guide does what it shows."""

import re
import subprocess
import sys
from pathlib import Path

from tests.api.deciding import Process

ROOT = Path(__file__).parents[2]
SHOWN = re.compile(r"^```python\n(?P<program>.*?)^```\n\n```\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_python_in_the_guide_prints_what_is_shown(process: Process) -> None:
    guide = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    (shown,) = SHOWN.finditer(guide)
    program = shown["program"].replace("http://127.0.0.1:8080", process.url)
    assert process.url in program
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert ran.stdout == shown["output"]
