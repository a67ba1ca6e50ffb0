"""Who may ask: with keys or trusted issuers, whoever has a key or token for it; without any, this machine only."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api import loopback
from api.caller import Caller
from api.errors import Unauthenticated
from api.keyring import Keyring
from api.oidc import Oidc, looks_signed
from api.rates import Rates, address_of
from placement.domain.access import Scope as KeyScope

WHO = "placement.who"
"""Key of whoever asks in the ASGI scope: `key:ID`, `oidc:HOST:SUBJECT`, `certificate`, `admission`, or `local` without
keys."""
_OPEN = frozenset(("/healthz", "/readyz", "/openapi.json"))
"""For probes, and to learn what there is. Problem types are open too."""
_READING = frozenset(("GET", "HEAD", "OPTIONS"))
_ASKING = frozenset(("/v1/quotes", "/v1/policies/check"))
"""Paths that are asked with POST and change nothing."""
SCHEDULER = "/kubernetes/scheduler/"
"""Begins the paths that kube-scheduler asks, again and again for each pod.

It can send no header, and shows the address that it asks to everybody who may read a cluster's events, so that no
secret may be in there. What it can do is to prove itself by a certificate.
"""
ADMISSION = "/kubernetes/admission/"
"""Begins the paths that an API server asks before it keeps an object; it shows no key, and mostly no certificate."""
_LONGEST_KEY = 200
_FORM = "Authorization: Bearer KEY"


class Access:
    """Refuses what nobody may ask for, before a body is read."""

    def __init__(
        self,
        app: ASGIApp,
        keyring: Keyring,
        oidc: Oidc | None,
        rates: Rates,
        *,
        by_certificate: bool,
        admission: bool = False,
    ) -> None:
        self.app, self.keyring, self.oidc, self.rates = app, keyring, oidc, rates
        self.by_certificate = by_certificate
        """Only clients with a certificate get a connection."""
        self.admission = admission
        """Whoever reaches the service may ask what may be kept in a cluster."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthenticated, Forbidden, NoRule, TooManyRequests or LoopbackOnly.

        Where nobody can tell: StoreError of keys, IssuerUnreachable of tokens.
        """
        if scope["type"] == "http" and not is_open(scope["path"]):
            if self.by_certificate and scope["scheme"] == "https" and scope["path"].startswith(SCHEDULER):
                scope[WHO] = "certificate"
            elif self.admission and scope["path"].startswith(ADMISSION):
                scope[WHO] = "admission"
            elif self.oidc is not None or await self.keyring.is_used():
                await self._check(scope)
            else:
                loopback.check(scope)
                scope[WHO] = "local"
        await self.app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if not sent:
            raise Unauthenticated(f"this needs a key or token; send it as: {_FORM}")
        address = address_of(scope)
        try:
            caller = await self._caller(bearer(sent), address)
        except Unauthenticated:
            self.rates.count_guess(address)
            raise
        scope[WHO] = caller.who
        needed = needed_for(scope["method"], scope["path"])
        self.rates.count(caller.who, decides=needed is KeyScope.DECIDE and scope["method"] == "POST")
        caller.check(needed)

    async def _caller(self, token: str, address: str) -> Caller:
        if self.oidc is not None and looks_signed(token):
            return await self.oidc.caller(token)
        if len(token) > _LONGEST_KEY:
            raise Unauthenticated(f"a key has {_LONGEST_KEY} characters at most")
        if not self.keyring.knows(token):
            # Past the limit the store is not asked about more guesses. Who was known goes on to be answered, and so
            # does a signed token, which no guess can be: many may share an address.
            self.rates.check_guesses(address)
        key = await self.keyring.key_of(token)
        if key is None:
            raise Unauthenticated("the key is not known, has expired or was revoked")
        return Caller(f"key:{key.id}", key)


def is_open(path: str) -> bool:
    """Whether anybody may ask for this."""
    return path in _OPEN or path.startswith("/problems/")


def needed_for(method: str, path: str) -> KeyScope:
    """The scope that a request needs."""
    if path.startswith("/v1/audit"):
        return KeyScope.ADMIN
    if method in _READING or path in _ASKING or path.startswith(SCHEDULER):
        return KeyScope.READ
    if path.startswith("/v1/decisions"):
        return KeyScope.DECIDE
    if path.startswith("/v1/collections"):
        return KeyScope.COLLECT
    return KeyScope.ADMIN


def bearer(sent: list[bytes]) -> str:
    """The key or token in the Authorization headers of a request; raises Unauthenticated unless there is just one."""
    if len(sent) != 1:
        raise Unauthenticated("Authorization must be sent once")
    kind, _, token = sent[0].decode("latin-1").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer":
        raise Unauthenticated(f"keys are taken as bearer tokens only; send: {_FORM}")
    if not token or " " in token:
        raise Unauthenticated(f"there must be one key after Bearer; send: {_FORM}")
    return token
