"""What is sent in the place of a good token opens nothing, each attempt for a reason of its own."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.oidc import MOST_BYTES
from api.oidc_issuers import meets
from tests.api.issuing import JWKS, Issuer, by_hand, ec_key, issuing, jwk, pem, rsa_key
from tests.api.serving import AT_MOST_S, Service, problem_of, serving

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
AT = NOW.timestamp()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        # Its keys for encryption and by algorithms that are not set are no use; nor are those that are too short.
        weak = jwk("weak", rsa_key("weak", 1024))
        encrypting = jwk("encrypting", rsa_key("encrypting")) | {"use": "enc"}
        wrapping = jwk("wrapping", rsa_key("wrapping")) | {"key_ops": ["wrapKey"]}
        shared = {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"k" * 32).decode()}
        longer = jwk("p384", ec_key("p384", ec.SECP384R1)) | {"alg": "ES256"}
        good = [jwk(kid, key) for kid, key in running.keys.items()]
        running.jwks = {"keys": [*good, weak, encrypting, wrapping, shared, longer, "nonsense", {"kty": "RSA"}]}
        yield running


@pytest.fixture(scope="module")
def service(issuer: Issuer, sample_file: Path) -> Iterator[Service]:
    url = f"sqlite:///{sample_file}"
    with serving(url, lambda: NOW, oidc=issuer.setting(), guess_rate_limit="off") as running:
        yield running


def refused(service: Service, token: str, words: str = "") -> None:
    answer = service.get("/v1/regions", headers={"Authorization": f"Bearer {token}".encode("latin-1")})
    assert words in problem_of(answer, 401, "unauthenticated")["detail"]


def _changed(token: str, part: int, change: Callable[[bytes], bytes]) -> str:
    parts = token.split(".")
    raw = base64.urlsafe_b64decode(parts[part] + "==")
    parts[part] = base64.urlsafe_b64encode(change(raw)).decode().rstrip("=")
    return ".".join(parts)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", None, ["RS256"], {"a": 1}, 256])
def test_alg_none_is_not_believed(name: Any, service: Service, issuer: Issuer) -> None:
    refused(service, by_hand({"alg": name, "kid": "rsa"}, issuer.claims(AT)), "RS256 or ES256")


def test_alg_none_with_the_signature_of_another_token(service: Service, issuer: Issuer) -> None:
    signature = issuer.token(AT).rsplit(".", 1)[1]
    refused(service, by_hand({"alg": "none", "kid": "rsa"}, issuer.claims(AT)) + signature, "RS256 or ES256")


@pytest.mark.parametrize("algorithm", ["HS256", "hs256", "RS256"])
def test_the_public_key_is_not_a_shared_secret(algorithm: str, service: Service, issuer: Issuer) -> None:
    for secret in (pem(rsa_key("rsa")), pem(rsa_key("rsa")).strip(), json.dumps(issuer.jwks).encode(), b""):
        refused(service, by_hand({"alg": algorithm, "kid": "rsa"}, issuer.claims(AT), secret))


def test_a_shared_secret_that_is_published_is_no_key(service: Service, issuer: Issuer) -> None:
    refused(service, by_hand({"alg": "HS256", "kid": "shared"}, issuer.claims(AT), b"k" * 32))
    refused(service, by_hand({"alg": "RS256", "kid": "shared"}, issuer.claims(AT), b"k" * 32), "does not publish")


def test_a_key_is_for_its_own_algorithm_only(service: Service, issuer: Issuer) -> None:
    refused(service, issuer.token(AT, key=ec_key("ec"), kid="rsa"), "does not publish")
    refused(service, issuer.token(AT, key=rsa_key("rsa"), kid="ec"), "does not publish")
    header = {"alg": "PS256"}
    refused(service, _changed(issuer.token(AT), 0, lambda raw: json.dumps(json.loads(raw) | header).encode()))


@pytest.mark.parametrize("kid", ["encrypting", "wrapping"])
def test_keys_for_something_else_sign_nothing(kid: str, service: Service, issuer: Issuer) -> None:
    refused(service, issuer.token(AT, key=rsa_key(kid), kid=kid), "does not publish")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_short_keys_sign_nothing(service: Service, issuer: Issuer) -> None:
    refused(service, issuer.token(AT, key=rsa_key("weak", 1024), kid="weak"), "does not publish")


def test_a_curve_must_be_that_of_the_algorithm(service: Service, issuer: Issuer) -> None:
    signed = issuer.token(AT, key=ec_key("ec"), kid="p384")
    refused(service, signed)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "https://token.actions.githubusercontent.com"}, "issuer (iss)"),
        ({"iss": None}, "issuer (iss)"),
        ({"aud": "else"}, "placement"),
        ({"aud": "placement2"}, "audience"),
        ({"aud": ""}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": [["placement"]]}, "audience"),
        ({"aud": {"placement": 1}}, "audience"),
        ({"aud": 1}, "audience"),
        ({"exp": int(AT) - 60}, "expired (exp)"),
        ({"nbf": int(AT) + 60}, "not valid yet (nbf)"),
        ({"iat": int(AT) + 60}, "not valid yet (iat)"),
        ({"exp": None}, "lacks exp"),
        ({"iat": None}, "lacks iat"),
        ({"aud": None}, "lacks aud"),
        ({"sub": None}, "lacks sub"),
        ({"exp": float("inf")}, "exp must be a time"),
        ({"exp": float("nan")}, "exp must be a time"),
        ({"exp": "9999999999"}, "exp must be a time"),
        ({"exp": True}, "exp must be a time"),
        ({"exp": 10**300}, "exp must be a time"),
        ({"exp": 10**15}, "exp must be a time"),
        ({"exp": [9999999999]}, "exp must be a time"),
        ({"iat": -(10**20)}, "iat must be a time"),
        ({"nbf": "soon"}, "nbf must be a time"),
        ({"sub": ""}, "subject"),
        ({"sub": " "}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": {"a": "b"}}, "subject"),
        ({"sub": "a\nwho: key:admin"}, "control characters"),
        ({"sub": "a\x1b[2J"}, "control characters"),
        ({"sub": "a\u202eb"}, "control characters"),
        ({"sub": "a\ud800"}, "control characters"),
    ],
    ids=str,
)
def test_a_signed_token_with_such_claims(claims: dict[str, Any], words: str, service: Service, issuer: Issuer) -> None:
    refused(service, issuer.token(AT, **claims), words)


@pytest.mark.parametrize("url", [7, ["http://127.0.0.1"], {"a": "b"}, True])
def test_an_issuer_is_a_text(url: Any, service: Service, issuer: Issuer) -> None:
    refused(service, by_hand({"alg": "RS256", "kid": "rsa"}, issuer.claims(AT, iss=url)), "issuer (iss)")


def test_the_key_of_another_issuer_opens_nothing_here(issuer: Issuer, sample_file: Path) -> None:
    with issuing() as other:
        other.keys = {"other": rsa_key("other")}
        both = json.dumps([*json.loads(issuer.setting()), *json.loads(other.setting())])
        with serving(f"sqlite:///{sample_file}", lambda: NOW, oidc=both) as service:
            good = other.token(AT, "other")
            assert service.get("/v1/regions", headers={"Authorization": f"Bearer {good}"}).status_code == 200
            refused(service, other.token(AT, "other", iss=issuer.url), "does not publish")
            refused(service, other.token(AT, key=rsa_key("other"), kid="rsa", iss=issuer.url), "signature")


def test_another_key_under_a_known_name(service: Service, issuer: Issuer) -> None:
    refused(service, issuer.token(AT, key=rsa_key("mine"), kid="rsa"), "signature")


def test_changed_claims_and_signatures(service: Service, issuer: Issuer) -> None:
    token = issuer.token(AT, repository="evil/shop")
    refused(service, _changed(token, 1, lambda raw: raw.replace(b"evil/shop", b"acme/shop")), "signature")
    refused(service, _changed(issuer.token(AT), 2, lambda raw: bytes(len(raw))), "signature")
    refused(service, _changed(issuer.token(AT, "ec"), 2, lambda raw: bytes(len(raw))), "signature")
    refused(service, issuer.token(AT).rsplit(".", 1)[0] + ".", "signature")


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_addresses_in_the_token_are_not_asked(header: str, service: Service, issuer: Issuer) -> None:
    with issuing() as evil:
        evil.keys = {"rsa": rsa_key("mine")}
        headers = {header: f"{evil.url}{JWKS}"}
        refused(service, issuer.token(AT, key=rsa_key("mine"), kid="rsa", headers=headers), "signature")
        assert not evil.asked


def test_keys_in_the_token_are_not_used(service: Service, issuer: Issuer) -> None:
    mine = jwk("mine", rsa_key("mine"))
    for kid in ("mine", "rsa"):
        refused(service, issuer.token(AT, key=rsa_key("mine"), kid=kid, headers={"jwk": mine}))
    refused(service, issuer.token(AT, key=rsa_key("mine"), kid="rsa", headers={"x5c": ["MIIB"]}))


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1/jwks",
        "x' UNION SELECT 'key",
        "| id",
        "\x00",
        "rsa\x00",
        "RSA",
        "",
        "k" * 4000,
    ],
)
def test_a_kid_is_a_name_and_no_path_or_command(kid: str, service: Service, issuer: Issuer) -> None:
    asked = set(issuer.asked)
    refused(service, issuer.token(AT, key=rsa_key("rsa"), kid=kid), "(kid)")
    refused(service, by_hand({"alg": "RS256", "kid": kid}, issuer.claims(AT), b""), "(kid)")
    assert set(issuer.asked) <= asked | {JWKS, "/.well-known/openid-configuration"}


@pytest.mark.parametrize("kid", [None, 7, ["rsa"], {"rsa": 1}, True])
def test_a_kid_is_a_text(kid: Any, service: Service, issuer: Issuer) -> None:
    refused(service, by_hand({"alg": "RS256", "kid": kid}, issuer.claims(AT), b""))
    refused(service, by_hand({"alg": "RS256"}, issuer.claims(AT), b""), "(kid)")


def test_an_oversized_token_is_not_looked_at(service: Service, issuer: Issuer) -> None:
    token = issuer.token(AT, padding="x" * MOST_BYTES)
    refused(service, token, "too long")
    assert service.get(
        "/v1/regions", headers={"Authorization": f"Bearer {issuer.token(AT, padding='x' * 4000)}"}
    ).is_success


def test_critical_headers_that_are_not_understood(service: Service, issuer: Issuer) -> None:
    headers: tuple[dict[str, Any], ...] = (
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"b64": False},
    )
    for extra in headers:
        token = by_hand({"alg": "RS256", "kid": "rsa"} | extra, issuer.claims(AT), b"")
        refused(service, token, "cannot be read")


DEEP = base64.urlsafe_b64encode(b"[" * 4000).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "a.b.c",
        "e30.e30.e30",
        "e30.W10.",
        "bnVsbA.bnVsbA.",
        f"{DEEP}.e30.",
        f"e30.{DEEP}.",
        "\u00e9.\u00e9.\u00e9",
        "eyJhbGciOiJSUzI1NiJ9.!!!.x",
        "eyJhbGciOiJSUzI1NiJ9.e30=.x",
        "%00.%00.%00",
    ],
)
def test_what_only_looks_like_a_token(token: str, service: Service) -> None:
    refused(service, token)


def test_nested_claims_stay_what_they_are(service: Service, issuer: Issuer) -> None:
    nested: dict[str, Any] = {"repository": "acme/shop"}
    for _ in range(50):
        nested = {"repository": nested}
    headers = {"Authorization": f"Bearer {issuer.token(AT, **nested)}"}
    problem_of(service.get("/v1/regions", headers=headers), 403, "no-rule")


def test_unknown_kids_do_not_hammer_the_issuer(service: Service, issuer: Issuer) -> None:
    service.get("/v1/regions", headers={"Authorization": f"Bearer {issuer.token(AT)}"})
    before = issuer.asked[JWKS]
    for number in range(100):
        refused(service, issuer.token(AT, "ec", key=ec_key("ec"), headers={"kid": f"guess-{number}"}), "(kid)")
    assert issuer.asked[JWKS] - before <= 1


def test_a_glob_tries_no_more_than_it_must() -> None:
    began = time.monotonic()
    assert not meets("a" * 8000, "*a" * 40 + "*b")
    assert time.monotonic() - began < AT_MOST_S
