"""Stored policies, asked before anything is placed: for a fleet, and for one instance of a class."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placement.cli.main import run
from tests.api.serving import Service, problem_of, serving
from tests.api.test_named import POLICIES, put

FLEET: dict[str, Any] = {
    "fleet": "shop",
    "policies": ["policies/gdpr.yaml"],
    "workloads": [{"name": "web", "resources": {"vcpus": 2, "memory_gib": 8}, "classification": ["pii-eu"]}],
}


@pytest.fixture
def service(sample_copy: Path) -> Iterator[Service]:
    with serving(f"sqlite:///{sample_copy}") as started:
        yield started


def test_the_report_is_that_of_the_command_line(
    service: Service, sample_copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(service)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gdpr.yaml").write_text(POLICIES)
    (tmp_path / "fleet.json").write_text(json.dumps(FLEET))
    words = ["policy", "check", str(tmp_path / "fleet.json"), "--as-of", "2026-11-01", "--json"]
    assert run([*words, "--database", f"sqlite:///{sample_copy}"]) == 0
    asked = service.post("/v1/policies/check?as_of=2026-11-01", FLEET)
    assert asked.json() == json.loads(capsys.readouterr().out)
    (web,) = asked.json()["subjects"]
    assert 0 < len(web["regions"]) < asked.json()["regions"]


def test_a_fleet_that_may_lie_nowhere_is_told_why(service: Service) -> None:
    put(service, text=POLICIES.replace("allow_only: {place: [EEA]}", "allow_only: {place: [AQ]}"))
    (web,) = service.post("/v1/policies/check", FLEET).json()["subjects"]
    assert web["regions"] == []
    assert "gdpr" in web["conflict"][0]


def test_without_policies_there_is_nothing_to_check(service: Service) -> None:
    problem = problem_of(service.post("/v1/policies/check", FLEET), 422, "bad-fleet")
    assert "no policies are stored as 'gdpr'" in problem["detail"]
    problem = problem_of(service.post("/v1/policies/check", FLEET | {"policies": []}), 422, "bad-fleet")
    assert "names no policies" in problem["detail"]


def test_a_quote_for_a_class_is_from_where_the_policies_admit_it(service: Service) -> None:
    put(service)
    regions = service.post("/v1/policies/check", FLEET).json()["subjects"][0]["regions"]
    lawful = service.quote(classification="pii-eu", top=1000)["offerings"]
    anywhere = service.quote(top=1000)["offerings"]
    assert lawful == [each for each in anywhere if f"{each['provider']}:{each['region']}" in regions]
    assert 0 < len(lawful) < len(anywhere)
    ranked = service.quote(classification=["pii-eu"], top=1000, risk_adjusted=True)["offerings"]
    assert sorted(map(str, ranked)) == sorted(map(str, lawful))


def test_a_class_that_no_policies_define_is_refused(service: Service) -> None:
    put(service)
    body = {"resources": {"vcpus": 2, "memory_gib": 8}, "classification": ["pii-eu", "pii-uk"]}
    problem = problem_of(service.post("/v1/quotes", body), 422, "invalid-request")
    assert [fault["pointer"] for fault in problem["errors"]] == ["#/classification/1"]
    assert "did you mean" in problem["errors"][0]["detail"]


def test_policies_that_do_not_read_together_judge_nothing(service: Service) -> None:
    put(service)
    put(service, name="other", text=POLICIES)
    body = {"resources": {"vcpus": 2, "memory_gib": 8}, "classification": ["pii-eu"]}
    problem_of(service.post("/v1/quotes", body), 422, "bad-policies")
