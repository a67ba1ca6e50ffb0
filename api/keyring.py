"""The keys of the store, remembered for some seconds: a revoked one opens nothing a moment later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.database import Database
from placement.domain.access import ApiKey
from placement.domain.errors import EmptyCatalog, StoreError
from placement.planner.keys import digest_of, key_of
from placement.store.repository import Store

REMEMBERED = timedelta(seconds=5)
_MOST_KNOWN = 10_000
"""Tokens in memory; guesses would fill it otherwise."""


@dataclass(slots=True)
class _Known:
    key: ApiKey | None
    until: datetime


class Keyring:
    """Asks the store about each token once in a while. While the database is away, what it said last still holds."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._tokens: dict[str, _Known] = {}
        self._any: bool | None = None
        self._any_until: datetime | None = None

    async def is_used(self) -> bool:
        """Whether there are keys at all, also expired and revoked ones: a service that had keys does not open again.

        Raises StoreError where the store never said so.
        """
        now = self._clock()
        if self._any_until is None or now >= self._any_until:
            try:
                self._any = bool(await self._database.ask(Store.keys))
            except EmptyCatalog:
                self._any = False
            except StoreError:
                if self._any is None:
                    raise
            self._any_until = now + REMEMBERED
        return bool(self._any)

    async def key_of(self, token: str) -> ApiKey | None:
        """The key that the token opens with now; may raise StoreError."""
        now, digest = self._clock(), digest_of(token)
        known = self._tokens.get(digest)
        if known is None or now >= known.until:
            try:
                found = await self._database.ask(lambda store: key_of(store, token, now))
            except StoreError:
                if known is None:
                    raise
                found = known.key
            if len(self._tokens) >= _MOST_KNOWN:
                self._tokens.clear()
            known = self._tokens[digest] = _Known(found, now + REMEMBERED)
        return known.key if known.key is not None and known.key.state(now) == "active" else None
