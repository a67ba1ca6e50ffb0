"""The jobs as the service sees them: given out here, done by this process's own worker or by those of others."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from structlog.typing import FilteringBoundLogger

from api.database import Database
from placement.domain.errors import EmptyCatalog, PlacementError
from placement.domain.provider import Surroundings
from placement.jobs.solvers import SolverPool, SolversBusy, Stopping, Unwanted
from placement.store.repository import Store
from placement.store.requests import DecisionRequest

if TYPE_CHECKING:
    from placement.jobs.executor import Executor
    from placement.jobs.submission import Submission
    from placement.jobs.work import Work

_TRIED_EVERY_S = 2.0
"""To start the worker, while the database or another process is in its way."""
_LOOKS_EVERY_S = 0.25
"""For the end of a job that another process may be doing."""
_FIRST_START_S = 5.0
"""A start does not wait longer for its worker."""
_COUNTED_EVERY_S = 5.0
_FREE_SOLVER_S = 10.0
"""Questions about decisions do not wait longer for a solver."""


class Jobs:
    """Gives out jobs and waits for them; with a `worker` this process does some of them."""

    def __init__(
        self, work: "Work", *, worker: bool, database: Database, log: FilteringBoundLogger, solver_at_start: bool
    ) -> None:
        self._work, self._worker, self._database, self._log = work, worker, database, log
        self._executor: Executor | None = None
        self._submission: Submission | None = None
        self._solvers = SolverPool(work.database_url, 1)
        """For questions, as long as there is no executor; without a process before the first, unless at the start."""
        self._solver_at_start = solver_at_start and not worker
        self._submitting = Lock()
        self._waiting: dict[str, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._limiter = CapacityLimiter(16)
        self.open_requests: tuple[int, int] | None = None
        """How many wait and how many are worked on, in the whole database, a few seconds ago."""

    @property
    def works(self) -> bool:
        """Whether this process does jobs."""
        return self._executor is not None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Inside, jobs can be given out; entered once the worker has started, or after some seconds without it."""
        self._loop = asyncio.get_running_loop()
        starting = asyncio.create_task(self._start()) if self._worker else None
        background = [asyncio.create_task(self._count())]
        if self._solver_at_start:
            # It reads the catalog and what was compiled while nobody waits for it yet.
            background.append(asyncio.create_task(to_thread.run_sync(self._solvers.start)))
        try:
            if starting is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(starting), _FIRST_START_S)
            yield
        finally:
            tasks = background if starting is None else [*background, starting]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await to_thread.run_sync(self._stop)

    async def decide(self, request_id: str) -> None:
        """Have a request that was kept worked on. Whatever fails here, a worker finds it by itself, a little later."""
        with suppress(PlacementError):
            await to_thread.run_sync(self._decide, request_id, abandon_on_cancel=True, limiter=self._limiter)

    async def collect(self, job_id: str, provider: str, source_names: Sequence[str]) -> bool:
        """Have a provider swept; False where a job for it waits or runs. Raises StoreError."""
        return await to_thread.run_sync(
            self._collect, job_id, provider, source_names, abandon_on_cancel=True, limiter=self._limiter
        )

    async def ended(self, request_id: str, wait_s: float) -> DecisionRequest | None:
        """The request once it has ended, or as it is after so many seconds; None where there is none.

        May raise StoreError.
        """
        until = monotonic() + wait_s
        event = self._waiting.setdefault(request_id, asyncio.Event())
        try:
            while True:
                found = await self._database.ask(lambda store: store.request(request_id))
                left = until - monotonic()
                if found is None or found.state != "open" or left <= 0:
                    return found
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), min(left, _LOOKS_EVERY_S))
        finally:
            self._waiting.pop(request_id, None)

    async def ask_solver(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """A solver's answer to a question about decisions, as `placement.jobs.solver_tasks` has them.

        Raises what the task does, and SolversBusy where none is free. Who stops waiting stops the solver.
        """
        wanted = True

        def still() -> bool:
            return wanted

        try:
            return await to_thread.run_sync(
                self._ask_solver, task, still, abandon_on_cancel=True, limiter=self._limiter
            )
        finally:
            wanted = False

    async def _start(self) -> None:
        """Until it has worked; waits for the database, and for another process to leave a SQLite file."""
        told = ""
        while True:
            try:
                await to_thread.run_sync(self._start_executor)
            except PlacementError as failure:
                # An empty database is no news: readiness tells of it.
                if str(failure) != told and not isinstance(failure, EmptyCatalog):
                    self._log.warning("the worker has not started yet", reason=str(failure))
                told = str(failure)
                await asyncio.sleep(_TRIED_EVERY_S)
            except Exception as fault:
                self._log.error("the worker failed to start", exc_info=fault)
                await asyncio.sleep(_TRIED_EVERY_S)
            else:
                return

    async def _count(self) -> None:
        while True:
            try:
                self.open_requests = await self._database.ask(Store.count_open_requests)
            except PlacementError:
                self.open_requests = None
            await asyncio.sleep(_COUNTED_EVERY_S)

    def _start_executor(self) -> None:
        from placement.jobs.executor import Executor

        executor = Executor(self._work, Surroundings(os.environ), self._tell)
        executor.start()
        self._executor = executor
        self._log.info("worker", executor=executor.id, solvers=self._work.solvers)

    def _stop(self) -> None:
        self._solvers.stop()
        if self._executor is not None:
            self._executor.stop()
        if self._submission is not None:
            self._submission.close()

    def _tell(self, request_id: str) -> None:
        """From a job's thread."""
        event = self._waiting.get(request_id)
        if event is not None and self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(event.set)

    def _decide(self, request_id: str) -> None:
        if self._executor is not None:
            self._executor.decide(request_id)
        else:
            self._submissions().decide(request_id)

    def _collect(self, job_id: str, provider: str, source_names: Sequence[str]) -> bool:
        by = self._executor or self._submissions()
        return by.collect(job_id, provider, source_names)

    def _ask_solver(self, task: Mapping[str, Any], wanted: Callable[[], bool]) -> dict[str, Any]:
        pool = self._executor.solvers if self._executor is not None else self._solvers
        try:
            return pool.run(task, wanted, _FREE_SOLVER_S)
        except (Unwanted, Stopping):
            raise SolversBusy("the service is stopping; ask again") from None

    def _submissions(self) -> "Submission":
        # It takes a moment to import what makes jobs durable, and only those who give out jobs need it.
        with self._submitting:
            if self._submission is None:
                from placement.jobs.submission import Submission

                self._submission = Submission(self._work.database_url)
            return self._submission
