"""The keys of one issuer, kept while they are good, and asked for again as seldom as may be."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from api.errors import IssuerUnreachable
from api.oidc_fetch import Unfetched, document_at
from api.oidc_issuers import Issuer
from api.oidc_jwks import PublicKey, keys_in
from api.oidc_settings import no_address

LIFETIME = timedelta(minutes=10)
"""After which keys are asked for again, behind the requests that still use them."""
LONGEST = timedelta(hours=24)
"""How long the last known keys hold while the issuer cannot be reached."""
PAUSE = timedelta(seconds=10)
"""Between two questions, whatever tokens name: guesses cannot make the service hammer an issuer."""


class IssuerKeys:
    """Finds a key by its name; one question to the issuer at a time, and all who need its answer wait for that one."""

    def __init__(self, issuer: Issuer, clock: Callable[[], datetime], log: FilteringBoundLogger) -> None:
        self._issuer, self._clock, self._log = issuer, clock, log
        self._known: Mapping[str, PublicKey] = {}
        self._known_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._failure: str | None = None
        self._asking: asyncio.Task[None] | None = None

    async def named(self, kid: str) -> PublicKey | None:
        """The key, None if the issuer has none of this name; raises IssuerUnreachable where nobody can tell."""
        now = self._clock()
        key = self._kept(now).get(kid)
        if key is not None:
            if self._known_at is None or now - self._known_at >= LIFETIME:
                self._ask(now)
            return key
        if (asking := self._ask(now)) is not None:
            # Who stops waiting leaves the question to the others.
            await asyncio.shield(asking)
            key = self._kept(now).get(kid)
        if key is None and self._failure is not None:
            raise IssuerUnreachable(self._issuer.url)
        return key

    async def close(self) -> None:
        """Give up the question that is under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _kept(self, now: datetime) -> Mapping[str, PublicKey]:
        return self._known if self._known_at is not None and now - self._known_at < LONGEST else {}

    def _ask(self, now: datetime) -> "asyncio.Task[None] | None":
        """The question that is under way, perhaps begun just now; None where the last was too recent."""
        if self._asking is None and (self._asked_at is None or not timedelta(0) <= now - self._asked_at < PAUSE):
            self._asked_at = now
            self._asking = asyncio.create_task(self._refresh(now))
        return self._asking

    async def _refresh(self, now: datetime) -> None:
        try:
            found = keys_in(await document_at(await self._address()))
            if not found:
                raise Unfetched("it publishes no key that can be used")
        except Unfetched as failure:
            self._failure = str(failure)
            self._log.warning("issuer", issuer=self._issuer.url, reason=self._failure)
        else:
            self._known, self._known_at, self._failure = found, now, None
            self._log.info("issuer", issuer=self._issuer.url, keys=len(found))
        finally:
            self._asking = None

    async def _address(self) -> str:
        """Where the keys are; by the issuer's description, which must be its own."""
        if self._issuer.jwks_url is not None:
            return self._issuer.jwks_url
        described = await document_at(f"{self._issuer.url.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(described, dict) or described.get("issuer") != self._issuer.url:
            raise Unfetched("its openid-configuration is another issuer's")
        address = described.get("jwks_uri")
        # A description from elsewhere must not point the service at this machine.
        secure = not self._issuer.url.startswith("https:") or str(address).startswith("https:")
        if not isinstance(address, str) or no_address(address) is not None or not secure:
            raise Unfetched("its openid-configuration names no https address of its keys")
        return address
