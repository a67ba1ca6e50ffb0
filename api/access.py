"""Who may ask: with keys, whoever has one for it; without any, this machine only."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api import loopback
from api.errors import Forbidden, Unauthenticated
from api.keyring import Keyring
from placement.domain.access import Scope as KeyScope

WHO = "placement.who"
"""Key of whoever asks in the ASGI scope: `key:ID`, or `local` without keys."""
_OPEN = frozenset(("/healthz", "/readyz", "/openapi.json"))
"""For probes, and to learn what there is. Problem types are open too."""
_READING = frozenset(("GET", "HEAD", "OPTIONS"))
_ASKING = frozenset(("/v1/quotes",))
"""Paths that are asked with POST and change nothing."""


class Access:
    """Refuses what nobody may ask for, before a body is read."""

    def __init__(self, app: ASGIApp, keyring: Keyring) -> None:
        self.app, self.keyring = app, keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthenticated, Forbidden, LoopbackOnly, or StoreError where nobody knows whether there are keys."""
        if scope["type"] == "http" and not is_open(scope["path"]):
            if await self.keyring.is_used():
                await self._check(scope)
            else:
                loopback.check(scope)
                scope[WHO] = "local"
        await self.app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        token = _bearer(scope)
        if token is None:
            raise Unauthenticated("this service has keys; send one as: Authorization: Bearer KEY")
        key = await self.keyring.key_of(token)
        if key is None:
            raise Unauthenticated("the key is not known, has expired or was revoked")
        needed = needed_for(scope["method"], scope["path"])
        if not key.may(needed):
            raise Forbidden(needed, key.scopes)
        scope[WHO] = f"key:{key.id}"


def is_open(path: str) -> bool:
    """Whether anybody may ask for this."""
    return path in _OPEN or path.startswith("/problems/")


def needed_for(method: str, path: str) -> KeyScope:
    """The scope that a request needs."""
    if method in _READING or path in _ASKING:
        return KeyScope.READ
    if path.startswith("/v1/decisions"):
        return KeyScope.DECIDE
    if path.startswith("/v1/collections"):
        return KeyScope.COLLECT
    return KeyScope.ADMIN


def _bearer(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if kind.lower() == "bearer" and token.strip() else None
    return None
