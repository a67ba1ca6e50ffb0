"""Every error has one shape, and every kind of error is answered as its table says."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from api.app import create_app
from api.errors import (
    AlreadyEnded,
    BodyTooLarge,
    BodyTooSlow,
    CatalogGone,
    Forbidden,
    InvalidRequest,
    IssuerUnreachable,
    NoRule,
    NotAcceptable,
    NoTariff,
    NothingToJudgeBy,
    NotReady,
    TookTooLong,
    TooManyRequests,
    UnsupportedMedia,
    WrongMethod,
)
from api.problems import PROBLEMS
from api.settings import Settings
from placement.domain.errors import (
    BadFleet,
    BadPolicies,
    Conflicting,
    Flaw,
    KeyReused,
    PlacementError,
    StoreOutdated,
    UnknownDecision,
)
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, served, serving
from tests.store.market import NOON, price, sweep

FLAW = Flaw("fleet.yaml", 3, 7, "workloads[0].name", "is missing")
WITH_FIELDS: tuple[tuple[PlacementError, dict[str, Any]], ...] = (
    (WrongMethod("PUT", ["GET"]), {"allowed": ["GET"]}),
    (Forbidden("admin", ["read"]), {"needed": "admin", "scopes": ["read"]}),
    (NoRule([["repository", "ref"]]), {"rules": [{"unmet": ["repository", "ref"]}]}),
    (
        TooManyRequests("decisions", 120, 60, 17),
        {"counted": "decisions", "most": 120, "window_s": 60, "retry_after_s": 17},
    ),
    (IssuerUnreachable("https://gitlab.com"), {"issuer": "https://gitlab.com"}),
    (NotAcceptable(["application/json"]), {"available": ["application/json"]}),
    (BodyTooSlow(30), {"timeout_s": 30}),
    (CatalogGone(1, 7), {"version": 1, "newest": 7}),
    (BodyTooLarge(1000), {"max_bytes": 1000}),
    (UnsupportedMedia("text/plain"), {"supported": ["application/json"]}),
    (
        InvalidRequest([{"detail": "is missing", "pointer": "#/a"}]),
        {"errors": [{"detail": "is missing", "pointer": "#/a"}]},
    ),
    (NothingToJudgeBy(), {}),
    (NoTariff("aws:a", "aws:b"), {"src": "aws:a", "dst": "aws:b"}),
    (NotReady(["no market"]), {"reasons": ["no market"]}),
    (TookTooLong(30), {"timeout_s": 30}),
    (
        BadFleet([FLAW]),
        {"errors": [{"line": 3, "column": 7, "source": FLAW.source, "key": FLAW.key, "detail": FLAW.reason}]},
    ),
    (BadPolicies([FLAW]), {}),
    (AlreadyEnded("d1", "decided"), {"decision": "d1", "state": "decided"}),
    (KeyReused("deploy"), {"key": "deploy"}),
    (Conflicting("policy", "gdpr", 3), {"kind": "policy", "name": "gdpr", "revision": 3}),
)
RAISED = {type(error): error for error, _ in WITH_FIELDS}


@pytest.fixture(scope="module")
def failing() -> Iterator[Service]:
    """A service with a path that fails as it is told."""
    app = create_app(Settings(database_url=SecretStr("sqlite:///:memory:"), worker=False))

    @app.get("/fail/{name}", include_in_schema=False)
    async def fail(name: str) -> None:
        kinds = {kind.__name__: kind for kind in (*PROBLEMS, UnknownDecision, StoreOutdated)}
        if name in kinds:
            kind = kinds[name]
            raise RAISED.get(kind) or kind("in so many words")
        raise ZeroDivisionError("secret words")

    with served(app) as service:
        yield service


@pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.__name__)
def test_each_kind_of_error_is_answered_as_the_table_says(kind: type[PlacementError], failing: Service) -> None:
    status, slug = PROBLEMS[kind]
    problem = problem_of(failing.get(f"/fail/{kind.__name__}"), status, slug)
    assert failing.answer(f"/problems/{slug}") == {key: problem[key] for key in ("type", "title", "status")}


@pytest.mark.parametrize(("error", "members"), WITH_FIELDS, ids=lambda part: type(part).__name__)
def test_what_an_error_knows_is_a_member(error: PlacementError, members: dict[str, Any], failing: Service) -> None:
    problem = failing.get(f"/fail/{type(error).__name__}").json()
    assert {key: problem[key] for key in members} == members
    assert problem["detail"] == str(error)


def test_a_kind_that_is_not_listed_is_answered_as_the_nearest_that_is(failing: Service) -> None:
    problem_of(failing.get("/fail/UnknownDecision"), 422, "bad-input")
    problem_of(failing.get("/fail/StoreOutdated"), 503, "database-unavailable")


@pytest.mark.parametrize("name", ["PlacementError", "StoreError", "StoreBusy", "ZeroDivisionError"])
def test_nothing_of_the_inside_is_told(name: str, failing: Service) -> None:
    answer = failing.get(f"/fail/{name}")
    assert answer.status_code >= 500
    assert "words" not in answer.text
    assert "Error" not in answer.text.replace(f"/fail/{name}", "")


def test_slugs_are_different_and_listed(failing: Service) -> None:
    slugs = [slug for _, slug in PROBLEMS.values()]
    assert len(set(slugs)) == len(slugs)
    assert [kind["type"] for kind in failing.answer("/problems")["problems"]] == [f"/problems/{s}" for s in slugs]
    problem_of(failing.get("/problems/none"), 404, "not-found")
    problem_of(failing.get(f"/problems/{'x' * 101}"), 422, "invalid-request")


@pytest.mark.parametrize("path", ["/v1", "/v1/quotes/", "/v2/quotes", "/docs", "/redoc", "/%00", "/v1/../etc"])
def test_where_nothing_is_a_problem_says_so(path: str, sample: Service) -> None:
    problem_of(sample.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/quotes", "POST"),
        ("HEAD", "/v1/quotes", "POST"),
        ("DELETE", "/v1/offerings", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
        ("BREW", "/readyz", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_known_is_told_which_are(method: str, path: str, allowed: str, sample: Service) -> None:
    answer = sample.ask(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_a_fault_is_answered_without_and_logged_with_what_happened(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def collections(_: Store) -> None:
        raise KeyError("secret")

    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url) as service, monkeypatch.context() as broken:
        broken.setattr(Store, "collections", collections)
        answer = service.get("/v1/collections", headers={"X-Request-Id": "fault-1"})
        assert "secret" not in answer.text
        problem_of(answer, 500, "internal")
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "fault-1" in line]
    assert "KeyError" in line
    assert "test_problems.py" in line
