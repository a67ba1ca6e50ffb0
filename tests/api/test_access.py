"""With keys, whoever has one for it may ask; without any, this machine may."""

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
def key(sample_store: Store, clock: Clock) -> str:
    return issue_key(sample_store, "pipeline", (Scope.DECIDE,), clock.now + HOUR, clock.now, "cli:me")[1]


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_key_opens_what_may_be_read(locked: Service, key: str) -> None:
    assert locked.get("/v1/regions", headers=bearing(key)).status_code == 200
    assert locked.post("/v1/quotes", BODY, headers=bearing(key)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}, bearing("plc_guess")]
)
def test_without_a_key_that_is_known_nothing_opens(headers: dict[str, str], locked: Service) -> None:
    answer = locked.get("/v1/regions", headers=headers)
    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    problem_of(locked.post("/v1/quotes", BODY, headers=headers), 401, "unauthenticated")


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
    sent: list[bytes], words: str, locked: Service, key: str
) -> None:
    headers = [(b"Authorization", value.replace(b"{good}", key.encode())) for value in sent]
    answer = locked.get("/v1/regions", headers=headers)
    assert words in problem_of(answer, 401, "unauthenticated")["detail"]


def test_the_name_of_the_scheme_may_be_written_in_any_case(locked: Service, key: str) -> None:
    assert locked.get("/v1/regions", headers={"authorization": f"bEARER   {key}"}).status_code == 200


def test_probes_and_the_description_are_open_to_all(locked: Service) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/problems/not-found"):
        assert locked.get(path).status_code == 200
    problem_of(locked.get("/metrics"), 401, "unauthenticated")


def test_with_keys_another_name_of_the_service_is_answered(locked: Service, key: str) -> None:
    headers = bearing(key) | {"Host": "placement.example"}
    assert locked.get("/v1/regions", headers=headers).status_code == 200


def test_a_key_for_something_else_is_told_what_it_lacks(locked: Service, key: str) -> None:
    problem = problem_of(locked.ask("DELETE", "/v1/regions", headers=bearing(key)), 403, "forbidden")
    assert (problem["needed"], problem["scopes"]) == ("admin", ["decide"])


def test_an_expired_key_opens_nothing_at_once(locked: Service, key: str, clock: Clock) -> None:
    assert locked.get("/v1/regions", headers=bearing(key)).status_code == 200
    clock.now += HOUR
    problem_of(locked.get("/v1/regions", headers=bearing(key)), 401, "unauthenticated")


def test_a_revoked_key_opens_nothing_after_some_seconds(
    locked: Service, key: str, clock: Clock, sample_store: Store
) -> None:
    assert locked.get("/v1/regions", headers=bearing(key)).status_code == 200
    (known,) = sample_store.keys()
    sample_store.revoke_key(known.id, clock.now, "cli:me")
    clock.now += timedelta(seconds=6)
    problem_of(locked.get("/v1/regions", headers=bearing(key)), 401, "unauthenticated")


def test_the_first_key_closes_a_service_that_was_open(sample_copy: Path, sample_store: Store, clock: Clock) -> None:
    with serving(f"sqlite:///{sample_copy}", clock) as service:
        assert service.get("/v1/regions").status_code == 200
        issue_key(sample_store, "first", (Scope.READ,), None, clock.now, "cli:me")
        clock.now += timedelta(seconds=6)
        problem_of(service.get("/v1/regions"), 401, "unauthenticated")


def test_while_the_database_is_away_known_keys_go_on_to_open(
    locked: Service, key: str, clock: Clock, sample_copy: Path
) -> None:
    assert locked.get("/v1/regions", headers=bearing(key)).status_code == 200
    sample_copy.rename(sample_copy.with_suffix(".away"))
    clock.now += timedelta(seconds=6)
    assert locked.get("/v1/regions", headers=bearing(key)).status_code == 200
    problem_of(locked.get("/v1/regions", headers=bearing("plc_guess")), 503, "database-unavailable")
    sample_copy.with_suffix(".away").rename(sample_copy)
    problem_of(locked.get("/v1/regions", headers=bearing("plc_guess")), 401, "unauthenticated")


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
    sample_copy: Path, key: str, sample_store: Store, clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(f"sqlite:///{sample_copy}", clock) as locked:
        locked.get("/v1/regions", headers=bearing(key))
    shown = capfd.readouterr().err
    assert f'"who": "key:{sample_store.keys()[0].id}"' in shown
    assert key not in shown
