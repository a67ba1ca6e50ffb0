"""Who may ask: with keys or trusted issuers, whoever has a key or token for it; without any, this machine only."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api import loopback
from api.callers import Callers
from api.dashboard import session
from api.dashboard.addresses import is_asking, is_collecting, is_deciding, is_open_page, is_page
from api.errors import Unauthenticated
from api.rates import Rates, address_of
from placement.domain.access import Scope as KeyScope

WHO = "placement.who"
"""Key of whoever asks in the ASGI scope: `key:ID`, `oidc:HOST:SUBJECT`, `certificate`, `admission`, or `local` without
keys."""
KEY = "placement.key"
"""Key of the caller's ApiKey in the ASGI scope; not there where none is needed."""
LOCAL = "local"
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
_AUTHORIZATION = b"authorization"
_FORM = "Authorization: Bearer KEY"


class Access:
    """Refuses what nobody may ask for, before a body is read."""

    def __init__(
        self,
        app: ASGIApp,
        callers: Callers,
        rates: Rates,
        *,
        by_certificate: bool,
        admission: bool = False,
    ) -> None:
        self.app, self.callers, self.rates = app, callers, rates
        self.by_certificate = by_certificate
        """Only clients with a certificate get a connection."""
        self.admission = admission
        """Whoever reaches the service may ask what may be kept in a cluster."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthenticated, Forbidden, NoRule, TooManyRequests, LoopbackOnly or ForeignForm.

        Where nobody can tell: StoreError of keys, IssuerUnreachable of tokens.
        """
        if scope["type"] == "http":
            if scope["method"] not in _READING and is_page(scope["path"]):
                session.check_origin(scope)
            if not is_open(scope["path"]):
                await self._admit(scope)
        await self.app(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        if self.by_certificate and scope["scheme"] == "https" and scope["path"].startswith(SCHEDULER):
            scope[WHO] = "certificate"
        elif self.admission and scope["path"].startswith(ADMISSION):
            scope[WHO] = "admission"
        elif await self.callers.are_asked():
            await self._check(scope)
        else:
            loopback.check(scope)
            scope[WHO] = LOCAL

    async def _check(self, scope: Scope) -> None:
        address = address_of(scope)
        try:
            token = _shown(scope)
        except Unauthenticated:
            if _is_sent(scope):
                self.rates.count_guess(address)
            raise
        caller = await self.callers.of(token, address)
        scope[WHO], scope[KEY] = caller.who, caller.key
        needed = needed_for(scope["method"], scope["path"])
        self.rates.count(caller.who, decides=needed is KeyScope.DECIDE and scope["method"] == "POST")
        caller.check(needed)


def _shown(scope: Scope) -> str:
    """The key or token of the request; a browser's own only where no other site gains by it."""
    if _is_sent(scope):
        return bearer([value for name, value in scope["headers"] if name == _AUTHORIZATION])
    key = session.key_of(scope)
    if key is not None and (scope["method"] in _READING or is_page(scope["path"])):
        return key
    raise Unauthenticated(f"this needs a key or token; send it as: {_FORM}")


def _is_sent(scope: Scope) -> bool:
    return any(name == _AUTHORIZATION for name, _ in scope["headers"])


def is_open(path: str) -> bool:
    """Whether anybody may ask for this."""
    return path in _OPEN or path.startswith("/problems/") or is_open_page(path)


def needed_for(method: str, path: str) -> KeyScope:
    """The scope that a request needs."""
    if path.startswith("/v1/audit"):
        return KeyScope.ADMIN
    page = is_page(path)
    if method in _READING or path in _ASKING or path.startswith(SCHEDULER) or (page and is_asking(path)):
        return KeyScope.READ
    if path.startswith("/v1/decisions") or (page and is_deciding(path)):
        return KeyScope.DECIDE
    if path.startswith("/v1/collections") or (page and is_collecting(path)):
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
