"""Whatever lies between a client and its service, it is asked again within bounds, or there is one clear error."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from placement.client import Client, FleetRequest, Patience
from placement.domain.errors import (
    Conflicting,
    NotTheService,
    PlacementError,
    ServiceBusy,
    ServiceError,
    UnknownDecision,
)
from placement.domain.errors import ServiceUnreachable as Unreachable
from tests.api.deciding import Process
from tests.api.serving import listener
from tests.client.asking import FLEET, GDPR, Pauses, client_of
from tests.providers.wire.faults import (
    Answer,
    Asked,
    Fault,
    FaultProxy,
    cut_off,
    drip,
    half_a_document,
    instead,
    redirect,
    silence,
    status,
)

QUICK = Patience(connect_s=2, silence_s=0.3, answer_s=0.3, tries=2)
JSON = {"content-type": "application/json"}


def problem(code: int, slug: str) -> Fault:
    """A problem document of the service."""
    document = {"type": f"/problems/{slug}", "title": slug, "status": code, "detail": f"{slug} in detail"}
    return instead(Answer(code, {"content-type": "application/problem+json"}, json.dumps(document).encode()))


def posted(asked: Asked) -> bool:
    return asked.method == "POST"


def refused(client: Client, kind: type[PlacementError]) -> str:
    """The message of a question that must fail so."""
    with client, pytest.raises(kind) as error:
        client.market.catalog()
    assert type(error.value) is kind
    return str(error.value)


@pytest.mark.parametrize("fault", [status(503, retry_after="3"), status(502), status(504), status(408), cut_off])
def test_what_may_pass_is_asked_again(fault: Fault, proxy: FaultProxy) -> None:
    pauses = Pauses()
    proxy.misbehave(fault)
    with client_of(proxy.url, pauses=pauses) as client:
        assert client.market.catalog()["offerings"] > 0
    assert [asked.path for asked in proxy.asked] == ["/v1/catalog"] * 2
    assert len(pauses) == 1


def test_it_is_waited_for_as_long_as_the_service_says(proxy: FaultProxy) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    for said in ("7", soon):
        proxy.misbehave(status(429, retry_after=said))
    pauses = Pauses()
    with client_of(proxy.url, pauses=pauses) as client:
        client.market.catalog()
    assert 7 <= pauses[0] <= 8
    assert 10 <= pauses[1] <= 21


def test_a_pause_that_nobody_waits_for_is_told(proxy: FaultProxy) -> None:
    proxy.misbehave(status(429, retry_after="3600"))
    pauses = Pauses()
    assert "wants to be asked again in 3,600 s" in refused(client_of(proxy.url, pauses=pauses), ServiceBusy)
    assert (len(proxy.asked), pauses) == (1, [])


@pytest.mark.parametrize(("fault", "kind"), [(status(503), ServiceError), (status(429), ServiceBusy)])
def test_after_some_tries_it_is_given_up(fault: Fault, kind: type[PlacementError], proxy: FaultProxy) -> None:
    proxy.misbehave(fault, times=100)
    message = refused(client_of(proxy.url), kind)
    assert f"{proxy.url}/v1/catalog" in message
    assert len(proxy.asked) == Patience().tries


def test_a_request_for_a_decision_is_the_same_however_often_it_is_sent(proxy: FaultProxy, client: Client) -> None:
    proxy.misbehave(cut_off, times=2, only=posted)
    proxy.misbehave(status(503), only=posted)
    with client_of(proxy.url) as asking:
        decision = asking.decisions.decide(FleetRequest(FLEET.replace("shop", "thrice")))
    assert [line["id"] for line in client.decisions.ledger("thrice")] == [decision["id"]]
    keys = {asked.headers["idempotency-key"] for asked in proxy.asked if posted(asked)}
    assert len(keys) == 1


def test_two_requests_have_two_keys() -> None:
    assert FleetRequest(FLEET).idempotency_key != FleetRequest(FLEET).idempotency_key


def test_what_may_not_be_done_twice_is_not_sent_again(proxy: FaultProxy, client: Client) -> None:
    proxy.misbehave(cut_off)
    with client_of(proxy.url) as asking, pytest.raises(Unreachable, match="look before asking again"):
        asking.policies.put("once", GDPR, only_new=True)
    assert len(proxy.asked) == 1
    assert client.policies.get("once").document["revision"] == 1
    with pytest.raises(Conflicting):
        client.policies.put("once", GDPR, only_new=True)


@pytest.mark.parametrize("fault", [status(502), status(503)])
def test_a_proxy_that_gives_up_may_have_passed_it_on(fault: Fault, proxy: FaultProxy, client: Client) -> None:
    proxy.misbehave(fault)
    name = f"passed-on-{id(fault)}"
    with client_of(proxy.url) as asking, pytest.raises(ServiceError, match="look before asking again"):
        asking.policies.put(name, GDPR, only_new=True)
    assert len(proxy.asked) == 1
    assert client.policies.get(name).document["name"] == name


@pytest.mark.parametrize("fault", [problem(503, "database-busy"), problem(429, "too-many-requests"), status(429)])
def test_what_the_service_did_not_begin_is_sent_again_whatever_it_is(fault: Fault, proxy: FaultProxy) -> None:
    proxy.misbehave(fault)
    with client_of(proxy.url) as asking, pytest.raises(UnknownDecision):
        asking.decisions.cancel("no-such-decision")
    assert [asked.method for asked in proxy.asked] == ["DELETE"] * 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(200), "text/html instead of JSON"),
        (status(404), "a page of its own"),
        (status(400), "a page of its own"),
        (half_a_document, "JSON that is broken"),
        (instead(Answer(200, JSON, b"")), "JSON that is broken"),
        (instead(Answer(200, JSON, b"\xff\xfe")), "JSON that is broken"),
        (instead(Answer(200, JSON, b'"\xff"')), "JSON that is broken"),
        (instead(Answer(200, JSON, b"[]")), "got `array`"),
        (instead(Answer(200, JSON, b'{"offerings": 1}')), "missing required field"),
        (instead(Answer(200, JSON, b"{}")), "missing required field"),
        (instead(Answer(200, JSON, b"[" * 100_000)), "broken"),
        (instead(Answer(200, JSON | {"content-encoding": "gzip"}, b"{}")), "encoding that is broken"),
        (instead(Answer(200, {}, b"{}")), "something without a type"),
        (instead(Answer(500, {"content-type": "application/problem+json"}, b"{")), "JSON that is broken"),
    ],
)
def test_what_is_no_service_is_told_from_one(fault: Fault, words: str, proxy: FaultProxy) -> None:
    proxy.misbehave(fault)
    message = refused(client_of(proxy.url), NotTheService)
    assert words in message
    assert f"GET {proxy.url}/v1/catalog" in message
    assert "no placement service" in message
    assert len(proxy.asked) == 1


def test_a_member_of_a_later_release_is_kept(proxy: FaultProxy, client: Client) -> None:
    later = dict(client.market.catalog()) | {"weather": "fine"}
    proxy.misbehave(instead(Answer(200, JSON, json.dumps(later).encode())))
    with client_of(proxy.url) as asking:
        assert asking.market.catalog() == later


@pytest.mark.parametrize(
    ("fault", "words"), [(silence, "was silent for 0.3 s"), (drip, "was not there in whole after 0.3 s")]
)
def test_what_takes_too_long_is_given_up(fault: Fault, words: str, proxy: FaultProxy) -> None:
    proxy.misbehave(fault, times=2)
    assert words in refused(client_of(proxy.url, QUICK), Unreachable)
    assert len(proxy.asked) == 2


def test_an_answer_without_end_is_not_read(proxy: FaultProxy) -> None:
    message = refused(client_of(proxy.url, replace(Patience(), most_bytes=1000)), NotTheService)
    assert "more than 1,000 bytes" in message


def test_where_nobody_listens_the_system_says_so() -> None:
    with listener() as bound:
        port = bound.getsockname()[1]
    message = refused(client_of(f"http://127.0.0.1:{port}"), Unreachable)
    assert f"http://127.0.0.1:{port}/v1/catalog cannot be reached: Connection refused" in message
    assert "placement serve" in message


def test_a_name_that_nobody_has_is_no_traceback() -> None:
    assert "nowhere.invalid" in refused(client_of("http://nowhere.invalid"), Unreachable)


def test_a_service_that_took_too_long_is_not_asked_again(proxy: FaultProxy) -> None:
    proxy.misbehave(problem(504, "timeout"))
    assert "timeout in detail" in refused(client_of(proxy.url), ServiceError)
    assert len(proxy.asked) == 1


def test_this_machine_is_asked_past_every_proxy(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultProxy(process.url).running() as between:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, between.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with client_of(process.url) as client:
            assert client.market.catalog()["offerings"] > 0
    assert between.asked == []


@pytest.mark.parametrize(
    "location", ["http://192.0.2.1:8080/v1/catalog", "//192.0.2.1:8080/", "https://192.0.2.1:8080"]
)
def test_a_redirect_is_not_followed_but_told(location: str, proxy: FaultProxy) -> None:
    proxy.misbehave(redirect(location))
    message = refused(client_of(proxy.url, key="plc_s3cret"), NotTheService)
    assert "//192.0.2.1:8080, which is not followed" in message
    assert "plc_s3cret" not in message


def test_a_redirect_carries_the_key_to_nobody(proxy: FaultProxy, process: Process) -> None:
    with FaultProxy(process.url).running() as other:
        proxy.misbehave(redirect(f"{other.url}/v1/catalog"), times=10)
        refused(client_of(proxy.url, key="plc_s3cret"), NotTheService)
        assert other.asked == []
    assert proxy.asked[0].headers["authorization"] == "Bearer plc_s3cret"
