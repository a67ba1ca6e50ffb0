"""The jobs themselves. Each step may run twice, after a crash; what it leaves behind is there once.

DBOS keeps the functions of a process in one registry, so that what they work with is bound once a process, too.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dbos import DBOS

from placement.domain.errors import BadInput, CollectionFailed, StoreError, SweepRunning, Unconfigured
from placement.domain.provider import Surroundings
from placement.domain.sweep import FailedCollection
from placement.jobs.solvers import SolverFailed, SolverPool, Unwanted
from placement.store.decisions import StoredDecision

if TYPE_CHECKING:
    from placement.store.repository import Store
    from placement.store.requests import DecisionRequest

DECISIONS, COLLECTIONS = "decisions", "collections"
"""Queues."""
DECIDE, COLLECT = "decide", "collect"
"""Workflows."""
_TRIES = 3
"""Of a solver: one that fails so often would fail again."""
_RECOVERIES = 50
"""A job that was begun so often and never ended takes its workers down."""
_OUTAGE_TRIES, _OUTAGE_WAIT_S = 100_000, 2.0
"""A decision waits for a database that is away."""
_SWEEP_TRIES, _SWEEP_WAIT_S = 6, 2.0
"""A sweep waits for another of its provider, and for a database that is away; each time twice as long."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What the jobs of this process work with."""

    store: "Store"
    solvers: SolverPool
    surroundings: Surroundings
    ended: Callable[[str], None]
    """Told of each request for a decision that a job has ended."""


_bound: list[Bound] = []


def bind(to: Bound | None) -> None:
    """From now on the jobs of this process work with this, or may not run."""
    _bound[:] = [] if to is None else [to]


@DBOS.workflow(name=DECIDE, max_recovery_attempts=_RECOVERIES)
def decide(request_id: str) -> str:
    """Make the decision of a kept request; gives how the request ended."""
    how = _decided(request_id)
    _bound[0].ended(request_id)
    return how


@DBOS.step(
    name="decided",
    retries_allowed=True,
    max_attempts=_OUTAGE_TRIES,
    interval_seconds=_OUTAGE_WAIT_S,
    backoff_rate=1.0,
    should_retry=lambda failure: isinstance(failure, StoreError),
)
def _decided(request_id: str) -> str:
    store, solvers = _bound[0].store, _bound[0].solvers
    asked = store.request(request_id)
    if asked is None or asked.state != "open":
        return "gone" if asked is None else asked.state
    store.note_progress(request_id, json.dumps({"began_at": _now().isoformat()}))
    task = {
        "task": "decide",
        "id": request_id,
        "catalog_version": asked.catalog_version,
        "request": json.loads(asked.request_json),
    }
    try:
        answer = _solved(solvers, task, lambda: store.request_state(request_id) == "open")
    except Unwanted:
        return "cancelled"
    except (BadInput, SolverFailed) as failure:
        store.end_request(request_id, "failed", str(failure), _now())
        return "failed"
    store.decide_request(_to_keep(asked, answer), _now())
    return "decided"


def _solved(solvers: SolverPool, task: Mapping[str, Any], wanted: Callable[[], bool]) -> dict[str, Any]:
    for left in reversed(range(_TRIES)):
        try:
            return solvers.run(task, wanted)
        except SolverFailed:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _to_keep(asked: "DecisionRequest", answer: Mapping[str, Any]) -> StoredDecision:
    return StoredDecision(
        id=asked.id,
        created_at=asked.asked_at,
        fleet_name=asked.fleet_name,
        catalog_version=asked.catalog_version,
        request_json=asked.request_json,
        answer_json=json.dumps(answer, ensure_ascii=False),
    )


@DBOS.workflow(name=COLLECT, max_recovery_attempts=_RECOVERIES)
def collect(source_names: Sequence[str]) -> dict[str, str]:
    """Sweep these sources of one provider, one after the other; gives each one's result.

    What was stored, and what failed, is in the store's list of collections.
    """
    return {name: _collected(name) for name in source_names}


@DBOS.step(
    name="collected",
    retries_allowed=True,
    max_attempts=_SWEEP_TRIES,
    interval_seconds=_SWEEP_WAIT_S,
    should_retry=lambda failure: not isinstance(failure, BadInput),
)
def _collected(source_name: str) -> str:
    from placement.planner import collecting, rounds, sources

    store, surroundings = _bound[0].store, _bound[0].surroundings
    (source,) = rounds.chosen(sources.providers(surroundings), [source_name])
    began = surroundings.clock()
    try:
        record, _ = collecting.collect(store, source, surroundings.clock)
    except SweepRunning:
        raise
    except Unconfigured as lacking:
        # Nobody sits at a terminal that could tell.
        store.save_failure(FailedCollection(source_name, began, surroundings.clock(), str(lacking)))
        return f"not configured: {lacking}"
    except (BadInput, CollectionFailed) as failed:
        return f"failed: {failed}"
    return f"stored as catalog version {record.version}"


def _now() -> datetime:
    return datetime.now(UTC)
