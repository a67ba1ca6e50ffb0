"""An issuer's keys are fetched seldom, followed when they change, and kept for a while when the issuer is away."""

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from api import oidc_fetch
from api.oidc_keys import LIFETIME, LONGEST, PAUSE
from tests.api.certificates import certificate
from tests.api.clock import Clock
from tests.api.deaf import deaf
from tests.api.issuing import DESCRIPTION, JWKS, Issuer, Respond, ec_key, issuing, respond, rsa_key, slowly
from tests.api.serving import AT_MOST_S, Service, problem_of, serving, until

MOMENT = timedelta(seconds=1)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture
def service(issuer: Issuer, clock: Clock, sample_file: Path) -> Iterator[Service]:
    with serving(f"sqlite:///{sample_file}", clock, oidc=issuer.setting()) as running:
        yield running


def status(service: Service, issuer: Issuer, clock: Clock, kid: str = "rsa", **options: Any) -> int:
    token = issuer.token(clock.now.timestamp(), kid, **options)
    return service.get("/v1/regions", headers={"Authorization": f"Bearer {token}"}).status_code


def unreachable(service: Service, issuer: Issuer, clock: Clock) -> dict[str, Any]:
    token = issuer.token(clock.now.timestamp())
    answer = service.get("/v1/regions", headers={"Authorization": f"Bearer {token}"})
    problem: dict[str, Any] = problem_of(answer, 503, "issuer-unreachable")
    assert int(answer.headers["retry-after"]) > 0
    return problem


@contextmanager
def keeping_all_waiting(issuer: Issuer) -> Iterator[None]:
    """Inside, whoever waits for the issuer waits for longer than a client of the service does."""
    over = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        over.wait(2 * AT_MOST_S)

    issuer.instead = wait
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oidc_fetch, "AT_MOST_S", 2 * AT_MOST_S)
        try:
            yield
        finally:
            over.set()


def failing(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 500)


def test_keys_are_fetched_once_and_kept(service: Service, issuer: Issuer, clock: Clock) -> None:
    for _ in range(5):
        assert status(service, issuer, clock) == 200
        assert status(service, issuer, clock, "ec") == 200
    assert issuer.asked == {DESCRIPTION: 1, JWKS: 1}


def test_requests_that_come_together_share_one_fetch(service: Service, issuer: Issuer, clock: Clock) -> None:
    def after_a_while(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        respond(handler, 200, json.dumps(issuer.documents()[handler.path]).encode())

    issuer.instead = after_a_while
    assert service.document
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: status(service, issuer, clock), range(8))) == {200}
    assert issuer.asked == {DESCRIPTION: 1, JWKS: 1}


def test_a_new_key_is_found_at_its_first_use(service: Service, issuer: Issuer, clock: Clock) -> None:
    assert status(service, issuer, clock) == 200
    issuer.keys["next"] = ec_key("next")
    clock.now += PAUSE
    assert status(service, issuer, clock, "next") == 200
    assert issuer.asked[JWKS] == 2


def test_a_key_that_nobody_publishes_is_asked_for_once_in_a_while(
    service: Service, issuer: Issuer, clock: Clock
) -> None:
    assert status(service, issuer, clock) == 200
    for _ in range(3):
        clock.now += PAUSE
        for number in range(10):
            assert status(service, issuer, clock, f"guess-{number}", key=rsa_key("rsa")) == 401
    assert issuer.asked[JWKS] == 4


def test_a_key_that_is_withdrawn_ends(service: Service, issuer: Issuer, clock: Clock) -> None:
    assert status(service, issuer, clock) == 200
    del issuer.keys["rsa"]
    clock.now += LIFETIME
    until(lambda: status(service, issuer, clock, key=rsa_key("rsa")) == 401)
    assert status(service, issuer, clock, "ec") == 200


def test_the_last_keys_hold_while_the_issuer_is_away_and_not_for_ever(
    service: Service, issuer: Issuer, clock: Clock
) -> None:
    assert status(service, issuer, clock) == 200
    issuer.instead = failing
    clock.now += LONGEST - MOMENT
    assert status(service, issuer, clock) == 200
    until(lambda: issuer.asked[DESCRIPTION] == 2)
    clock.now += MOMENT
    until(lambda: _is_unreachable(service, issuer, clock))
    clock.now += PAUSE
    issuer.instead = None
    assert status(service, issuer, clock) == 200


def _is_unreachable(service: Service, issuer: Issuer, clock: Clock) -> bool:
    return status(service, issuer, clock) == 503


def test_a_slow_issuer_delays_nobody_whose_key_is_known(service: Service, issuer: Issuer, clock: Clock) -> None:
    assert status(service, issuer, clock) == 200
    with keeping_all_waiting(issuer):
        clock.now += LIFETIME
        for _ in range(10):
            assert status(service, issuer, clock) == 200
        until(lambda: issuer.asked[DESCRIPTION] == 2)


def test_an_unknown_key_is_not_refused_while_the_issuer_is_away(service: Service, issuer: Issuer, clock: Clock) -> None:
    assert status(service, issuer, clock) == 200
    issuer.keys["next"] = ec_key("next")
    issuer.instead = failing
    clock.now += PAUSE
    assert status(service, issuer, clock, "next") == 503


def test_an_issuer_is_asked_again_after_a_pause(service: Service, issuer: Issuer, clock: Clock) -> None:
    issuer.instead = failing
    for _ in range(5):
        assert unreachable(service, issuer, clock)["issuer"] == issuer.url
    assert issuer.asked == {DESCRIPTION: 1}
    issuer.instead = None
    clock.now += PAUSE
    assert status(service, issuer, clock) == 200


def _huge(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(200):
            handler.wfile.write(b" " * 100_000)
    except OSError:
        pass


def _packed(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 200, b"\x1f\x8b\x08\x00", Content_Encoding="gzip")


def _cut(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 200, b"{", Content_Length="1000")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (failing, "answered 500"),
        (lambda handler: respond(handler, 404), "answered 404"),
        (lambda handler: respond(handler, 204), "answered 204"),
        (lambda handler: respond(handler, 302, Location="http://127.0.0.1:1/jwks"), "redirects"),
        (lambda handler: respond(handler, 200, b"<html>"), "JSON"),
        (lambda handler: respond(handler, 200, b"[" * 100_000), "JSON"),
        (lambda handler: respond(handler, 200, b"\xff\xfe"), "JSON"),
        (lambda handler: respond(handler, 200, b"7"), "another issuer's"),
        (slowly, "within 0.3 s"),
        (_huge, "262,144 bytes"),
        (_packed, "encoding"),
        (_cut, "cannot be reached"),
    ],
    ids=["500", "404", "204", "redirect", "html", "deep", "bytes", "number", "slow", "huge", "packed", "cut"],
)
def test_an_issuer_without_a_good_answer_is_unreachable_and_the_log_says_why(
    instead: Respond,
    reason: str,
    issuer: Issuer,
    clock: Clock,
    sample_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if instead is slowly:
        monkeypatch.setattr(oidc_fetch, "AT_MOST_S", 0.3)
    issuer.instead = instead
    with serving(f"sqlite:///{sample_file}", clock, oidc=issuer.setting()) as service:
        problem = unreachable(service, issuer, clock)
    assert reason not in problem["detail"]
    (line,) = [line for line in capfd.readouterr().err.splitlines() if '"event": "issuer"' in line]
    assert reason in json.loads(line)["reason"]


def test_nobody_at_the_address_is_unreachable(clock: Clock, sample_file: Path) -> None:
    with issuing() as gone:
        pass
    with serving(f"sqlite:///{sample_file}", clock, oidc=gone.setting()) as service:
        unreachable(service, gone, clock)


def test_an_issuer_must_prove_itself_by_a_certificate_that_is_trusted(
    clock: Clock, sample_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = certificate(tmp_path, "authority")
    mine = certificate(tmp_path, "issuer", authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine.certificate_file, mine.key_file)
    with issuing(context) as issuer, serving(f"sqlite:///{sample_file}", clock, oidc=issuer.setting()) as service:
        unreachable(service, issuer, clock)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_file))
        clock.now += PAUSE
        assert status(service, issuer, clock) == 200


def test_a_proxy_is_not_asked_for_this_machine(
    service: Service, issuer: Issuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert status(service, issuer, clock) == 200


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://token.actions.githubusercontent.com"},
        {"jwks_uri": None},
        {"jwks_uri": "http://192.0.2.1/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": ["http://127.0.0.1/jwks"]},
        {"jwks_uri": "http://127.0.0.1:port/"},
    ],
    ids=str,
)
def test_a_description_that_cannot_be_followed(
    described: dict[str, Any], issuer: Issuer, clock: Clock, sample_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    issuer.described |= described
    with serving(f"sqlite:///{sample_file}", clock, oidc=issuer.setting()) as service:
        unreachable(service, issuer, clock)
    assert "its openid-configuration" in capfd.readouterr().err


def test_a_description_from_elsewhere_does_not_point_at_this_machine(
    clock: Clock, sample_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = certificate(tmp_path, "issuer")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine.certificate_file, mine.key_file)
    monkeypatch.setenv("SSL_CERT_FILE", str(mine.certificate_file))
    with (
        issuing() as here,
        issuing(context) as elsewhere,
        serving(f"sqlite:///{sample_file}", clock, oidc=elsewhere.setting()) as service,
    ):
        elsewhere.described["jwks_uri"] = f"{here.url}{JWKS}"
        unreachable(service, elsewhere, clock)
        assert elsewhere.asked == {DESCRIPTION: 1}
        assert not here.asked


@pytest.mark.parametrize(
    "published",
    [
        {"keys": []},
        {"keys": "all"},
        {"nothing": 1},
        {"keys": [{"kty": "oct", "kid": "rsa", "k": "AAAA"}]},
        {"keys": [{"kty": "RSA", "kid": "rsa", "n": 7, "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB", "key_ops": 7}]},
        {"keys": [{"kty": "EC", "kid": "rsa", "crv": "P-256", "x": "AQAB", "y": "AQAB"}]},
        {"keys": [{"kty": ["RSA"], "kid": {"rsa": 1}}]},
    ],
    ids=str,
)
def test_an_issuer_that_publishes_nothing_of_use(
    published: dict[str, Any], service: Service, issuer: Issuer, clock: Clock
) -> None:
    issuer.jwks = published
    unreachable(service, issuer, clock)


def test_the_address_of_the_keys_may_be_set(issuer: Issuer, clock: Clock, sample_file: Path) -> None:
    setting = issuer.setting(jwks_url=f"{issuer.url}{JWKS}")
    with serving(f"sqlite:///{sample_file}", clock, oidc=setting) as service:
        assert status(service, issuer, clock) == 200
    assert issuer.asked == {JWKS: 1}


def test_probes_are_answered_while_an_issuer_is_waited_for(service: Service, issuer: Issuer, clock: Clock) -> None:
    assert service.document
    with ThreadPoolExecutor(1) as elsewhere, keeping_all_waiting(issuer):
        waiting = elsewhere.submit(status, service, issuer, clock)
        until(lambda: bool(issuer.asked))
        assert service.get("/readyz").status_code == 200
        assert not waiting.done()


def test_an_issuer_that_never_shakes_hands_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        with deaf() as peer:
            asking = asyncio.create_task(oidc_fetch.document_at(peer.url))
            await peer.called()
            with pytest.raises(oidc_fetch.Unfetched, match="did not answer within 2 s"):
                await asking
            await peer.left()

    monkeypatch.setattr(oidc_fetch, "AT_MOST_S", 2.0)
    asyncio.run(ask())
