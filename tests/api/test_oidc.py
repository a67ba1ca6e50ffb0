"""Pipelines are known by tokens that their issuer signed for this service, and may do what the rules say."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.issuing import AUDIENCE, CLAIMS, SUBJECT, Issuer, issuing
from tests.api.serving import Service, problem_of, serving

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
AT = NOW.timestamp()
READING = {"claims": {"repository": "acme/*"}, "scopes": ["read"]}
DECIDING = {"claims": CLAIMS, "scopes": ["decide"]}
MANY = {"claims": {"actor_id": 7, "trusted": True, "repository": "*/shop"}, "scopes": ["collect", "admin"]}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture(scope="module")
def service(issuer: Issuer, sample_file: Path) -> Iterator[Service]:
    with serving(f"sqlite:///{sample_file}", lambda: NOW, oidc=issuer.setting(READING, DECIDING, MANY)) as running:
        yield running


def _requests(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the log says of requests under /v1."""
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    return [line for line in lines if line.get("path", "").startswith("/v1/")]


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("kid", ["rsa", "ec"])
def test_a_token_of_a_trusted_issuer_opens_what_may_be_read(kid: str, service: Service, issuer: Issuer) -> None:
    assert service.get("/v1/regions", headers=bearing(issuer.token(AT, kid))).status_code == 200


def test_issuers_close_a_service_that_has_no_keys(service: Service) -> None:
    problem_of(service.get("/v1/regions"), 401, "unauthenticated")
    problem_of(service.get("/v1/regions", headers=bearing("plc_guess")), 401, "unauthenticated")


def test_a_service_with_issuers_is_reached_by_any_name(service: Service, issuer: Issuer) -> None:
    headers = bearing(issuer.token(AT)) | {"Host": "placement.example"}
    assert service.get("/v1/regions", headers=headers).status_code == 200


@pytest.mark.parametrize("audience", [AUDIENCE, ["other", AUDIENCE]])
def test_an_audience_is_one_or_in_a_list(audience: Any, service: Service, issuer: Issuer) -> None:
    assert service.get("/v1/regions", headers=bearing(issuer.token(AT, aud=audience))).status_code == 200


def test_all_rules_that_are_met_count(service: Service, issuer: Issuer) -> None:
    token = issuer.token(AT, actor_id=7, trusted=True)
    # Nothing is there; but whoever may not do everything is told so first.
    problem_of(service.ask("PUT", "/v1/nothing", headers=bearing(token)), 404, "not-found")
    problem = problem_of(service.ask("PUT", "/v1/nothing", headers=bearing(issuer.token(AT))), 403, "forbidden")
    assert (problem["needed"], problem["scopes"]) == ("admin", ["read", "decide"])


@pytest.mark.parametrize(
    ("claims", "unmet"),
    [
        ({"repository": "evil/shop"}, [["repository"], ["repository"], ["actor_id", "trusted"]]),
        ({"repository": None}, [["repository"], ["repository"], ["actor_id", "trusted", "repository"]]),
        ({"repository": ["acme/shop"], "trusted": 1}, None),
        ({"repository": {"acme/shop": "acme/shop"}, "actor_id": "7"}, None),
        ({"repository": "ACME/shop"}, None),
        ({"repository": " acme/shop"}, None),
        ({"repository": "acme"}, None),
    ],
)
def test_a_token_that_meets_no_rule_is_told_which_claims_fail(
    claims: dict[str, Any], unmet: list[list[str]] | None, service: Service, issuer: Issuer
) -> None:
    problem = problem_of(service.get("/v1/regions", headers=bearing(issuer.token(AT, **claims))), 403, "no-rule")
    assert unmet is None or [rule["unmet"] for rule in problem["rules"]] == unmet
    assert "acme" not in json.dumps(problem)


def test_a_claim_of_another_kind_is_another_claim(service: Service, issuer: Issuer) -> None:
    token = issuer.token(AT, actor_id=7, trusted=1)
    problem_of(service.ask("PUT", "/v1/nothing", headers=bearing(token)), 403, "forbidden")


def test_keys_of_the_store_open_beside_tokens(sample_file: Path, tmp_path: Path, issuer: Issuer) -> None:
    url = f"sqlite:///{shutil.copy(sample_file, tmp_path / 'placement.db')}"
    store = Store.open(url)
    _, token = issue_key(store, "mine", (Scope.READ,), None, NOW, "cli:me")
    store.close()
    with serving(url, lambda: NOW, oidc=issuer.setting()) as service:
        assert service.get("/v1/regions", headers=bearing(token)).status_code == 200
        assert service.get("/v1/regions", headers=bearing(issuer.token(AT))).status_code == 200
    with serving(url, lambda: NOW) as service:
        problem_of(service.get("/v1/regions", headers=bearing(issuer.token(AT))), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("ahead", "good"),
    [
        (timedelta(seconds=300 + 29), True),
        (timedelta(seconds=300 + 31), False),
        (timedelta(seconds=-29), True),
        (timedelta(seconds=-31), False),
    ],
)
def test_clocks_may_differ_by_half_a_minute(ahead: timedelta, good: bool, service: Service, issuer: Issuer) -> None:
    issued = int((NOW - ahead).timestamp()) if ahead > timedelta(0) else int(AT) - ahead.total_seconds()
    answer = service.get("/v1/regions", headers=bearing(issuer.token(issued)))
    assert answer.status_code == (200 if good else 401), answer.text


def test_the_log_names_issuer_and_subject(issuer: Issuer, sample_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(f"sqlite:///{sample_file}", lambda: NOW, oidc=issuer.setting()) as service:
        service.get("/v1/regions", headers=bearing(issuer.token(AT)))
        service.get("/v1/regions", headers=bearing(issuer.token(AT, repository="evil/shop")))
        service.ask("PUT", "/v1/nothing", headers=bearing(issuer.token(AT)))
    asked = _requests(capfd)
    host = issuer.url.removeprefix("http://")
    assert [(line["status"], line["who"]) for line in asked] == [
        (status, f"oidc:{host}:{SUBJECT}") for status in (200, 403, 403)
    ]
    assert [line["level"] for line in asked] == ["info", "warning", "warning"]
    assert "repository" in asked[1]["reason"]
    assert asked[1]["address"] == "127.0.0.1"


def test_a_long_subject_is_cut_and_stays_one_of_a_kind(
    issuer: Issuer, sample_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(f"sqlite:///{sample_file}", lambda: NOW, oidc=issuer.setting()) as service:
        for end in "ab":
            service.get("/v1/regions", headers=bearing(issuer.token(AT, sub="s" * 2000 + end)))
    names = {line["who"] for line in _requests(capfd)}
    assert len(names) == 2
    assert {len(name) for name in names} == {200}


def test_the_description_tells_of_both(service: Service) -> None:
    assert "OIDC" in service.document["components"]["securitySchemes"]["key"]["description"]
    for path, operations in service.document["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1/"):
                assert "`too-many-requests`" in operation["responses"]["429"]["description"]
                assert "`no-rule`" in operation["responses"]["403"]["description"]
                assert "`issuer-unreachable`" in operation["responses"]["503"]["description"]
