"""Who asks too often waits; nobody else does."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from limits import parse

from api.rate_counters import Counters
from api.rates import Rates, address_of
from api.settings import BadSettings, Settings, from_environment
from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.clock import Clock
from tests.api.issuing import issuing
from tests.api.serving import Service, problem_of, serving

SECOND = timedelta(seconds=1)


@pytest.fixture
def tokens(sample_copy: Path, clock: Clock) -> list[str]:
    """Two keys."""
    store = Store.open(f"sqlite:///{sample_copy}")
    try:
        return [issue_key(store, name, (Scope.DECIDE,), None, clock.now, "cli:me")[1] for name in "ab"]
    finally:
        store.close()


@pytest.fixture
def start(sample_copy: Path, tokens: list[str], clock: Clock) -> Iterator[Any]:
    """Starts the service with settings; it has keys."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(serving(f"sqlite:///{sample_copy}", clock, **settings))


def ask(service: Service, token: str | None, method: str = "GET", path: str = "/v1/regions") -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return service.ask(method, path, headers=headers)


def test_a_caller_who_asks_too_often_is_told_when_to_ask_again(start: Any, tokens: list[str], clock: Clock) -> None:
    service = start(rate_limit="3/minute")
    for _ in range(3):
        assert ask(service, tokens[0]).status_code == 200
        clock.now += SECOND
    answer = ask(service, tokens[0])
    problem = problem_of(answer, 429, "too-many-requests")
    assert answer.headers["retry-after"] == "57"
    assert answer.headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert answer.headers["ratelimit"] == '"requests";r=0;t=57'
    assert (problem["counted"], problem["most"], problem["window_s"]) == ("requests", 3, 60)
    clock.now += timedelta(seconds=57)
    assert ask(service, tokens[0]).status_code == 200


def test_each_key_is_counted_by_itself(start: Any, tokens: list[str]) -> None:
    service = start(rate_limit="1/minute")
    assert [ask(service, token).status_code for token in [*tokens, *tokens]] == [200, 200, 429, 429]


def test_deciding_is_limited_more_strictly(start: Any, tokens: list[str]) -> None:
    service = start(decide_rate_limit="2/minute", rate_limit="off")
    asked = [ask(service, tokens[0], "POST", "/v1/decisions") for _ in range(3)]
    assert [answer.status_code == 429 for answer in asked] == [False, False, True]
    assert problem_of(asked[2], 429, "too-many-requests")["counted"] == "decisions"
    assert asked[2].headers["retry-after"] == "60"
    assert ask(service, tokens[0]).status_code == 200
    assert ask(service, tokens[0], "DELETE", "/v1/decisions/some").status_code != 429
    assert ask(service, tokens[1], "POST", "/v1/decisions").status_code != 429


def test_a_decision_counts_as_a_request_too_and_each_only_once(start: Any, tokens: list[str]) -> None:
    service = start(decide_rate_limit="4/minute", rate_limit="4/minute")
    asked = [("GET", "/v1/regions"), ("POST", "/v1/decisions"), ("POST", "/v1/decisions"), ("POST", "/v1/decisions")]
    assert 429 not in [ask(service, tokens[0], *one).status_code for one in asked]
    answer = ask(service, tokens[0], "POST", "/v1/decisions")
    assert problem_of(answer, 429, "too-many-requests")["counted"] == "requests"


def test_each_subject_of_an_issuer_is_counted_by_itself(start: Any, clock: Clock) -> None:
    with issuing() as issuer:
        service = start(rate_limit="1/minute", oidc=issuer.setting())
        at = clock.now.timestamp()
        asked = [ask(service, issuer.token(at, sub=name)).status_code for name in ("a", "b", "a")]
    assert asked == [200, 200, 429]


def test_this_machine_is_not_limited_where_there_are_no_keys(sample_file: Path) -> None:
    with serving(f"sqlite:///{sample_file}", rate_limit="1/minute", guess_rate_limit="1/minute") as service:
        assert {service.get("/v1/regions").status_code for _ in range(5)} == {200}


def test_probes_are_not_limited(start: Any, tokens: list[str]) -> None:
    service = start(rate_limit="1/minute", guess_rate_limit="1/minute")
    assert {ask(service, token, path="/readyz").status_code for token in ("plc_guess", tokens[0], None) * 3} == {200}


@pytest.mark.parametrize("guess", ["plc_guess", "a.b.c", "x" * 500, "two words"])
def test_guesses_are_limited_by_address(guess: str, start: Any) -> None:
    service = start(guess_rate_limit="3/minute")
    asked = [ask(service, guess) for _ in range(5)]
    assert [answer.status_code for answer in asked] == [401, 401, 401, 429, 429]
    assert problem_of(asked[4], 429, "too-many-requests")["counted"] == "guesses"


def test_past_the_limit_the_store_is_not_asked_about_guesses(
    start: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    service = start(guess_rate_limit="3/minute")
    looked_up: list[str] = []
    find = Store.key_with_secret

    def found(store: Store, digest: str) -> Any:
        looked_up.append(digest)
        return find(store, digest)

    monkeypatch.setattr(Store, "key_with_secret", found)
    for number in range(20):
        ask(service, f"plc_guess{number}")
    assert len(looked_up) == 3
    clock.now += timedelta(minutes=1)
    assert ask(service, "plc_guess").status_code == 401


def test_whoever_was_known_is_answered_beside_one_who_guesses(start: Any, tokens: list[str], clock: Clock) -> None:
    with issuing() as issuer:
        service = start(guess_rate_limit="3/minute", oidc=issuer.setting())
        assert ask(service, tokens[0]).status_code == 200
        for _ in range(4):
            ask(service, "plc_guess")
        clock.now += timedelta(seconds=10)
        assert ask(service, tokens[0]).status_code == 200
        assert ask(service, issuer.token(clock.now.timestamp())).status_code == 200
        assert ask(service, tokens[1]).status_code == 429
        clock.now += timedelta(minutes=1)
        assert ask(service, tokens[1]).status_code == 200


def test_a_request_without_a_key_is_no_guess(start: Any) -> None:
    service = start(guess_rate_limit="1/minute")
    assert {ask(service, None).status_code for _ in range(5)} == {401}


def test_off_is_no_limit(start: Any, tokens: list[str]) -> None:
    service = start(rate_limit="off", decide_rate_limit="OFF", guess_rate_limit="off")
    assert {ask(service, "plc_guess").status_code for _ in range(100)} == {401}
    assert {ask(service, tokens[0], "POST", "/v1/decisions").status_code for _ in range(200)}.isdisjoint({429})


@pytest.mark.parametrize("variable", ["RATE_LIMIT", "DECIDE_RATE_LIMIT", "GUESS_RATE_LIMIT"])
@pytest.mark.parametrize(
    "value", ["many", "0/minute", "-1/minute", "5/fortnight", "5/0 minutes", "1/minute;9/hour", "1.5/minute", "5"]
)
def test_a_limit_that_is_none_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PLACEMENT_{variable}", value)
    with pytest.raises(BadSettings, match=rf"^PLACEMENT_{variable}: must be a number .* 120/minute"):
        from_environment()


@pytest.mark.parametrize(
    ("text", "most", "window_s"),
    [("120/minute", 120, 60), ("10 per 5 seconds", 10, 5), ("7/2 Hours", 7, 7200), ("1/day", 1, 86_400)],
)
def test_limits_are_read(text: str, most: int, window_s: int) -> None:
    limit = Settings(rate_limit=text).rate_limit  # type: ignore[arg-type]
    assert limit is not None
    assert (limit.amount, limit.get_expiry()) == (most, window_s)


def test_counters_take_no_more_room_than_they_may(clock: Clock) -> None:
    counters = Counters(clock, most=100)
    for number in range(1000):
        counters.incr(f"who-{number}", 60)
    assert counters.reset() == 100


def test_windows_that_have_ended_make_room_first(clock: Clock) -> None:
    counters = Counters(clock, most=3)
    for name in "abc":
        counters.incr(name, 60)
    clock.now += timedelta(seconds=61)
    assert counters.get("a") == 0
    counters.incr("d", 60)
    assert counters.reset() == 1


def test_a_clock_that_goes_back_locks_nobody_out(clock: Clock) -> None:
    counters = Counters(clock)
    counters.incr("a", 60, 5)
    clock.now -= timedelta(days=1)
    assert counters.incr("a", 60) == 1


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.7", 1234), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (None, "local"),
        (("", 0), "local"),
        (("testclient", 1), "testclient"),
    ],
)
def test_one_network_of_ipv6_counts_as_one(client: Any, address: str) -> None:
    assert address_of({"type": "http", "client": client}) == address


def test_counting_takes_microseconds(clock: Clock) -> None:
    rates = Rates(parse("1000000/minute"), parse("1000000/minute"), parse("60/minute"), clock)
    began = time.perf_counter()
    for number in range(20_000):
        rates.count(f"key:{number % 500}", decides=False)
    assert (time.perf_counter() - began) / 20_000 < 100e-6
