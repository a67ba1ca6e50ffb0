"""The cluster whose scheduler is answered: it is followed, and so is all that its pods are judged by.

Nothing is answered before all of it is known. Policies that cannot be read together end the answers: whether a pod may
be somewhere is then not known, and it waits.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import date, datetime

from anyio import to_thread
from structlog.typing import FilteringBoundLogger

from api.database import Database
from api.market import Market
from placement.domain.errors import BadInput, PlacementError
from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.admission.lookup import Lookup
from placement.kubernetes.admission.webhooks import Admission
from placement.kubernetes.ground import Ground
from placement.kubernetes.informer import Informer
from placement.kubernetes.scheduler import Scheduler
from placement.market.catalog import Catalog
from placement.planner.stored_policies import standing_policies
from placement.store.documents import StoredDocument

_TOGETHER_S = 0.05
"""Changes of nodes that come so soon after one another are taken note of together."""


class ClusterFollower:
    """Answers of `scheduler` and `admission` rest on the newest market, policies and day."""

    def __init__(
        self,
        access: ClusterAccess,
        policies: Collection[str],
        market: Market,
        database: Database,
        poll_s: float,
        clock: Callable[[], datetime],
        log: FilteringBoundLogger,
        *,
        must_be_classified: bool = False,
    ) -> None:
        self._policies, self._market, self._database = policies, market, database
        self._poll_s, self._clock, self._log = poll_s, clock, log
        self._informer = Informer(access, self._tell)
        self._said: dict[str, str] = {}
        self.scheduler = Scheduler(self._informer.cluster)
        self.admission = Admission(
            self.scheduler,
            self._informer.cluster,
            Lookup(self._informer.server, self._informer.cluster),
            must_be_classified=must_be_classified,
        )

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Inside, everything is followed."""
        async with self._informer.following():
            tasks = [asyncio.create_task(self._follow_nodes()), asyncio.create_task(self._follow_ground())]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow_nodes(self) -> None:
        changed = self._informer.nodes_changed
        while True:
            await changed.wait()
            changed.clear()
            self.scheduler.follow()
            await asyncio.sleep(_TOGETHER_S)

    async def _follow_ground(self) -> None:
        await self._informer.known()
        self.scheduler.follow()
        self.scheduler.stand_down("the market and the policies are not known yet")
        self._log.info("cluster", nodes=len(self._informer.cluster.nodes))
        stored: list[StoredDocument] | None = None
        standing_on: object = None
        while True:
            if (newest := await self._stored()) is not None:
                stored = newest
            snapshot, day = self._market.snapshot, self._clock().date()
            if snapshot is not None and stored is not None:
                ground = (snapshot.fresh, stored, day)
                if ground != standing_on:
                    standing_on = ground
                    await self._stand_on(snapshot.fresh, stored, day)
            await asyncio.sleep(self._poll_s)

    async def _stored(self) -> list[StoredDocument] | None:
        """The policies that are stored now, None where nobody can tell: then those of before go on to hold."""
        try:
            stored = await self._database.ask(lambda store: store.documents("policy"))
        except PlacementError as failure:
            self._tell("policies", str(failure))
            return None
        self._tell("policies", None)
        return stored

    async def _stand_on(self, catalog: Catalog, stored: list[StoredDocument], day: date) -> None:
        try:
            ground = await to_thread.run_sync(self._ground, catalog, stored, day)
            self.scheduler.stand_on(await to_thread.run_sync(self.scheduler.prepared, ground))
            self._tell("ground", None)
        except BadInput as bad:
            self.scheduler.stand_down(f"the policies cannot be read together: {bad}")
            self._tell("ground", str(bad))
        except Exception as fault:
            # Whatever it is, answers by rules that no longer hold would not be noticed.
            self.scheduler.stand_down("the cluster cannot be judged: the log says why")
            self._log.error("cluster cannot be judged", exc_info=fault)

    def _ground(self, catalog: Catalog, stored: list[StoredDocument], day: date) -> Ground:
        policies = standing_policies(stored, self._policies, day, sorted(catalog.providers))
        ground = Ground(catalog, policies.document, day)
        _ = ground.evaluation, ground.asked
        return ground

    def _tell(self, what: str, words: str | None) -> None:
        """The same again is not news."""
        before = self._said.pop(what, None)
        if words is not None:
            self._said[what] = words
            if words != before:
                self._log.warning("cluster is not followed", what=what, reason=words)
        elif before is not None:
            self._log.info("cluster is followed again", what=what)
