import json
from typing import Any

import pytest

from api.routers.quotes import MOST_BYTES
from placement.cli.main import run
from placement.store.repository import Store
from tests.api.clock import Clock
from tests.api.serving import Service, problem_of, serving, until
from tests.store.market import API, HOUR, NOON, SPOT, observed, price, sweep

RESOURCES = {"vcpus": 4, "memory_gib": 16}
ASKED = ("quote", "--vcpus", "4", "--memory-gib", "16", "--json")

SAME: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    ((), {}),
    (("--spot",), {"capacity": {"types": ["spot"]}}),
    (("--spot", "--risk-adjusted", "--top", "100"), {"capacity": {"types": "spot"}, "risk_adjusted": True, "top": 100}),
    (("--in", "EU", "--top", "1000"), {"places": ["EU"], "top": 1000}),
    (("--in", "JP", "--in", "gcp:europe-*"), {"places": {"allow": ["JP", "gcp:europe-*"]}}),
    (("--in", "DE"), {"places": "DE"}),
    (("--arch", "arm64"), {"resources": RESOURCES | {"architecture": "arm64"}}),
    (("--arch", "arm64", "--arch", "x86_64"), {"resources": RESOURCES | {"architecture": ["arm64", "x86_64"]}}),
    (("--gpu-model", "t4"), {"resources": RESOURCES | {"gpus": {"count": 1, "model": ["t4"]}}}),
    (("--burstable", "--top", "50"), {"resources": RESOURCES | {"burstable": True}, "top": 50}),
    (("--vcpus", "4000"), {"resources": RESOURCES | {"vcpus": 4000}}),
)


@pytest.mark.parametrize(("options", "body"), SAME, ids=lambda part: " ".join(part) if isinstance(part, tuple) else "")
def test_the_quote_is_that_of_the_command_line(
    options: tuple[str, ...],
    body: dict[str, Any],
    sample: Service,
    sample_file: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*ASKED, *options, "--database", f"sqlite:///{sample_file}"]) == 0
    assert sample.quote(**body) == json.loads(capsys.readouterr().out)


def test_denied_places_are_left_out(sample: Service) -> None:
    everywhere = {o["provider"] for o in sample.quote(top=1000)["offerings"]}
    without = sample.quote(top=1000, places={"deny": ["aws", "EU"]})["offerings"]
    assert {o["provider"] for o in without} == everywhere - {"aws"} - {"onprem"}
    assert all(o["region"] != "europe-west1" for o in without)


def test_many_place_words_change_nothing_but_the_thread(sample: Service) -> None:
    few, many = ["DE"], ["DE", *(f"aws:no-such-{number}-*" for number in range(20))]
    assert sample.quote(places=many) == sample.quote(places=few)


def test_a_capacity_type_named_twice_gives_no_offering_twice(sample: Service) -> None:
    once = sample.quote(capacity={"types": ["spot"]}, top=20)
    assert sample.quote(capacity={"types": ["spot", "spot"]}, top=20) == once


def test_prices_that_are_too_old_come_only_when_asked_for(url: str, store: Store) -> None:
    fresh = observed(NOON, [price(0.2, SPOT)])
    old = observed(NOON - 2 * HOUR, [price(0.1, SPOT, zone="a")])
    store.save_sweep(sweep(*fresh, *old, kind=API), NOON)
    asked = {"resources": {"vcpus": 1, "memory_gib": 1}, "capacity": {"types": ["spot"]}}
    with serving(url, clock=lambda: NOON) as service:
        assert [o["usd_per_hour"] for o in service.quote(**asked)["offerings"]] == [0.2]
        stale = service.quote(**asked, allow_stale=True)["offerings"]
        assert [(o["usd_per_hour"], o["observed_at"]) for o in stale] == [
            (0.1, "2026-11-01T10:00:00Z"),
            (0.2, "2026-11-01T12:00:00Z"),
        ]


def test_prices_grow_old_while_the_service_runs(
    url: str, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.market._JUDGED_EVERY_S", 0.1)
    store.save_sweep(sweep(price(0.2, SPOT, observed_at=NOON), kind=API), NOON)
    asked = {"resources": {"vcpus": 1, "memory_gib": 1}, "capacity": {"types": ["spot"]}}
    clock.now = NOON + HOUR / 2
    with serving(url, clock) as service:
        assert len(service.quote(**asked)["offerings"]) == 1
        clock.now = NOON + 1.5 * HOUR
        until(lambda: not service.quote(**asked)["offerings"])
        assert len(service.quote(**asked, allow_stale=True)["offerings"]) == 1


def test_a_classification_is_refused_as_long_as_there_are_no_policies(sample: Service) -> None:
    answer = sample.post("/v1/quotes", {"resources": RESOURCES, "classification": ["pii-eu"]})
    problem = problem_of(answer, 422, "no-policies")
    assert "stores none" in problem["detail"]
    assert problem["errors"][0]["pointer"] == "#/classification"
    assert sample.quote(classification=[]) == sample.quote()


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/resources": "is missing"}),
        ({"resources": {}}, {"#/resources/vcpus": "is missing", "#/resources/memory_gib": "is missing"}),
        ({"resources": RESOURCES | {"vcpus": 0}}, {"#/resources/vcpus": "greater than 0"}),
        ({"resources": RESOURCES | {"vcpus": "4"}}, {"#/resources/vcpus": "valid number"}),
        ({"resources": RESOURCES | {"burstable": "no"}}, {"#/resources/burstable": "valid boolean"}),
        ({"resources": RESOURCES | {"architecture": ["x86_64", "amd64"]}}, {"#/resources/architecture/1": "x86_64"}),
        ({"resources": RESOURCES | {"architecture": "amd64"}}, {"#/resources/architecture": "x86_64"}),
        ({"resources": RESOURCES | {"gpus": {"count": 0}}}, {"#/resources/gpus/count": "greater than or equal to 1"}),
        ({"resources": RESOURCES, "top": 0}, {"#/top": "greater than or equal to 1"}),
        ({"resources": RESOURCES, "top": 1001}, {"#/top": "1000"}),
        ({"resources": RESOURCES, "Top": 5}, {"#/Top": "is not known here"}),
        ({"resources": RESOURCES, "a/b~c": 5}, {"#/a~1b~0c": "is not known here"}),
        ({"resources": RESOURCES, "capacity": {"types": ["free"]}}, {"#/capacity/types/0": "spot"}),
        ({"resources": RESOURCES, "places": {"allow": ["DE", ""]}}, {"#/places/allow/1": "at least 1"}),
        ({"resources": RESOURCES, "places": ["DE", 5]}, {"#/places/1": "valid string"}),
        ({"resources": RESOURCES, "places": 5}, {"#/places": "must be an object"}),
        ({"resources": RESOURCES, "places": ["DE"] * 101}, {"#/places": "must have at most 100"}),
        ([], {"#": "must be an object"}),
        ({"resources": RESOURCES, "capacity": {"types": []}}, {"#/capacity/types": "must name one at least"}),
    ],
)
def test_what_is_wrong_is_pointed_at(body: Any, pointers: dict[str, str], sample: Service) -> None:
    problem = problem_of(sample.post("/v1/quotes", body), 422, "invalid-request")
    assert {error["pointer"] for error in problem["errors"]} == set(pointers)
    for error in problem["errors"]:
        assert pointers[error["pointer"]] in error["detail"]


def test_words_that_mean_no_place_are_all_pointed_at(sample: Service) -> None:
    body = {"resources": RESOURCES, "places": {"allow": ["Atlantis", "DE"], "deny": ["aws:eu-centrl-1"]}}
    problem = problem_of(sample.post("/v1/quotes", body), 422, "invalid-request")
    assert [error["pointer"] for error in problem["errors"]] == ["#/places/allow/0", "#/places/deny/0"]
    assert "did you mean 'aws:eu-central-1'?" in problem["errors"][1]["detail"]


def test_a_body_larger_than_any_quote_needs_is_not_read(sample: Service) -> None:
    body = {"resources": RESOURCES, "places": ["x" * MOST_BYTES]}
    assert problem_of(sample.post("/v1/quotes", body), 413, "body-too-large")["max_bytes"] == MOST_BYTES
