"""Answers are whole or refused, and no message holds a secret."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Surroundings
from providers.fetch import Fetcher, Reply, origin_of
from providers.limits import Limits
from providers.sdk_transport import session
from tests.api.serving import until
from tests.providers.wire.faults import (
    Answer,
    FaultProxy,
    Script,
    cut_off,
    drip,
    half_a_document,
    instead,
    redirect,
    silence,
    status,
)

QUICK = Limits(connect_s=5, silence_s=1, answer_s=2.5, tries=3, most_bytes=10_000, at_once=2)
PRICES = {"prices": list(range(100))}


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with Script().running() as script:
        script.json("/prices", json.dumps(PRICES))
        script.json("/prices?key=hunter2", json.dumps(PRICES))
        with FaultProxy(script.url).running() as made:
            yield made


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def fetch(proxy: FaultProxy, pauses: list[float]) -> Iterator[Fetcher]:
    with Fetcher("cloud", [proxy.url], Surroundings(), QUICK, sleep=pauses.append) as fetcher:
        yield fetcher


def test_a_document_is_read(fetch: Fetcher, proxy: FaultProxy) -> None:
    assert fetch.json(f"{proxy.url}/prices") == PRICES


@pytest.mark.parametrize("fault", [status(503), status(500), status(429), cut_off, silence, drip])
def test_what_may_pass_is_tried_again(fetch: Fetcher, proxy: FaultProxy, pauses: list[float], fault: object) -> None:
    proxy.misbehave(fault)  # type: ignore[arg-type]
    assert fetch.json(f"{proxy.url}/prices") == PRICES
    assert len(proxy.asked) == 2
    assert 0 < pauses[0] <= 0.5


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(503), "answers with status 503, 3 times in a row"),
        (cut_off, "breaks off: RemoteProtocolError, 3 times in a row"),
        (silence, "is silent: ReadTimeout, 3 times in a row"),
        (drip, "has not answered in whole after 2.5 s, 3 times in a row"),
    ],
)
def test_what_does_not_pass_ends_after_the_last_try(
    fetch: Fetcher, proxy: FaultProxy, fault: object, words: str
) -> None:
    proxy.misbehave(fault, times=9)  # type: ignore[arg-type]
    with pytest.raises(CollectionFailed) as failed:
        fetch.json(f"{proxy.url}/prices?key=hunter2")
    assert str(failed.value) == f"cloud: 127.0.0.1/prices: {words}"
    assert len(proxy.asked) == QUICK.tries


def test_pauses_grow(fetch: Fetcher, proxy: FaultProxy, pauses: list[float]) -> None:
    proxy.misbehave(status(503), times=2)
    fetch.json(f"{proxy.url}/prices")
    assert 0.125 <= pauses[0] <= 0.5
    assert 0.25 <= pauses[1] <= 1


def test_the_pause_is_at_least_what_the_server_asks_for(fetch: Fetcher, proxy: FaultProxy, pauses: list[float]) -> None:
    proxy.misbehave(status(429, retry_after="7"))
    proxy.misbehave(status(503, retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)))
    fetch.json(f"{proxy.url}/prices")
    assert 7 <= pauses[0] <= 7.5
    assert 10 <= pauses[1] <= 20.5


def test_a_server_that_asks_for_a_long_pause_is_given_up(fetch: Fetcher, proxy: FaultProxy) -> None:
    proxy.misbehave(status(429, retry_after="600"))
    with pytest.raises(CollectionFailed, match="asks for a pause of 600 s"):
        fetch.json(f"{proxy.url}/prices")


def test_an_answer_may_say_later_in_its_own_words(proxy: FaultProxy, pauses: list[float]) -> None:
    def asks_again(reply: Reply) -> bool:
        return reply.status == 403 and b"rateLimitExceeded" in reply.read()

    proxy.misbehave(instead(Answer(403, {}, b'{"reason": "rateLimitExceeded"}')))
    with Fetcher("c", [proxy.url], Surroundings(), QUICK, asks_again=asks_again, sleep=pauses.append) as fetcher:
        assert fetcher.json(f"{proxy.url}/prices") == PRICES


def test_a_final_no_is_not_asked_again(fetch: Fetcher, proxy: FaultProxy) -> None:
    with pytest.raises(CollectionFailed, match=r"127\.0\.0\.1/nothing: answers with status 404"):
        fetch.json(f"{proxy.url}/nothing")
    assert len(proxy.asked) == 1


def test_half_a_document_is_no_document(fetch: Fetcher, proxy: FaultProxy) -> None:
    proxy.misbehave(half_a_document)
    with pytest.raises(CollectionFailed, match="does not answer with JSON"):
        fetch.json(f"{proxy.url}/prices")


def test_a_redirect_is_not_followed(fetch: Fetcher, proxy: FaultProxy) -> None:
    proxy.misbehave(redirect("http://evil.example/steal?token=hunter2"))
    with pytest.raises(CollectionFailed) as failed:
        fetch.json(f"{proxy.url}/prices")
    assert str(failed.value) == "cloud: 127.0.0.1/prices: redirects to evil.example, which is not followed"


def test_only_named_origins_are_asked(fetch: Fetcher, proxy: FaultProxy) -> None:
    for address in ("http://127.0.0.1:1/prices", proxy.url.replace("http", "https"), "file:///etc/passwd"):
        with pytest.raises(CollectionFailed, match="not an address"):
            fetch.json(address)
    assert not proxy.asked


def test_a_port_that_is_the_usual_one_is_the_same_origin() -> None:
    assert origin_of("https://prices.azure.com:443/x") == origin_of("https://prices.azure.com")


def test_too_large_an_answer_is_refused(fetch: Fetcher, proxy: FaultProxy) -> None:
    proxy.misbehave(instead(Answer(200, {}, b"x" * 10_001)))
    with pytest.raises(CollectionFailed, match="answers with more than 10,000 bytes"):
        fetch.json(f"{proxy.url}/prices")


def test_a_large_document_comes_as_a_file(fetch: Fetcher, proxy: FaultProxy) -> None:
    proxy.misbehave(cut_off)
    with fetch.download(f"{proxy.url}/prices", most_bytes=1 << 20, answer_s=5) as file:
        assert json.load(file) == PRICES


def test_several_are_asked_at_once_and_answered_in_order(fetch: Fetcher, proxy: FaultProxy) -> None:
    found = list(fetch.each(lambda n: (n, fetch.json(f"{proxy.url}/prices") == PRICES), range(20)))
    assert found == [(n, True) for n in range(20)]


def test_the_first_failure_ends_all(fetch: Fetcher, proxy: FaultProxy) -> None:
    with pytest.raises(CollectionFailed, match="status 404"):
        list(fetch.each(lambda n: fetch.json(f"{proxy.url}/{'prices' if n else 'nothing'}"), range(1000)))
    assert len(proxy.asked) < 1000


def test_a_recording_is_replayed_without_the_server(tmp_path: Path, proxy: FaultProxy, pauses: list[float]) -> None:
    proxy.misbehave(status(429, retry_after="1"))
    secret = {"authorization": "Bearer hunter2"}
    with Fetcher("c", [proxy.url], Surroundings(record_into=tmp_path), QUICK, sleep=pauses.append) as fetcher:
        assert fetcher.json(f"{proxy.url}/prices", headers=secret) == PRICES
    asked = len(proxy.asked)
    with Fetcher("c", [proxy.url], Surroundings(replay_from=tmp_path), QUICK, sleep=pauses.append) as fetcher:
        assert fetcher.json(f"{proxy.url}/prices") == PRICES
        with pytest.raises(CollectionFailed, match="no answer number 3 to GET"):
            fetcher.json(f"{proxy.url}/prices")
    assert len(proxy.asked) == asked
    assert len(pauses) == 2
    assert not any(b"hunter2" in file.read_bytes() for file in tmp_path.rglob("*-*"))


def test_an_sdk_that_sends_by_requests_obeys_the_same_rules(fetch: Fetcher, proxy: FaultProxy) -> None:
    proxy.misbehave(status(503, retry_after="1"))
    with session(fetch) as requests:
        answer = requests.post(f"{proxy.url}/prices", json={"a": 1}, headers={"x-own": "yes"})
        assert answer.json() == PRICES
        assert (proxy.asked[-1].headers["x-own"], proxy.asked[-1].body) == ("yes", b'{"a": 1}')
        with pytest.raises(CollectionFailed, match="not an address that this source may ask"):
            requests.get("http://evil.example/", headers={"authorization": "Bearer hunter2"})
        proxy.misbehave(redirect("http://evil.example/"))
        with pytest.raises(CollectionFailed, match=r"redirects to evil\.example"):
            requests.get(f"{proxy.url}/prices")


def test_many_answers_leave_no_thread_behind(proxy: FaultProxy) -> None:
    before = threading.active_count()
    for _ in range(5):
        with Fetcher("c", [proxy.url], Surroundings(), replace(QUICK, at_once=4)) as fetcher:
            list(fetcher.each(lambda _: fetcher.json(f"{proxy.url}/prices"), range(8)))
    # The proxy's own threads see a little later that a connection has ended.
    until(lambda: threading.active_count() <= before + 8)
