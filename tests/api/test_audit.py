"""The audit log, read by those who may."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.clock import Clock
from tests.api.serving import Service, problem_of, serving
from tests.api.test_named import POLICIES, put


@pytest.fixture
def service(sample_copy: Path, clock: Clock) -> Iterator[Service]:
    with serving(f"sqlite:///{sample_copy}", clock) as started:
        yield started


def test_who_changed_what_is_read_newest_first_page_by_page(service: Service) -> None:
    put(service)
    put(service, text=POLICIES.replace("version: 3", "version: 4"))
    service.ask("DELETE", "/v1/policies/gdpr")
    first = service.answer("/v1/audit", limit=2)
    second = service.answer("/v1/audit", limit=2, cursor=first["next_cursor"])
    entries = first["entries"] + second["entries"]
    assert [(entry["number"], entry["action"]) for entry in entries] == [
        (3, "policies.delete"),
        (2, "policies.put"),
        (1, "policies.put"),
    ]
    assert {(entry["who"], entry["subject"]) for entry in entries} == {("local", "gdpr")}
    assert second["next_cursor"] is None


def test_only_those_who_may_do_everything_read_it(service: Service, store: Store, clock: Clock) -> None:
    _, reader = issue_key(store, "reader", (Scope.READ, Scope.DECIDE), None, clock.now, "cli:me")
    _, admin = issue_key(store, "admin", (Scope.ADMIN,), None, clock.now, "cli:me")
    clock.now += clock.now.resolution * 6_000_000
    problem = problem_of(service.get("/v1/audit", headers={"Authorization": f"Bearer {reader}"}), 403, "forbidden")
    assert problem["needed"] == "admin"
    answer = service.get("/v1/audit", headers={"Authorization": f"Bearer {admin}"})
    assert {entry["action"] for entry in answer.json()["entries"]} == {"keys.create"}


@pytest.mark.parametrize("cursor", ["x", "eyJhdWRpdF9udW1iZXIiOi0xfQ", "eyJhdWRpdF9udW1iZXIiOjFlOTl9"])
def test_a_cursor_of_another_list_is_refused(service: Service, cursor: str) -> None:
    problem_of(service.get("/v1/audit", params={"cursor": cursor}), 422, "invalid-request")
