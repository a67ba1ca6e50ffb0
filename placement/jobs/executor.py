"""An executor is this process at work on the jobs of a database, beside any number of others on a server.

DBOS recovers at its start what the same executor left behind. Here every process has an id of its own, so that two
never take each other's jobs; each tells that it is alive, and takes over from those that no longer do.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, error
from filelock import FileLock, Timeout

from placement.domain.errors import BadInput, PlacementError, StoreError
from placement.domain.provider import Surroundings
from placement.jobs import schedule, workflows
from placement.jobs.jobs_database import JobsDatabase
from placement.jobs.obituaries import Obituaries
from placement.jobs.reporting import Reporting
from placement.jobs.solvers import SolverPool
from placement.jobs.targets import targets_of
from placement.jobs.work import Work
from placement.store.repository import Store

JOBS_VERSION = "1"
"""Of the form of the jobs, not of the program: only executors of the same version take over from each other."""
NAME = "placement"
_EMBEDDED = "embedded"
"""The id of the only executor on a SQLite file."""
_OUTBOX_S = 5.0
"""A request that no job works on after this time lost its job to a crash between the two."""
_REVIVED_AT_ONCE = 1000
_ENDED_WITHOUT_ANSWER = {
    "ERROR": "its job ended with an error; the log of the workers has it",
    "CANCELLED": "its job was cancelled by somebody with access to the jobs",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "its job was begun again and again and never ended; a smaller fleet may do",
}
_QUEUE_POLL_S = 0.25
_KEPT = timedelta(days=7)
"""Records of jobs that have ended."""
_PRUNED_EVERY_S = 3600.0

_log = logging.getLogger(__name__)


class Executor:
    """Runs jobs from `start` to `stop`. There is one in a process."""

    def __init__(self, work: Work, surroundings: Surroundings, ended: Callable[[str], None] = lambda _: None) -> None:
        """`ended` is told, in some thread, of each request for a decision that a job of this process has ended.

        Raises BadInput for a database in memory, and for a name that is no provider and no source.
        """
        self._work, self._surroundings = work, surroundings
        self._timetable = schedule.Timetable(work.collect, surroundings)
        self._targets = targets_of(work.report_to, work.report_formats)
        self._reporting = Reporting(self._targets, surroundings.clock)
        self._jobs = JobsDatabase.beside(work.database_url)
        self.id = _EMBEDDED if self._jobs.file else str(uuid.uuid4())
        self.solvers = SolverPool(work.database_url, work.solvers)
        self._ended = ended
        self._lock = FileLock(f"{self._jobs.file}.lock") if self._jobs.file else None
        self._store: Store | None = None
        self._stopped = Event()
        self._keeper = Thread(target=self._keep, name="placement-jobs", daemon=True)

    def _claim(self) -> None:
        """Be the only executor of a SQLite file."""
        if self._lock is not None:
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                raise BadInput(
                    f"another process works on the jobs of {self._work.database_url}; "
                    "a SQLite file has one worker: start this one with --no-worker"
                ) from None

    def start(self) -> None:
        """Begin. Raises StoreError while the database cannot be used, after which it may be tried again.

        Raises BadInput where another process works on the jobs of a SQLite file.
        """
        store = Store.open(self._work.database_url)
        try:
            store.check_schema()
            self._claim()
            if self._is_shared:
                store.beat(self.id, _now())
            self._launch(store)
        except BaseException:
            self._leave(store)
            raise
        self._store = store
        self.solvers.start()
        self._keeper.start()

    @property
    def _is_shared(self) -> bool:
        """Whether there may be others, to tell of oneself and to take over from."""
        return self._lock is None

    def _launch(self, store: Store) -> None:
        """Raises StoreError, whatever driver the failure is from: the database has answered just before."""
        try:
            self._launch_dbos(store)
        except Exception as failure:
            raise StoreError(f"the tables of jobs cannot be used: {type(failure).__name__}; try again") from failure

    def _launch_dbos(self, store: Store) -> None:
        # Its lines go where those of all libraries go, and not to a stream of their own.
        logging.getLogger("dbos").addHandler(logging.NullHandler())
        workflows.bind(workflows.Bound(store, self.solvers, self._surroundings, self._ended, self._targets))
        DBOS(
            config={
                "name": NAME,
                "system_database_url": self._jobs.url,
                "executor_id": self.id,
                "application_version": JOBS_VERSION,
                # Its warnings come with every look at a database that is away; housekeeping tells of that.
                "log_level": "ERROR",
                "sys_db_pool_size": 10,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            workflows.DECISIONS, worker_concurrency=self._work.solvers, polling_interval_sec=_QUEUE_POLL_S
        )
        DBOS.register_queue(workflows.PARTS, worker_concurrency=self._work.solvers, polling_interval_sec=_QUEUE_POLL_S)
        DBOS.register_queue(workflows.COLLECTIONS, polling_interval_sec=1.0)
        DBOS.register_queue(workflows.REPORTS, concurrency=1, polling_interval_sec=1.0)

    def decide(self, request_id: str) -> None:
        """Work on a request that was kept: at once where a solver is free, else in the order of the queue."""
        if self._stopped.is_set():
            return
        with SetWorkflowID(request_id):
            if self.solvers.has_idle:
                DBOS.start_workflow(workflows.decide, request_id)
            else:
                DBOS.enqueue_workflow(workflows.DECISIONS, workflows.decide, request_id)

    def collect(self, job_id: str, provider: str, source_names: Sequence[str]) -> bool:
        """Sweep these sources of a provider; False where a job for the provider waits or runs already."""
        options = SetEnqueueOptions(deduplication_id=provider)
        with SetWorkflowID(job_id), options, suppress(error.DBOSQueueDeduplicatedError):
            DBOS.enqueue_workflow(workflows.COLLECTIONS, workflows.collect, list(source_names))
            return True
        return False

    def deliver(self, job_id: str, month: str) -> None:
        """Deliver the report of a month where it was not delivered yet; a job with this id is made once."""
        with SetWorkflowID(job_id):
            DBOS.enqueue_workflow(workflows.REPORTS, workflows.deliver, month)

    def stop(self) -> None:
        """End the work; what was begun is taken over by another executor, or by the next start."""
        self._stopped.set()
        self.solvers.stop()
        if self._store is not None:
            self._keeper.join(timeout=5.0)
            self._leave(self._store)

    def _leave(self, store: Store) -> None:
        """Give back what a start, whole or not, has taken."""
        DBOS.destroy(workflow_completion_timeout_sec=0)
        workflows.bind(None)
        if self._lock is None:
            with suppress(PlacementError):
                store.beat(self.id, Obituaries.LEFT)
        else:
            self._lock.release()
        store.close()

    def _keep(self) -> None:
        """Housekeeping, as long as the executor lives."""
        assert self._store is not None
        store, obituaries = self._store, Obituaries(self.id, self._work.dead_after_s)
        pruned_at = monotonic()
        while not self._stopped.wait(self._work.beat_s):
            try:
                if self._is_shared:
                    store.beat(self.id, _now())
                    self._take_over(store, obituaries)
                self._revive(store)
                for job in self._timetable.due(store):
                    self.collect(job.id, job.provider, job.source_names)
                if (report := self._reporting.due(store)) is not None:
                    self.deliver(*report)
                if monotonic() - pruned_at > _PRUNED_EVERY_S:
                    pruned_at = monotonic()
                    _prune()
            except PlacementError as failure:
                _log.warning("housekeeping of jobs: %s", failure)
            except Exception:
                _log.exception("housekeeping of jobs failed")

    def _take_over(self, store: Store, obituaries: Obituaries) -> None:
        for dead in obituaries.dead(store.executor_beats(), monotonic()):
            taken = DBOS._recover_pending_workflows([dead])
            _log.warning("executor %s is gone; %d of its jobs are taken over", dead, len(taken))
            store.forget_executor(dead)

    def _revive(self, store: Store) -> None:
        """Each open request has a job at work; one whose job has ended without an answer has failed."""
        open_ids = store.open_requests(_now() - timedelta(seconds=_OUTBOX_S))[:_REVIVED_AT_ONCE]
        if not open_ids:
            return
        jobs = DBOS.list_workflows(workflow_ids=open_ids, load_input=False, load_output=False)
        status = {job.workflow_id: job.status for job in jobs}
        for request_id in open_ids:
            if request_id not in status:
                self.decide(request_id)
            elif (words := _ENDED_WITHOUT_ANSWER.get(status[request_id])) is not None:
                store.end_request(request_id, "failed", words, _now())
                self._ended(request_id)


def _prune() -> None:
    until = (_now() - _KEPT).isoformat()
    done: list[Any] = DBOS.list_workflows(
        completed_before=until,
        status=["SUCCESS", "ERROR", "CANCELLED"],
        limit=10_000,
        load_input=False,
        load_output=False,
    )
    if done:
        DBOS.delete_workflows([job.workflow_id for job in done])


def _now() -> datetime:
    return datetime.now(UTC)
