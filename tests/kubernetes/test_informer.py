"""A cluster is followed through everything that an API server and a network may do."""

from typing import Any

import pytest

from placement.kubernetes.access import ClusterAccess
from tests.api.serving import until
from tests.kubernetes.fake_api import CLAIMS, NODES, FakeApi, fake_api
from tests.kubernetes.following import following
from tests.kubernetes.manifests import node


@pytest.fixture
def api() -> Any:
    with fake_api() as running:
        yield running


def aws(name: str, region: str = "eu-central-1") -> dict[str, Any]:
    return node(name, provider_id=f"aws:///{region}a/i-1")


Api = tuple[FakeApi, ClusterAccess]


def test_all_pages_of_a_list_are_read(api: Api) -> None:
    server, access = api
    server.page = 7
    for number in range(20):
        server.put(NODES, aws(f"n{number}"))
    with following(access) as (informer, _):
        until(lambda: informer.knows_all)
        assert len(informer.cluster.nodes) == 20
        assert {kind.region for kind in informer.cluster.nodes.values()} == {"eu-central-1"}
    assert server.count(NODES, watches=False) == 3


def test_changes_are_followed(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("old"))
    with following(access) as (informer, told):
        until(lambda: informer.knows_all)
        nodes = informer.cluster.nodes
        server.put(NODES, aws("new"))
        until(lambda: set(informer.cluster.nodes) == {"old", "new"})
        server.put(NODES, aws("new", "eu-west-1"))
        until(lambda: informer.cluster.nodes["new"].region == "eu-west-1")
        server.drop(NODES, "old")
        until(lambda: set(informer.cluster.nodes) == {"new"})
        assert informer.cluster.nodes is nodes
        assert [words for _, words in told if words is not None] == []
    assert server.count(NODES, watches=False) == 1


def test_other_objects_are_followed_as_well(api: Api) -> None:
    server, access = api
    paths = {
        "/api/v1/namespaces": "namespaces",
        "/api/v1/persistentvolumes": "volumes",
        "/apis/storage.k8s.io/v1/storageclasses": "storage_classes",
    }
    with following(access) as (informer, _):
        until(lambda: informer.knows_all)
        for path, name in paths.items():
            kept = getattr(informer.cluster, name)
            server.put(path, {"metadata": {"name": "one", "annotations": {"a": "b"}}})
            until(lambda kept=kept: "one" in kept)  # type: ignore[misc]
            server.drop(path, "one")
            until(lambda kept=kept: not kept)  # type: ignore[misc]
        server.put(CLAIMS, {"metadata": {"name": "data", "namespace": "shop"}, "spec": {"volumeName": "pv"}})
        until(lambda: ("shop", "data") in informer.cluster.claims)
        server.drop(CLAIMS, "data")
        until(lambda: not informer.cluster.claims)


def test_what_is_the_same_as_before_is_no_change(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    with following(access) as (informer, _):
        until(lambda: informer.knows_all)
        informer.nodes_changed.clear()
        beating = aws("one") | {"status": {"conditions": [{"type": "Ready", "lastHeartbeatTime": "now"}]}}
        server.put(NODES, beating)
        server.put(NODES, aws("two"))
        until(lambda: informer.nodes_changed.is_set())
        assert set(informer.cluster.nodes) == {"one", "two"}
        informer.nodes_changed.clear()
        server.put(NODES, beating)
        server.put(CLAIMS, {"metadata": {"name": "data", "namespace": "shop"}})
        until(lambda: bool(informer.cluster.claims))
        assert not informer.nodes_changed.is_set()


def test_a_watch_that_ends_goes_on_where_it_ended(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    with following(access) as (informer, _):
        until(lambda: informer.knows_all)
        server.bookmark(NODES)
        reached = str(server.version)
        until(lambda: server.count(NODES, watches=True) == 1)
        server.put(NODES, aws("two"))
        until(lambda: "two" in informer.cluster.nodes)
        server.cut()
        until(lambda: server.count(NODES, watches=True) > 1)
        server.put(NODES, aws("three"))
        until(lambda: "three" in informer.cluster.nodes)
    again = [query["resourceVersion"] for path, query in server.asked if path == NODES and "watch" in query][1]
    assert int(again) == int(reached) + 1
    assert server.count(NODES, watches=False) == 1


def test_a_server_that_is_silent_is_asked_again_and_no_harm_is_done(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    with following(access, silence_s=0.2) as (informer, told):
        until(lambda: server.count(NODES, watches=True) > 2)
        server.put(NODES, aws("two"))
        until(lambda: set(informer.cluster.nodes) == {"one", "two"})
        assert [words for _, words in told if words is not None] == []
    assert server.count(NODES, watches=False) == 1


def test_bookmarks_spare_a_watch_that_heard_of_nothing_a_new_list(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    with following(access) as (informer, _):
        until(lambda: informer.knows_all and server.count(NODES, watches=True) == 1)
        server.bookmark(NODES)
        reached = server.version
        server.cut()
        until(lambda: server.count(NODES, watches=True) > 1)
    versions = [int(query["resourceVersion"]) for path, query in server.asked if path == NODES and "watch" in query]
    assert versions[-1] == reached
    assert all(query["allowWatchBookmarks"] == "true" for _, query in server.asked if "watch" in query)


def test_a_version_that_is_gone_leads_to_a_new_list(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("gone"))
    with following(access) as (informer, told):
        until(lambda: informer.knows_all)
        with server.lock:
            server.objects[NODES].clear()
        server.silently(NODES, aws("unseen"))
        server.forget()
        until(lambda: set(informer.cluster.nodes) == {"unseen"})
        assert [words for what, words in told if what == "nodes" and words] == []


def test_a_server_that_has_always_forgotten_is_not_asked_in_a_loop(api: Api) -> None:
    server, access = api
    with following(access) as (informer, _):
        until(lambda: informer.knows_all)
        server.oldest = 1_000_000
        server.put(NODES, aws("one"))
        until(lambda: server.count(NODES, watches=False) >= 5)
        between = server.count(NODES, watches=True) - server.count(NODES, watches=False)
        assert abs(between) <= 1


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"etcd is away", "500 etcd is away"),
        (429, b"too many requests", "429 too many requests"),
        (403, b'nodes is forbidden: User "x" cannot list', "403 nodes is forbidden"),
        (403, b'{"kind": "Status", "message": "nodes is forbidden", "code": 403}', "403 nodes is forbidden"),
        (401, b"Unauthorized", "401 Unauthorized"),
        (200, b"<html>", "JSON is malformed"),
        (200, b'{"items": [{"metadata": 7}]}', "Expected `object`, got `int`"),
        (200, b'{"items": nu', "Input data was truncated"),
        (302, b"", "302"),
        (0, b"", "disconnected"),
    ],
)
def test_a_list_that_fails_is_told_and_tried_again(api: Api, status: int, body: bytes, words: str) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    server.failing = [(status, body)] * 10
    with following(access) as (informer, told):
        until(lambda: informer.knows_all)
        assert set(informer.cluster.nodes) == {"one"}
        assert any(words in said for _, said in told if said is not None), told
        until(lambda: {what for what, said in told if said is None} >= {"nodes"})


def test_a_watch_that_fails_is_told_and_tried_again(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    with following(access) as (informer, told):
        until(lambda: informer.knows_all)
        server.send(NODES, {"type": "ERROR", "object": {"code": 500, "message": "cache is away"}})
        until(lambda: ("nodes", "/api/v1/nodes: cache is away") in told)
        server.put(NODES, aws("two"))
        until(lambda: set(informer.cluster.nodes) == {"one", "two"})


def test_an_event_that_cannot_be_read_leads_to_a_new_list(api: Api) -> None:
    server, access = api
    server.put(NODES, aws("one"))
    with following(access) as (informer, told):
        until(lambda: informer.knows_all)
        server.silently(NODES, aws("two"))
        server.send(NODES, {"type": "ADDED", "object": {"metadata": {"name": 7}}})
        until(lambda: set(informer.cluster.nodes) == {"one", "two"})
        assert any(said and "Expected `str`" in said for what, said in told if what == "nodes")


def test_a_server_that_is_away_is_found_when_it_comes_back() -> None:
    nobody = ClusterAccess("http://127.0.0.1:9")
    with following(nobody) as (informer, told):
        until(lambda: len(told) >= 5)
        assert not informer.knows_all
        assert all(words and "http://127.0.0.1:9/" in words for _, words in told)


def test_requests_carry_the_token(api: Api) -> None:
    server, access = api
    with following(access) as (informer, _):
        until(lambda: informer.knows_all)
    assert {headers["Authorization"] for headers in server.headers} == {"Bearer secret-token"}
    assert all(headers["User-Agent"].startswith("cloud-placement/") for headers in server.headers)
