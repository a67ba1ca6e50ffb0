"""Whatever is compiled is compiled before a search begins, once, and kept for later processes."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import placement.optimizer as optimizer


def test_every_entry_is_compiled_once_and_kept(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "placement.optimizer.warm"], env=environment, check=True)
    kept = {path.name.split("-")[0].split(".")[-1] for path in tmp_path.rglob("*.1.nbc")}
    assert kept == set(_entries())
    assert len(list(tmp_path.rglob("*.nbc"))) == len(kept)


def _entries() -> list[str]:
    """The names of the functions that numba keeps."""
    found = []
    for path in Path(*optimizer.__path__).rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for line, following in pairwise(lines):
            if line.strip() == "@entry":
                found.append(following.strip().removeprefix("def ").split("(")[0])
    return found
