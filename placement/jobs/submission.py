"""A process without an executor gives its jobs to those of others."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from dbos import DBOSClient, EnqueueOptions, error

from placement.domain.errors import StoreError
from placement.jobs import workflows
from placement.jobs.executor import JOBS_VERSION, NAME
from placement.jobs.jobs_database import JobsDatabase


class Submission:
    """The queues of a database, to put jobs into. Its methods wait for the database and belong into a thread."""

    def __init__(self, database_url: str) -> None:
        self._url = JobsDatabase.beside(database_url).url
        self._client: DBOSClient | None = None

    def decide(self, request_id: str) -> None:
        """Have a request that was kept worked on; raises StoreError, after which an executor finds it by itself."""
        self._enqueue(workflows.DECISIONS, workflows.DECIDE, request_id, request_id)

    def collect(self, job_id: str, provider: str, source_names: Sequence[str]) -> bool:
        """Sweep these sources of a provider; False where a job for the provider waits or runs. Raises StoreError."""
        with suppress(error.DBOSQueueDeduplicatedError):
            self._enqueue(workflows.COLLECTIONS, workflows.COLLECT, job_id, list(source_names), one_of=provider)
            return True
        return False

    def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            self._client.destroy()

    def _enqueue(self, queue: str, workflow: str, job_id: str, argument: Any, one_of: str | None = None) -> None:
        options: EnqueueOptions = {
            "queue_name": queue,
            "workflow_name": workflow,
            "workflow_id": job_id,
            "app_version": JOBS_VERSION,
        }
        if one_of is not None:
            options["deduplication_id"] = one_of
        try:
            if self._client is None:
                self._client = DBOSClient(
                    system_database_url=self._url,
                    application_name=NAME,
                    lazy=True,
                    retry_connection_errors=False,
                )
            self._client.enqueue(options, argument)
        except error.DBOSQueueDeduplicatedError:
            raise
        except Exception as failure:
            # Whatever driver it is from: the tables are not there before the first executor has started.
            raise StoreError(f"no worker has started yet, or its database is away: {type(failure).__name__}") from None
