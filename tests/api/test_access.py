"""With keys, whoever has one for it may ask; without any, this machine may."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.access import needed_for
from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.clock import Clock
from tests.api.serving import Service, problem_of, serving

HOUR = timedelta(hours=1)
BODY = {"resources": {"vcpus": 4, "memory_gib": 16}}


@pytest.fixture
def store(sample_copy: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{sample_copy}")
    yield opened
    opened.close()


@pytest.fixture
def token(store: Store, clock: Clock) -> str:
    return issue_key(store, "pipeline", (Scope.DECIDE,), clock.now + HOUR, clock.now, "cli:me")[1]


@pytest.fixture
def service(sample_copy: Path, token: str, clock: Clock) -> Iterator[Service]:
    with serving(f"sqlite:///{sample_copy}", clock) as running:
        yield running


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_key_opens_what_may_be_read(service: Service, token: str) -> None:
    assert service.get("/v1/regions", headers=bearing(token)).status_code == 200
    assert service.post("/v1/quotes", BODY, headers=bearing(token)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}, bearing("plc_guess")]
)
def test_without_a_key_that_is_known_nothing_opens(headers: dict[str, str], service: Service) -> None:
    answer = service.get("/v1/regions", headers=headers)
    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    problem_of(service.post("/v1/quotes", BODY, headers=headers), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([], "send it as: Authorization: Bearer KEY"),
        ([b""], "as bearer tokens only"),
        ([b"Basic bWU6cGFzcw=="], "as bearer tokens only"),
        ([b"plc_key"], "as bearer tokens only"),
        ([b"Bearer"], "one key after Bearer"),
        ([b"Bearer one two"], "one key after Bearer"),
        ([b"Bearer " + b"x" * 201], "200 characters at most"),
        ([b"Bearer \xe9\xff"], "is not known"),
        ([b"Bearer {good}", b"Bearer {good}"], "must be sent once"),
        ([b"Bearer {good}", b"Basic bWU6cGFzcw=="], "must be sent once"),
    ],
    ids=str,
)
def test_whatever_else_is_sent_is_refused_with_what_would_be_right(
    sent: list[bytes], words: str, service: Service, token: str
) -> None:
    headers = [(b"Authorization", value.replace(b"{good}", token.encode())) for value in sent]
    answer = service.get("/v1/regions", headers=headers)
    assert words in problem_of(answer, 401, "unauthenticated")["detail"]


def test_the_name_of_the_scheme_may_be_written_in_any_case(service: Service, token: str) -> None:
    assert service.get("/v1/regions", headers={"authorization": f"bEARER   {token}"}).status_code == 200


def test_probes_and_the_description_are_open_to_all(service: Service) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/problems/not-found"):
        assert service.get(path).status_code == 200
    problem_of(service.get("/metrics"), 401, "unauthenticated")


def test_with_keys_another_name_of_the_service_is_answered(service: Service, token: str) -> None:
    headers = bearing(token) | {"Host": "placement.example"}
    assert service.get("/v1/regions", headers=headers).status_code == 200


def test_a_key_for_something_else_is_told_what_it_lacks(service: Service, token: str) -> None:
    problem = problem_of(service.ask("DELETE", "/v1/regions", headers=bearing(token)), 403, "forbidden")
    assert (problem["needed"], problem["scopes"]) == ("admin", ["decide"])


def test_an_expired_key_opens_nothing_at_once(service: Service, token: str, clock: Clock) -> None:
    assert service.get("/v1/regions", headers=bearing(token)).status_code == 200
    clock.now += HOUR
    problem_of(service.get("/v1/regions", headers=bearing(token)), 401, "unauthenticated")


def test_a_revoked_key_opens_nothing_after_some_seconds(
    service: Service, token: str, clock: Clock, store: Store
) -> None:
    assert service.get("/v1/regions", headers=bearing(token)).status_code == 200
    (key,) = store.keys()
    store.revoke_key(key.id, clock.now, "cli:me")
    clock.now += timedelta(seconds=6)
    problem_of(service.get("/v1/regions", headers=bearing(token)), 401, "unauthenticated")


def test_the_first_key_closes_a_service_that_was_open(sample_copy: Path, store: Store, clock: Clock) -> None:
    with serving(f"sqlite:///{sample_copy}", clock) as service:
        assert service.get("/v1/regions").status_code == 200
        issue_key(store, "first", (Scope.READ,), None, clock.now, "cli:me")
        clock.now += timedelta(seconds=6)
        problem_of(service.get("/v1/regions"), 401, "unauthenticated")


def test_while_the_database_is_away_known_keys_go_on_to_open(
    service: Service, token: str, clock: Clock, sample_copy: Path
) -> None:
    assert service.get("/v1/regions", headers=bearing(token)).status_code == 200
    sample_copy.rename(sample_copy.with_suffix(".away"))
    clock.now += timedelta(seconds=6)
    assert service.get("/v1/regions", headers=bearing(token)).status_code == 200
    problem_of(service.get("/v1/regions", headers=bearing("plc_guess")), 503, "database-unavailable")
    sample_copy.with_suffix(".away").rename(sample_copy)
    problem_of(service.get("/v1/regions", headers=bearing("plc_guess")), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/policies", Scope.READ),
        ("POST", "/v1/quotes", Scope.READ),
        ("POST", "/v1/decisions", Scope.DECIDE),
        ("POST", "/v1/collections/aws", Scope.COLLECT),
        ("PUT", "/v1/policies/gdpr", Scope.ADMIN),
        ("POST", "/v1/elsewhere", Scope.ADMIN),
    ],
)
def test_what_changes_something_needs_a_scope_of_its_own(method: str, path: str, scope: Scope) -> None:
    assert needed_for(method, path) is scope


def test_the_log_says_whose_key_asked_and_not_which_secret(
    sample_copy: Path, token: str, store: Store, clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(f"sqlite:///{sample_copy}", clock) as service:
        service.get("/v1/regions", headers=bearing(token))
    shown = capfd.readouterr().err
    assert f'"who": "key:{store.keys()[0].id}"' in shown
    assert token not in shown
