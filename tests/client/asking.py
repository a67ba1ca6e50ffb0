"""Clients for tests: they do not wait long, and keep what they would have waited."""

import time
from collections.abc import Mapping
from pathlib import Path

from placement.client import Client, Patience, address_of
from tests.cli.running import EXAMPLES

SHORT_S = 0.05
FLEET = """\
fleet: shop
workloads:
- {name: web, replicas: 2, resources: {vcpus: 4, memory_gib: 16}, places: {allow: [EU]}}
- {name: api, resources: {vcpus: 2, memory_gib: 8}}
flows:
- {from: web, to: api, gb_per_month: 100}
"""
GDPR = (EXAMPLES / "policies" / "gdpr.yaml").read_text(encoding="utf-8")


class Pauses(list[float]):
    """Instead of sleeping for long: a moment, and a note of how long it would have been."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        time.sleep(min(seconds, SHORT_S))


def client_of(
    url: str,
    patience: Patience | None = None,
    pauses: Pauses | None = None,
    *,
    key: str | None = None,
    ca_file: Path | None = None,
) -> Client:
    environment: Mapping[str, str] = {
        name: str(value) for name, value in (("PLACEMENT_API_KEY", key), ("PLACEMENT_CA_FILE", ca_file)) if value
    }
    return Client(address_of(url, environment), patience, Pauses() if pauses is None else pauses)


def large_fleet(workloads: int = 60) -> str:
    """A fleet that takes minutes to be placed."""
    each = "".join(
        f"- {{name: w{i}, replicas: 6, resources: {{vcpus: 2, memory_gib: 8}}, spread: {{min_regions: 3}}}}\n"
        for i in range(workloads)
    )
    flows = "".join(
        f"- {{from: w{i}, to: w{(i * 7 + step) % workloads}, gb_per_month: {100 + 37 * i}}}\n"
        for i in range(workloads)
        for step in (1, 2)
    )
    return f"fleet: big\nworkloads:\n{each}flows:\n{flows}"
