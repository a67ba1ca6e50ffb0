"""The jobs themselves. Each step may run twice, after a crash; what it leaves behind is there once.

DBOS keeps the functions of a process in one registry, so that what they work with is bound once a process, too.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dbos import DBOS, SetWorkflowID, error

from placement.domain.errors import BadInput, CollectionFailed, StoreError, SweepRunning, Unconfigured
from placement.domain.provider import Surroundings
from placement.domain.sweep import FailedCollection
from placement.jobs.solvers import SolverFailed, SolverPool, Unwanted
from placement.jobs.targets import Target, Undelivered
from placement.optimizer.large import LARGE, PARTS_SHARE
from placement.store.decisions import StoredDecision

if TYPE_CHECKING:
    from placement.store.repository import Store
    from placement.store.requests import DecisionRequest

DECISIONS, PARTS, COLLECTIONS, REPORTS = "decisions", "parts", "collections", "reports"
"""Queues."""
DECIDE, DECIDE_PART, COLLECT, DELIVER = "decide", "decide part", "collect", "deliver"
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
    targets: Sequence[Target] = ()
    """Where reports are delivered."""


_bound: list[Bound] = []


def bind(to: Bound | None) -> None:
    """From now on the jobs of this process work with this, or may not run."""
    _bound[:] = [] if to is None else [to]


@DBOS.workflow(name=DECIDE, max_recovery_attempts=_RECOVERIES)
def decide(request_id: str) -> str:
    """Make the decision of a kept request; gives how the request ended. A large fleet's parts are jobs of their own."""
    plan = _divided(request_id)
    handles = []
    for index in range(plan["parts"]):
        with SetWorkflowID(f"{request_id}-{index}"):
            handles.append(DBOS.enqueue_workflow(PARTS, decide_part, request_id, index))
    answers = []
    for handle in handles:
        answers.append(handle.get_result())
        _note(request_id, {**plan, "parts_solved": len(answers)})
    how = _decided(request_id, plan["began_at"], answers)
    _bound[0].ended(request_id)
    return how


@DBOS.workflow(name=DECIDE_PART, max_recovery_attempts=_RECOVERIES)
def decide_part(request_id: str, index: int) -> dict[str, Any]:
    """Solve one part of a large fleet; empty where that gave no placement."""
    return _part_solved(request_id, index)


_waits_for_the_database = DBOS.step(
    retries_allowed=True,
    max_attempts=_OUTAGE_TRIES,
    interval_seconds=_OUTAGE_WAIT_S,
    backoff_rate=1.0,
    should_retry=lambda failure: isinstance(failure, StoreError),
)


@_waits_for_the_database
def _divided(request_id: str) -> dict[str, Any]:
    store = _bound[0].store
    began_at = _now().isoformat()
    asked = store.request(request_id)
    if asked is None or asked.state != "open":
        return {"parts": 0, "began_at": began_at}
    _note(request_id, {"began_at": began_at})
    request = json.loads(asked.request_json)
    if len(request["fleet"]["workloads"]) + len(request["fleet"].get("datasets", ())) < LARGE:
        return {"parts": 0, "began_at": began_at}
    divided = _tried(asked, {"task": "divide"})
    return {"parts": divided.get("parts", 0), "began_at": began_at}


@_waits_for_the_database
def _part_solved(request_id: str, index: int) -> dict[str, Any]:
    asked = _bound[0].store.request(request_id)
    return {} if asked is None or asked.state != "open" else _tried(asked, {"task": "part", "index": index})


def _tried(asked: "DecisionRequest", task: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a task on the way to a decision; nothing where it fails, which the decision itself will tell."""
    try:
        return _solved(asked, task)
    except (BadInput, SolverFailed, Unwanted):
        return {}


@_waits_for_the_database
def _decided(request_id: str, began_at: str, parts: Sequence[Mapping[str, Any]]) -> str:
    store = _bound[0].store
    asked = store.request(request_id)
    if asked is None or asked.state != "open":
        return "gone" if asked is None else asked.state
    so_far = {"began_at": began_at, "parts": len(parts), "parts_solved": len(parts)}
    # What a crash took is no part of the time limit: the parts have their share of it at most.
    elapsed_s = (_now() - datetime.fromisoformat(began_at)).total_seconds()
    limit_s = json.loads(asked.request_json)["settings"]["time_limit_s"]
    spent_s = max(0.0, min(elapsed_s, PARTS_SHARE * limit_s)) if parts else 0.0
    try:
        task = {"task": "decide", "parts": parts, "spent_s": spent_s}
        answer = _solved(asked, task, lambda progress: _note(request_id, {**so_far, **progress}))
    except Unwanted:
        return "cancelled"
    except (BadInput, SolverFailed) as failure:
        store.end_request(request_id, "failed", str(failure), _now())
        return "failed"
    store.decide_request(_to_keep(asked, answer), _now())
    return "decided"


def _note(request_id: str, progress: Mapping[str, Any]) -> None:
    """For people who wait; nothing depends on it."""
    with suppress(StoreError):
        _bound[0].store.note_progress(request_id, json.dumps(progress))


def _solved(
    asked: "DecisionRequest", task: Mapping[str, Any], heard: Callable[[dict[str, Any]], None] = lambda progress: None
) -> dict[str, Any]:
    """A solver's answer to a task about the request, which is wanted as long as the request is open."""
    store, solvers = _bound[0].store, _bound[0].solvers
    whole = {
        **task,
        "id": asked.id,
        "catalog_version": asked.catalog_version,
        "request": json.loads(asked.request_json),
    }

    def wanted() -> bool:
        try:
            return store.request_state(asked.id) == "open"
        except StoreError:
            # Nobody knows; the answer will be kept once the database is back.
            return True

    for left in reversed(range(_TRIES)):
        try:
            return solvers.run(whole, wanted, heard=heard)
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


@DBOS.workflow(name=DELIVER, max_recovery_attempts=_RECOVERIES)
def deliver(month: str) -> dict[str, str]:
    """Close the month's report and deliver it where it was not delivered yet; gives each target's result.

    One that fails, after some tries, leaves the others alone.
    """
    found = {}
    for target in _bound[0].targets:
        try:
            found[target.id] = _delivered(month, target.id)
        except (error.DBOSMaxStepRetriesExceeded, BadInput, SolverFailed) as failure:
            found[target.id] = f"failed: {failure}"
    return found


@DBOS.step(
    name="delivered",
    retries_allowed=True,
    max_attempts=_SWEEP_TRIES,
    interval_seconds=_SWEEP_WAIT_S,
    should_retry=lambda failure: isinstance(failure, Undelivered | StoreError),
)
def _delivered(month: str, target_id: str) -> str:
    store, clock = _bound[0].store, _bound[0].surroundings.clock
    target = next((each for each in _bound[0].targets if each.id == target_id), None)
    if target is None:
        return "no longer wanted"
    if target_id in store.deliveries(month):
        return "delivered before"
    figures = json.loads(_report_file(month, "json")[1])
    if figures["fleets"]:
        target.deliver(month, figures, lambda form: _report_file(month, form))
    store.note_delivery(month, target_id, clock())
    return "delivered" if figures["fleets"] else "nothing to tell"


def _report_file(month: str, form: str) -> tuple[str, bytes]:
    """Its name and content."""
    task = {"task": "report", "month": month, "format": form, "now": _bound[0].surroundings.clock().isoformat()}
    answer = _bound[0].solvers.run({**task, "by": "schedule", "fleet": None, "label": "team", "revision": None})
    return answer["name"], base64.b64decode(answer["content"])


def _now() -> datetime:
    return datetime.now(UTC)
