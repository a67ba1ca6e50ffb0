"""An issuer of tokens on a free loopback port: it signs what it is told, and answers as it is told."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.loopback import LoopbackServer

AUDIENCE = "placement"
DESCRIPTION = "/.well-known/openid-configuration"
JWKS = "/jwks"
SUBJECT = "repo:acme/shop:ref:refs/heads/main"
CLAIMS = {"repository": "acme/shop", "ref": "refs/heads/main"}
RULE = {"claims": CLAIMS, "scopes": ["decide"]}

Respond = Callable[[BaseHTTPRequestHandler], None]


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key by any name, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(name: str, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    """A key by any name, made once."""
    return ec.generate_private_key(curve())


class Issuer:
    """What it publishes may be changed while it runs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: dict[str, Any] = {"rsa": rsa_key("rsa"), "ec": ec_key("ec")}
        self.asked: Counter[str] = Counter()
        self.instead: Respond | None = None
        """Answers for it."""
        self.described: dict[str, Any] = {"issuer": url, "jwks_uri": url + JWKS}
        self.jwks: dict[str, Any] | None = None
        """None: of its keys."""

    def token(self, at: float, kid: str = "rsa", *, key: Any = None, headers: Any = None, **claims: Any) -> str:
        """Signed by the key of that name, or another; a claim that is None is left out."""
        key = key or self.keys[kid]
        algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(self.claims(at, **claims), key, algorithm, headers={"kid": kid} | (headers or {}))

    def claims(self, at: float, **others: Any) -> dict[str, Any]:
        """Those of a good token at this time."""
        good = {"iss": self.url, "aud": AUDIENCE, "sub": SUBJECT, "iat": int(at), "nbf": int(at), "exp": int(at) + 300}
        return {name: value for name, value in (good | CLAIMS | others).items() if value is not None}

    def setting(self, *rules: Any, **others: Any) -> str:
        """What the service is set with to trust it."""
        return json.dumps([{"issuer": self.url, "audience": AUDIENCE, "rules": list(rules or (RULE,))} | others])

    def documents(self) -> dict[str, Any]:
        return {DESCRIPTION: self.described, JWKS: self.jwks or {"keys": [jwk(k, key) for k, key in self.keys.items()]}}


@contextmanager
def issuing(tls: ssl.SSLContext | None = None) -> Iterator[Issuer]:
    """A running issuer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked[self.path] += 1
            if issuer.instead is not None:
                issuer.instead(self)
            elif (document := issuer.documents().get(self.path)) is None:
                respond(self, 404)
            else:
                respond(self, 200, json.dumps(document).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = LoopbackServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    issuer = Issuer(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def respond(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def slowly(handler: BaseHTTPRequestHandler) -> None:
    """Begins to answer, and does not end."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(20):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


def jwk(kid: str, key: Any) -> dict[str, Any]:
    """The public half, as it is published."""
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    public: dict[str, Any] = kind.to_jwk(key.public_key(), as_dict=True)
    return public | {"kid": kid, "use": "sig", "alg": algorithm}


def by_hand(header: dict[str, Any], claims: Any, secret: bytes | None = None) -> str:
    """A token that no library would make: without a signature, or by HMAC with any secret."""
    signed = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = b"" if secret is None else _base64(hmac.new(secret, signed, hashlib.sha256).digest())
    return (signed + b"." + signature).decode()


def pem(key: rsa.RSAPrivateKey) -> bytes:
    """The public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
