"""`placement serve` as a process of its own, to be asked for decisions."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.cli.running import EXECUTABLE

AT_MOST_S = 60.0
FLEET: dict[str, Any] = {
    "fleet": "shop",
    "workloads": [
        {"name": "web", "resources": {"vcpus": 4, "memory_gib": 16}, "replicas": 2, "places": {"allow": ["EU"]}},
        {"name": "api", "resources": {"vcpus": 2, "memory_gib": 8}},
    ],
    "flows": [{"from": "web", "to": "api", "gb_per_month": 100}],
}

SLOW: dict[str, Any] = {
    "fleet": "slow",
    "workloads": [
        {
            "name": f"w{n}",
            "resources": {"vcpus": 2 + n % 5, "memory_gib": 8},
            "replicas": 3,
            "spread": {"min_regions": 2},
            "capacity": {"types": ["on_demand", "spot"]},
        }
        for n in range(12)
    ],
    "flows": [{"from": f"w{n}", "to": f"w{(n + 1) % 12}", "gb_per_month": 500 + 100 * n} for n in range(12)],
    "limits": {"spot_share": [{"workloads": [f"w{n}" for n in range(12)], "max_fraction": 0.4}]},
}
"""Answered within a second, and not closed within half a minute."""


class Process:
    """A process of the program, and the service that it runs, if it does."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url
        self.client = httpx.Client(base_url=url, timeout=AT_MOST_S, trust_env=False) if url else None

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        assert self.client is not None
        return self.client.request(method, path, **options)

    def decide(self, fleet: Any = FLEET, *, key: str | None = None, prefer: str = "", **query: Any) -> httpx.Response:
        headers = ({"Idempotency-Key": key} if key else {}) | ({"Prefer": prefer} if prefer else {})
        return self.ask("POST", "/v1/decisions", json=fleet, headers=headers, params=query)

    def kill(self) -> None:
        """As a machine that loses power."""
        self.process.kill()
        self.process.wait(AT_MOST_S)


@contextmanager
def running(database: str, *command: str, **environment: str) -> Iterator[Process]:
    """`placement COMMAND` on a database, once it says that it is there; killed at the end."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PLACEMENT_")}
    variables |= {"PLACEMENT_DATABASE_URL": database, "PLACEMENT_CATALOG_POLL_S": "0.2"} | environment
    with (
        tempfile.NamedTemporaryFile("w+", suffix=".log") as log,
        subprocess.Popen(
            [EXECUTABLE, *command], stdout=subprocess.PIPE, stderr=log, text=True, env=variables
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = Process(process, line.split()[2].rstrip(",") if line.startswith("listening") else "")
            yield found
            if found.client is not None:
                found.client.close()
        finally:
            process.kill()
