"""The store is asked in threads, a few at a time: while one question waits for the database, requests go on."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from placement.domain.errors import EmptyCatalog
from placement.store.repository import Store

_AT_ONCE = 8
"""Fewer than the connections that the store may open, so that none waits for one in vain."""

Answer = TypeVar("Answer")


class Database:
    """One store, opened by the first question that reaches it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._opening = Lock()
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def ask(self, question: Callable[[Store], Answer]) -> Answer:
        """The answer; may raise StoreError, and EmptyCatalog where nothing was ever stored.

        Who stops waiting leaves the question to itself.
        """
        return await to_thread.run_sync(self._ask, question, abandon_on_cancel=True, limiter=self._limiter)

    def close(self) -> None:
        """Give all connections back."""
        if self._store is not None:
            self._store.close()

    def _ask(self, question: Callable[[Store], Answer]) -> Answer:
        return question(self._opened())

    def _opened(self) -> Store:
        with self._opening:
            if self._store is None:
                store = Store.open(self._url)
                try:
                    if store.is_new():
                        raise EmptyCatalog("no market was loaded yet; run: placement catalog load DIR (or --sample)")
                    store.check_schema()
                except BaseException:
                    store.close()
                    raise
                self._store = store
            return self._store
