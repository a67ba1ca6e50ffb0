"""The service under load on the full market: `python -m tests.benchmarks.service [SOAK_MINUTES]`.

One process of `placement serve` on SQLite, asked over loopback by this one on the same processors: how long it takes to
be ready, quotes a second, decisions of 20 workloads, and with SOAK_MINUTES how its memory goes under both.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.cli.running import EXECUTABLE

CONNECTIONS, QUOTES_S = 8, 10.0
DECISIONS = 100
_SAMPLED_S = 5.0
_PAUSE_S = 0.02
"""Between the quotes of the soak; ten times as long between its decisions."""


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201


class Connection:
    """One connection that is kept; answers are read by their length, and not looked into."""

    def __init__(self, url: str) -> None:
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 80

    async def open(self) -> "Connection":
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """(status, body)."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/json\r\n"
        self.writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(answer[9:12]), await self.reader.readexactly(length)


@contextmanager
def service(url: str) -> Iterator[tuple[str, int]]:
    """(address, process id) of a service on the database, told when it is ready."""
    environment = os.environ | {"PLACEMENT_DATABASE_URL": url, "PLACEMENT_LOG_LEVEL": "warning"}
    began = time.perf_counter()
    process = subprocess.Popen([EXECUTABLE, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[2].rstrip(",")
        while asyncio.run(_status(address, "/readyz")) != 200:
            time.sleep(0.02)
        say(f"from its start to ready, with its worker: {time.perf_counter() - began:.1f} s")
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


async def _status(address: str, path: str) -> int:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer[9:12])


def quote_bodies() -> list[bytes]:
    """Sizes, places and capacity types as people ask for them."""
    draw = Random(1)
    return [
        json.dumps(
            {
                "resources": {"vcpus": (vcpus := draw.choice([2, 4, 8, 16])), "memory_gib": vcpus * 4},
                "capacity": {"types": draw.choice([["on_demand"], ["spot"], ["on_demand", "spot"]])},
                "places": draw.choice([["EU"], ["US"], ["DE", "FR"], []]),
            }
        ).encode()
        for _ in range(64)
    ]


def fleet_body(draw: Random) -> bytes:
    """20 workloads that talk to each other; no two fleets are the same."""
    workloads: list[dict[str, Any]] = [
        {
            "name": f"w{number}",
            "resources": {"vcpus": (vcpus := draw.choice([1, 2, 4, 8])), "memory_gib": vcpus * draw.choice([2, 4])},
            "replicas": draw.randint(1, 6),
            "capacity": {"types": draw.choice([["on_demand"], ["on_demand", "spot"]])},
            "places": {"allow": draw.choice([["EU"], ["EU"], []])},
        }
        for number in range(20)
    ]
    flows = [
        {"from": f"w{draw.randrange(number)}", "to": f"w{number}", "gb_per_month": round(draw.lognormvariate(4, 1.5))}
        for number in range(1, 20)
    ]
    flows.append({"from": "w0", "to": "internet", "gb_per_month": 500})
    return json.dumps({"fleet": f"load-{draw.randrange(10**9)}", "workloads": workloads, "flows": flows}).encode()


async def quotes(address: str, seconds: float) -> list[float]:
    """Seconds of each answer, of all connections; as fast as they can."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def one(bodies: list[bytes]) -> None:
        connection = await Connection(address).open()
        for body in cycle(bodies):
            began = time.perf_counter()
            if began >= until:
                break
            status, _ = await connection.post("/v1/quotes", body)
            assert status == 200
            took.append(time.perf_counter() - began)
        connection.writer.close()

    bodies = quote_bodies()
    await asyncio.gather(*(one(bodies[number:] + bodies[:number]) for number in range(CONNECTIONS)))
    return took


async def decisions(address: str, count: int, draw: Random) -> list[float]:
    """Seconds of each decision, one after the other."""
    connection, took = await Connection(address).open(), []
    for _ in range(count):
        body = fleet_body(draw)
        began = time.perf_counter()
        status, answer = await connection.post("/v1/decisions?allow_stale=true", body)
        took.append(time.perf_counter() - began)
        assert status == 201, answer[:500]
    connection.writer.close()
    return took


def resident_mb(pid: int) -> float:
    """Of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    pages = sum(int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1]) for each in (pid, *children))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def soak(address: str, pid: int, minutes: float) -> None:
    """Some quotes and decisions a second, which leaves the machine room for other work; memory every few seconds."""
    until, draw, samples = time.perf_counter() + 60 * minutes, Random(2), list[float]()
    done = {"quotes": 0, "decisions": 0}

    async def ask_quotes() -> None:
        connection = await Connection(address).open()
        for body in cycle(quote_bodies()):
            if time.perf_counter() > until:
                return
            await connection.post("/v1/quotes", body)
            done["quotes"] += 1
            await asyncio.sleep(_PAUSE_S)

    async def ask_decisions() -> None:
        while time.perf_counter() < until:
            await decisions(address, 1, draw)
            done["decisions"] += 1
            await asyncio.sleep(10 * _PAUSE_S)

    async def watch() -> None:
        while time.perf_counter() < until:
            samples.append(resident_mb(pid))
            await asyncio.sleep(_SAMPLED_S)

    await asyncio.gather(ask_quotes(), ask_decisions(), watch())
    # The first fifth warms caches up; both ends are averages, since memory breathes.
    warm = samples[len(samples) // 5 :]
    tenth = max(1, len(warm) // 10)
    first, last = statistics.fmean(warm[:tenth]), statistics.fmean(warm[-tenth:])
    say(
        f"soak of {minutes:g} min, {done['quotes']:,} quotes and {done['decisions']:,} decisions: "
        f"{first:.0f} MB, at the end {last:.0f} MB ({last / first - 1:+.1%}), with its solver"
    )


def main(folder: Path, soak_minutes: float) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/load.db"
        store = Store.open(url)
        store.upgrade()
        store.save_sweep(PriceSheets(folder).sweep(), datetime.now(UTC))
        store.close()
        with service(url) as (address, pid):
            asyncio.run(quotes(address, 2.0))
            took = sorted(asyncio.run(quotes(address, QUOTES_S)))
            shown = [f"p{share} {1e3 * took[len(took) * share // 100]:.1f} ms" for share in (50, 95, 99)]
            say(f"quotes, {CONNECTIONS} connections: {len(took) / QUOTES_S:,.0f} a second, {', '.join(shown)}")
            draw = Random(0)
            asyncio.run(decisions(address, 10, draw))
            took = sorted(asyncio.run(decisions(address, DECISIONS, draw)))
            shown = [f"p{share} {1e3 * took[len(took) * share // 100]:.0f} ms" for share in (50, 95)]
            say(f"decisions of 20 workloads: {', '.join(shown)}, worst {1e3 * took[-1]:.0f} ms")
            if soak_minutes:
                asyncio.run(soak(address, pid, soak_minutes))


if __name__ == "__main__":
    market = os.environ.get("PLACEMENT_FULL_MARKET")
    if not market:
        sys.exit("set PLACEMENT_FULL_MARKET to the folder of the full market's price sheet")
    main(Path(market), float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)
