"""Decisions over REST: asked once, made once, kept, explained, replayed."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placement.store.repository import Store
from tests.api.deciding import FLEET, SLOW, Process, running
from tests.api.serving import until, validate


@pytest.fixture(scope="module")
def database(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("decisions") / "placement.db"
    shutil.copy(sample_file, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="module")
def service(database: str) -> Iterator[Process]:
    with running(database, "serve", "--port", "0") as started:
        yield started


@pytest.fixture(scope="module")
def decided(service: Process) -> Any:
    answer = service.decide(allow_stale=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def slug(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_a_fleet_is_placed_with_its_proof(decided: Any) -> None:
    assert decided["status"] == "optimal"
    assert [placed["workload"] for placed in decided["placements"]] == ["web", "api"]
    assert decided["lower_bound_usd_per_month"] <= decided["cost_usd_per_month"]["total"]


def test_the_answer_is_as_the_description_says_and_stays_at_its_location(service: Process) -> None:
    answer = service.decide(allow_stale=True)
    again = service.ask("GET", answer.headers["location"])
    openapi = service.ask("GET", "/openapi.json").json()
    schema = openapi["paths"]["/v1/decisions"]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    validate(answer.json(), schema, openapi)
    assert again.json() == answer.json()


def test_a_fleet_may_be_yaml(service: Process) -> None:
    text = "fleet: shop\nworkloads:\n- {name: web, resources: {vcpus: 2, memory_gib: 4}}\n"
    answer = service.ask(
        "POST", "/v1/decisions?allow_stale=true", content=text, headers={"Content-Type": "application/yaml"}
    )
    assert answer.status_code == 201, answer.text


def test_the_same_request_with_its_key_is_decided_once(service: Process) -> None:
    first, second = (service.decide(key="deploy-17", allow_stale=True) for _ in range(2))
    assert first.json() == second.json()


def test_another_request_with_the_same_key_is_refused(service: Process) -> None:
    service.decide(key="deploy-18", allow_stale=True)
    answer = service.decide(FLEET | {"fleet": "other"}, key="deploy-18", allow_stale=True)
    assert slug(answer) == (422, "key-reused")


def test_many_at_once_with_one_key_get_one_decision(service: Process) -> None:
    found: list[str] = []

    def ask() -> None:
        found.append(service.decide(key="all-at-once", allow_stale=True).json()["id"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_is_no_key_is_refused(service: Process) -> None:
    assert slug(service.decide(key="a b")) == (422, "invalid-request")


def test_flaws_of_a_fleet_are_told_with_their_places(service: Process) -> None:
    answer = service.decide({"fleet": "shop", "workloads": [{"name": "web", "resources": {"vcpus": "many"}}]})
    assert slug(answer) == (422, "bad-fleet")
    assert {fault["key"] for fault in answer.json()["errors"]} >= {"workloads[0].resources.vcpus"}


def test_an_unknown_place_is_a_flaw_of_the_fleet(service: Process) -> None:
    workload = {"name": "web", "resources": {"vcpus": 1, "memory_gib": 1}, "places": {"allow": ["Atlantis"]}}
    assert slug(service.decide({"fleet": "shop", "workloads": [workload]})) == (422, "bad-fleet")


def test_policies_that_are_not_stored_are_a_flaw_of_the_fleet(service: Process) -> None:
    answer = service.decide(FLEET | {"policies": ["policies/gdpr.yaml"]})
    assert slug(answer) == (422, "bad-fleet")
    assert "gdpr" in answer.json()["detail"]


def test_that_nothing_can_be_placed_is_an_answer(service: Process) -> None:
    workload = {"name": "web", "resources": {"vcpus": 4096, "memory_gib": 1}}
    answer = service.decide({"fleet": "shop", "workloads": [workload]}, allow_stale=True)
    assert (answer.status_code, answer.json()["status"]) == (201, "infeasible")


def test_whoever_does_not_want_to_wait_is_told_where_the_answer_will_be(service: Process) -> None:
    answer = service.decide(prefer="respond-async", allow_stale=True)
    assert answer.status_code == 202
    assert answer.json()["status"] in ("queued", "running")
    location = answer.headers["location"]
    until(lambda: service.ask("GET", location).json()["status"] == "optimal")


def test_events_tell_of_a_request_until_its_end(service: Process) -> None:
    location = service.decide(prefer="respond-async", allow_stale=True).headers["location"]
    assert service.client is not None
    with service.client.stream("GET", f"{location}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = "".join(stream.iter_text()).strip().split("\n\n")
    assert events[-1].startswith("event: end\n")
    assert json.loads(events[-1].split("data: ")[1])["status"] == "decided"


def test_events_tell_how_far_a_long_search_is(service: Process) -> None:
    location = service.decide(SLOW, prefer="respond-async", allow_stale=True, time_limit=6, gap=0).headers["location"]
    assert service.client is not None
    with service.client.stream("GET", f"{location}/events") as stream:
        events = "".join(stream.iter_text()).strip().split("\n\n")
    told = [json.loads(event.partition("data: ")[2])["progress"] for event in events if "event: progress" in event]
    known = [progress for progress in told if progress and progress["best_usd_per_month"] is not None]
    assert known, told
    assert all(0 < progress["lower_bound_usd_per_month"] <= progress["best_usd_per_month"] for progress in known)
    assert all(progress["step"] and progress["seconds"] > 0 for progress in known)


def test_a_decision_that_does_not_exist_is_not_found(service: Process) -> None:
    for path in ("nothing", "nothing/explanation?workload=web", "nothing/events"):
        assert slug(service.ask("GET", f"/v1/decisions/{path}")) == (404, "no-decision")
    assert slug(service.ask("DELETE", "/v1/decisions/nothing")) == (404, "no-decision")
    assert slug(service.ask("POST", "/v1/decisions/nothing/replay")) == (404, "no-decision")


def test_what_is_decided_cannot_be_cancelled(service: Process, decided: Any) -> None:
    assert slug(service.ask("DELETE", f"/v1/decisions/{decided['id']}")) == (409, "already-ended")


def test_a_decision_is_explained(service: Process, decided: Any) -> None:
    answer = service.ask("GET", f"/v1/decisions/{decided['id']}/explanation", params={"workload": "web"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["alternatives"]


def test_an_explanation_is_about_a_workload_or_the_policies(service: Process, decided: Any) -> None:
    path = f"/v1/decisions/{decided['id']}/explanation"
    assert slug(service.ask("GET", path)) == (422, "invalid-request")
    assert slug(service.ask("GET", path, params={"workload": "nobody"})) == (422, "bad-input")
    assert slug(service.ask("GET", path, params={"policy_cost": True})) == (422, "bad-input")


def test_a_replay_gives_the_identical_answer(service: Process, decided: Any) -> None:
    answer = service.ask("POST", f"/v1/decisions/{decided['id']}/replay").json()
    assert (answer["method"], answer["holds"], answer["differences"]) == ("solved_again", True, [])


def test_a_replay_tells_of_an_answer_that_does_not_hold(service: Process, decided: Any, database: str) -> None:
    store = Store.open(database)
    stored = store.decision(decided["id"])
    forged = json.loads(stored.answer_json)
    forged["cost_usd_per_month"]["total"] -= 1
    at, version = stored.created_at, stored.catalog_version
    store.save_decision("forged", at, stored.fleet_name, version, stored.request_json, json.dumps(forged))
    store.close()
    answer = service.ask("POST", "/v1/decisions/forged/replay").json()
    assert not answer["holds"]
    assert answer["differences"][0].startswith("cost_usd_per_month")


def test_the_ledger_is_listed_page_by_page(service: Process) -> None:
    for _ in range(3):
        service.decide(FLEET | {"fleet": "listed"}, allow_stale=True)
    seen: list[str] = []
    path = "/v1/decisions?fleet=listed&limit=2"
    while path:
        page = service.ask("GET", path)
        assert page.status_code == 200, page.text
        seen += [line["id"] for line in page.json()["decisions"]]
        path = page.headers["link"].split(">")[0].removeprefix("<") if "link" in page.headers else ""
    assert len(seen) == len(set(seen)) == 3
    assert seen == sorted(seen, key=lambda name: name.split("-")[0], reverse=True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/decisions?limit=0"),
        ("GET", "/v1/decisions?cursor=nonsense"),
        ("POST", "/v1/decisions?gap=2"),
        ("POST", "/v1/decisions?unknown=1"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(service: Process, method: str, path: str) -> None:
    assert slug(service.ask(method, path, json=FLEET if method == "POST" else None))[0] == 422


def test_a_provider_is_swept_when_it_is_asked_for(service: Process) -> None:
    answer = service.ask("POST", "/v1/collections/onprem")
    assert (answer.status_code, answer.json()["sources"]) == (202, ["onprem"])
    failed = "/v1/collections?source=onprem&result=failed"
    until(lambda: bool(service.ask("GET", failed).json()["collections"]))
    assert "set PLACEMENT_SHEETS" in service.ask("GET", failed).json()["collections"][0]["reason"]


def test_a_provider_that_there_is_not_cannot_be_swept(service: Process) -> None:
    answer = service.ask("POST", "/v1/collections/awss")
    assert slug(answer) == (404, "no-provider")
    assert "aws" in answer.json()["detail"]


def test_the_metrics_tell_of_the_worker_and_of_the_queue(service: Process, decided: Any) -> None:
    until(lambda: 'placement_decision_requests{state="queued"}' in service.ask("GET", "/metrics").text)
    assert "placement_worker_up 1.0" in service.ask("GET", "/metrics").text
