"""What fails is tried again, ever more slowly, until it goes well."""

import asyncio
from typing import Any

import pytest

from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.api_server import ApiServer
from placement.kubernetes.objects import Node
from placement.kubernetes.reflector import Backoff, Kind, Reflector
from tests.kubernetes.fake_api import NODES, FakeApi, fake_api


class Noted(Backoff):
    """Waits hardly, and keeps what it was asked."""

    def __init__(self, enough: int) -> None:
        super().__init__(1.0, 8.0)
        self.asked: list[str] = []
        self.enough = asyncio.Event()
        self._most = enough

    def reset(self) -> None:
        super().reset()
        self.asked.append("reset")

    def wait_s(self) -> float:
        self.asked.append("wait")
        if len(self.asked) >= self._most:
            self.enough.set()
        return super().wait_s() / 1e4


def asked(access: ClusterAccess, enough: int) -> list[str]:
    """Of a reflector that runs until its backoff was asked so often."""

    async def run() -> list[str]:
        server, backoff = ApiServer(access), Noted(enough)
        kind: Kind[Any] = Kind(NODES, Node, lambda nodes: None, lambda node: None, lambda node: None)
        running = asyncio.create_task(Reflector(server, kind, lambda words: None, backoff).run())
        await asyncio.wait_for(backoff.enough.wait(), 20)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await server.close()
        return backoff.asked

    return asyncio.run(run())


def test_waits_double_up_to_a_most_and_begin_anew_when_it_went_well() -> None:
    backoff = Backoff(0.5, 3.0)
    for most_s in (0.5, 1.0, 2.0, 3.0, 3.0):
        assert most_s / 2 <= backoff.wait_s() <= most_s
    backoff.reset()
    assert backoff.wait_s() <= 0.5


@pytest.mark.parametrize("fails", ["lists", "watches", "versions"])
def test_what_goes_on_failing_never_counts_as_gone_well(fails: str) -> None:
    with fake_api() as (server, access):
        fail(server, fails)
        assert asked(access, 12) == ["wait"] * 12


def fail(server: FakeApi, what: str) -> None:
    match what:
        case "lists":
            server.failing = [(500, b"away")] * 1000
        case "watches":
            server.refusing_watches = True
        case "versions":
            server.oldest = 1_000_000
