"""What docs/kubernetes.md shows, to be tried as it stands there."""

import re
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "kubernetes.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def manifest(kind: str) -> str:
    """The YAML of the one block with this kind."""
    (found,) = [block for block in _BLOCKS if f"kind: {kind}\n" in block]
    return str(found)


SCHEDULER = "placement"
"""Name of the scheduler that is shown."""


def scheduler_configuration(url: str, scheduler: str = SCHEDULER) -> str:
    """The scheduler's configuration, with the service at this address; by another name if there is one already."""
    shown = manifest("KubeSchedulerConfiguration")
    assert (shown.count("http://127.0.0.1:8080"), shown.count(f"schedulerName: {SCHEDULER}\n")) == (1, 1)
    return shown.replace("http://127.0.0.1:8080", url).replace(
        f"schedulerName: {SCHEDULER}\n", f"schedulerName: {scheduler}\n"
    )
