"""Thousands of requests made from the description: the service never fails, and never answers but as it says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.api.deciding import running

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
_EXAMPLES = 230
"""Of each of the operations; with those of the other phases over 5,000 requests."""


def test_over_5000_requests_made_from_the_description_are_answered_as_it_says(
    sample_file: Path, tmp_path: Path
) -> None:
    file = shutil.copy(sample_file, tmp_path / "placement.db")
    with running(f"sqlite:///{file}", "serve", "--port", "0") as service:
        found = subprocess.run(
            [
                Path(sys.executable).with_name("st"),
                *("run", f"{service.url}/openapi.json", "--wait-for-schema", "20"),
                *("--checks", ",".join(_CHECKS), "--phases", "examples,coverage,fuzzing"),
                *("--max-examples", str(_EXAMPLES), "--seed", "1", "--no-color"),
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
    assert found.returncode == 0, found.stdout[-5000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", found.stdout)
    assert counted is not None, found.stdout[-2000:]
    assert int(counted[2]) > 5000
