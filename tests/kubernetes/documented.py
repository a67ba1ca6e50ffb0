"""What docs/kubernetes.md shows, to be tried as it stands there."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

TEXT = (Path(__file__).parents[2] / "docs" / "kubernetes.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def manifest(kind: str) -> str:
    """The YAML of the first block with this kind."""
    return str(next(block for block in _BLOCKS if f"kind: {kind}\n" in block))


def manifests(kind: str) -> dict[str, Any]:
    """All objects of this kind that are shown, by name."""
    shown = (YAML(typ="safe", pure=True).load(block) for block in _BLOCKS if f"kind: {kind}\n" in block)
    return {each["metadata"]["name"]: each for each in shown}


SCHEDULER = "placement"
"""Name of the scheduler that is shown."""


def scheduler_configuration(url: str, scheduler: str = SCHEDULER) -> str:
    """The scheduler's configuration, with the service at this address; by another name if there is one already."""
    shown = manifest("KubeSchedulerConfiguration")
    assert (shown.count("http://127.0.0.1:8080"), shown.count(f"schedulerName: {SCHEDULER}\n")) == (1, 1)
    return shown.replace("http://127.0.0.1:8080", url).replace(
        f"schedulerName: {SCHEDULER}\n", f"schedulerName: {scheduler}\n"
    )
