"""The market is the newest catalog, in memory: it follows the store, and outlives it.

A version is read in a thread and takes its predecessor's place in one assignment, so every request sees one catalog
from its beginning to its end. While the database is away the last catalog goes on to be served, and to age.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from time import perf_counter

from anyio import to_thread
from structlog.typing import FilteringBoundLogger

from api.database import Database
from api.errors import CatalogGone
from api.provenance import Provenance, read_provenance, with_failures
from api.snapshot import Snapshot
from placement.domain.errors import EmptyCatalog, PlacementError
from placement.domain.garbage import collector_waits
from placement.market.catalog import Catalog
from placement.store.repository import Store

_JUDGED_EVERY_S = 5.0
"""Prices may be older than allowed by this much before anybody notices."""
_FIRST_LOOK_S = 10.0
"""A start does not wait longer for the database."""
_KEPT = 4
"""Catalogs in memory, for those who page through one while newer ones come."""


class Market:
    """Whoever asks gets the newest catalog that could be read."""

    def __init__(
        self, database: Database, poll_s: float, clock: Callable[[], datetime], log: FilteringBoundLogger
    ) -> None:
        self._database, self._poll_s, self._clock, self._log = database, poll_s, clock, log
        self._catalogs: dict[int, Catalog] = {}
        self._looked = asyncio.Event()
        self.snapshot: Snapshot | None = None
        self.provenance: Provenance | None = None
        """Follows its catalog a moment later."""
        self.failure: PlacementError | None = None
        """Why the last look at the store failed; None after one that did not."""

    @property
    def now(self) -> Snapshot:
        """The newest snapshot; before there is any, raises why."""
        if self.snapshot is None:
            raise self.failure or EmptyCatalog("the catalog is being read")
        return self.snapshot

    @property
    def origin(self) -> Provenance:
        """Where the catalog comes from; before that is known, raises why."""
        if self.provenance is None:
            raise self.failure or EmptyCatalog("the catalog is being read")
        return self.provenance

    def catalog(self, version: int) -> Catalog:
        """The catalog of this version, if it is still in memory; otherwise raises CatalogGone."""
        newest = self.now.version
        try:
            return self._catalogs[version]
        except KeyError:
            raise CatalogGone(version, newest) from None

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Inside, the market follows the store; entered after the first look at it."""
        tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._judge())]
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), _FIRST_LOOK_S)
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                await self._look()
                if self.failure is not None:
                    self._log.info("database answers again")
                self.failure = None
            except PlacementError as failure:
                self._note(failure)
            except Exception as fault:
                # Whatever it is, the next look may go well; a market that stopped following would not be noticed.
                self._log.error("look at the store failed", exc_info=fault)
                self.failure = PlacementError("the catalog cannot be read")
            self._looked.set()
            await asyncio.sleep(self._poll_s)

    async def _look(self) -> None:
        version = await self._database.ask(Store.latest_version)
        if version is None:
            raise EmptyCatalog("no market was loaded yet; run: placement catalog load DIR (or --sample)")
        if self.snapshot is None or self.snapshot.version != version:
            began = perf_counter()
            self._swap(await self._database.ask(lambda store: self._read(store, version)))
            self._log.info("catalog", version=version, seconds=round(perf_counter() - began, 3))
        if self.provenance is None or self.provenance.version != version:
            self.provenance = await self._database.ask(lambda store: read_provenance(store, version))
        else:
            self.provenance = with_failures(self.provenance, await self._database.ask(Store.failures))

    def _read(self, store: Store, version: int) -> Snapshot:
        # A search for garbage among the rows would stop all threads for a tenth of a second.
        with collector_waits():
            return Snapshot.of(store.catalog(version), self._clock())

    def _swap(self, snapshot: Snapshot) -> None:
        self._catalogs.pop(snapshot.version, None)
        self._catalogs[snapshot.version] = snapshot.catalog
        for version in list(self._catalogs)[:-_KEPT]:
            del self._catalogs[version]
        self.snapshot = snapshot

    def _note(self, failure: PlacementError) -> None:
        """The same again is not news."""
        if str(failure) != str(self.failure):
            self._log.warning("look at the store failed", reason=str(failure))
        self.failure = failure

    async def _judge(self) -> None:
        while True:
            await asyncio.sleep(_JUDGED_EVERY_S)
            if (before := self.snapshot) is not None:
                after = await to_thread.run_sync(before.judged_again, self._clock(), abandon_on_cancel=True)
                if self.snapshot is before:
                    # Otherwise a newer catalog has come, judged even later.
                    self.snapshot = after
