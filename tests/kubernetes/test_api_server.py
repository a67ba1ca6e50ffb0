"""Connections to an API server end with what they were made for, and not with what others fail at."""

import asyncio
from contextlib import aclosing

import pytest

from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.api_server import ApiServer, Unanswered
from tests.api.deaf import deaf
from tests.kubernetes.fake_api import CLAIMS, NODES, fake_api
from tests.kubernetes.manifests import node

WATCH = {"watch": "1", "resourceVersion": "0"}


def test_a_connection_that_is_given_up_while_it_is_made_is_closed() -> None:
    async def ask() -> None:
        with deaf() as peer:
            server = ApiServer(ClusterAccess(peer.url))
            asking = asyncio.create_task(server.get(NODES, {}))
            await peer.called()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await peer.left()
            await server.close()

    asyncio.run(ask())


def test_what_fails_ends_no_other_request() -> None:
    async def watch() -> bytes:
        with fake_api() as (api, access):
            server = ApiServer(access)
            async with aclosing(server.lines(NODES, WATCH)) as lines:
                api.put(NODES, node("one"))
                await anext(lines)
                api.failing = [(0, b"")]
                with pytest.raises(Unanswered):
                    await server.get(CLAIMS, {"limit": "1"})
                api.put(NODES, node("two"))
                found = await anext(lines)
            await server.close()
            return found

    assert b'"two"' in asyncio.run(watch())
