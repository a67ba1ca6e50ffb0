"""Policies and fleets by name: saved, read, changed on conditions, removed; and used by decisions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.deciding import FLEET, Process, running
from tests.api.serving import Service, problem_of, serving

POLICIES = """
classes: {pii-eu: {sensitivity: restricted, categories: [pii], subjects: [EU]}}
policies:
- {name: gdpr, version: 3, when: {classification: [pii-eu]}, allow_only: {place: [EEA]}}
"""
YAML = {"Content-Type": "application/yaml"}


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    with serving(url) as started:
        yield started


def put(service: Service, name: str = "gdpr", text: str = POLICIES, **headers: str) -> Any:
    return service.ask("PUT", f"/v1/policies/{name}", content=text, headers=YAML | headers)


def test_policies_are_created_and_then_replaced(service: Service) -> None:
    first, second = put(service), put(service, text=POLICIES.replace("version: 3", "version: 4"))
    assert (first.status_code, second.status_code) == (201, 200)
    assert [answer.json()["revision"] for answer in (first, second)] == [1, 2]
    assert first.json()["digest"] != second.json()["digest"]


def test_the_same_again_is_no_revision(service: Service) -> None:
    put(service)
    assert put(service).json()["revision"] == 1


def test_what_was_put_is_read_and_earlier_revisions_stay(service: Service) -> None:
    put(service)
    put(service, text=POLICIES.replace("version: 3", "version: 4"))
    assert service.answer("/v1/policies/gdpr")["document"]["policies"][0]["version"] == 4
    assert service.answer("/v1/policies/gdpr", revision=1)["document"]["policies"][0]["version"] == 3


def test_the_list_says_what_each_file_defines(service: Service) -> None:
    put(service)
    put(service, name="other", text="classes: {c: {sensitivity: internal}}")
    heads = service.answer("/v1/policies")["policies"]
    assert [(head["name"], head["policies"], head["classes"]) for head in heads] == [
        ("gdpr", ["gdpr@3"], ["pii-eu"]),
        ("other", [], ["c"]),
    ]


def test_the_list_comes_page_by_page(service: Service) -> None:
    put(service)
    put(service, name="other", text="classes: {c: {sensitivity: internal}}")
    page = service.answer("/v1/policies", limit=1)
    rest = service.answer("/v1/policies", limit=1, cursor=page["next_cursor"])
    assert [head["name"] for head in page["policies"] + rest["policies"]] == ["gdpr", "other"]
    assert rest["next_cursor"] is None


def test_flaws_are_told_with_their_places_and_nothing_is_kept(service: Service) -> None:
    problem = problem_of(put(service, text="policies:\n- {name: gdpr, version: 1}\n"), 422, "bad-policies")
    assert {(fault["line"], fault["key"]) for fault in problem["errors"]} >= {(2, "policies[0]")}
    problem_of(service.get("/v1/policies/gdpr"), 404, "not-stored")


def test_a_change_on_the_condition_of_an_older_revision_is_refused(service: Service) -> None:
    tag = put(service).headers["etag"]
    changed = POLICIES.replace("version: 3", "version: 4")
    assert put(service, text=changed, **{"If-Match": tag}).status_code == 200
    problem_of(put(service, **{"If-Match": tag}), 412, "precondition-failed")
    problem_of(put(service, **{"If-None-Match": "*"}), 412, "precondition-failed")


def test_who_has_the_newest_revision_is_told_no_more(service: Service) -> None:
    tag = put(service).headers["etag"]
    assert service.get("/v1/policies/gdpr", headers={"If-None-Match": tag}).status_code == 304


def test_what_is_removed_is_gone_but_its_revisions_are_counted_on(service: Service) -> None:
    put(service)
    assert service.ask("DELETE", "/v1/policies/gdpr").status_code == 204
    problem_of(service.get("/v1/policies/gdpr"), 404, "not-stored")
    problem_of(service.ask("DELETE", "/v1/policies/gdpr"), 404, "not-stored")
    assert put(service).json()["revision"] == 3


@pytest.mark.parametrize("name", ["GDPR", "-gdpr", "a" * 64])
def test_a_name_that_is_none_is_refused(service: Service, name: str) -> None:
    problem_of(put(service, name=name), 422, "invalid-request")


def test_a_fleet_is_kept_under_its_own_name(service: Service) -> None:
    answer = service.ask("PUT", "/v1/fleets/shop", json=FLEET | {"policies": ["policies/gdpr.yaml"]})
    assert answer.status_code == 201
    assert "no policies are stored as 'gdpr'" in answer.json()["warnings"][0]
    assert service.answer("/v1/fleets/shop")["document"]["fleet"] == "shop"
    problem_of(service.ask("PUT", "/v1/fleets/other", json=FLEET), 422, "bad-fleet")
    problem_of(service.get("/v1/fleets/other"), 404, "not-stored")


def test_changes_are_in_the_audit_log(service: Service, store: Any) -> None:
    put(service)
    service.ask("DELETE", "/v1/policies/gdpr")
    assert [(entry.action, entry.subject) for entry in store.audit()] == [
        ("policies.delete", "gdpr"),
        ("policies.put", "gdpr"),
    ]


def test_a_decision_is_judged_by_the_stored_policies_that_its_fleet_names(sample_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "placement.db"
    file.write_bytes(sample_file.read_bytes())
    fleet = {
        "fleet": "shop",
        "policies": ["policies/gdpr.yaml"],
        "workloads": [
            {"name": "web", "resources": {"vcpus": 2, "memory_gib": 8}, "classification": ["pii-eu"]},
        ],
    }
    with running(f"sqlite:///{file}", "serve", "--port", "0") as process:
        assert process.ask("PUT", "/v1/policies/gdpr", content=POLICIES, headers=YAML).status_code == 201
        judged = _decided(process, fleet)
        assert judged["policies"]["applied"] == ["gdpr@3"]
        asked = [process.decide(fleet, key="deploy", allow_stale=True).json()["id"]]
        process.ask("DELETE", "/v1/policies/gdpr")
        asked.append(process.decide(fleet, key="deploy", allow_stale=True).json()["id"])
        assert asked[0] == asked[1], "a repeated request is the same decision, whatever has changed since"
        replayed = process.ask("POST", f"/v1/decisions/{judged['id']}/replay").json()
        assert replayed["holds"], "the policies of a decision are kept with it"


def _decided(process: Process, fleet: Any) -> Any:
    answer = process.decide(fleet, allow_stale=True)
    assert answer.status_code == 201, answer.text
    return answer.json()
