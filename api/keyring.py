"""The keys of the store, remembered for some seconds: a revoked one opens nothing a moment later.

A key is found by the SHA-256 of its secret, in memory as in the store, and never compared letter by letter: how long
that takes tells of hashes, which nobody can steer towards the one that is looked for.
"""

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
"""Secrets in memory, and as many that are none; guesses would fill it otherwise."""


@dataclass(slots=True)
class _Known:
    key: ApiKey | None
    until: datetime


class Keyring:
    """Asks the store about each token once in a while. While the database is away, what it said last still holds."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        # Apart, so that guesses do not wash away the keys that go on to open while the database is away.
        self._keys: dict[str, _Known] = {}
        self._others: dict[str, _Known] = {}
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
        known = self._keys.get(digest) or self._others.get(digest)
        if known is None or now >= known.until:
            try:
                found = await self._database.ask(lambda store: key_of(store, token, now))
            except StoreError:
                if known is None:
                    raise
                found = known.key
            known = _Known(found, now + REMEMBERED)
            self._remember(digest, known)
        return known.key if known.key is not None and known.key.state(now) == "active" else None

    def knows(self, token: str) -> bool:
        """Whether this was a key when the store was last asked."""
        return digest_of(token) in self._keys

    def _remember(self, digest: str, known: _Known) -> None:
        mine, other = (self._others, self._keys) if known.key is None else (self._keys, self._others)
        other.pop(digest, None)
        if len(mine) >= _MOST_KNOWN:
            mine.clear()
        mine[digest] = known
