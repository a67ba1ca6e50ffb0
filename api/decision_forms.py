"""The forms of decisions and of requests that are none yet, as the OpenAPI document describes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from api.schemas import Answer, CapacityTypeWord, CatalogStamp
from placement.documents import moment
from placement.store.requests import DecisionRequest

Cost = Annotated[dict[str, float], Field(description="USD a month by bill line, and their `total`.")]


class StaleOffering(Answer):
    """An offering that was used although its price is too old."""

    source: str
    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityTypeWord
    observed_at: datetime


class DecidedOn(Answer):
    """The market of a decision."""

    version: int
    as_of: datetime
    oldest_price_at: datetime | None
    stale: list[StaleOffering]


class JudgedBy(Answer):
    """The policies of a decision."""

    digest: str | None
    applied: Annotated[list[str], Field(description="`name@version` of those that concern the fleet.")]


class AssignmentShown(Answer):
    """So many replicas on one offering."""

    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityTypeWord
    replicas: int
    usd_per_hour: float
    observed_at: datetime
    estimated: bool
    hazard_per_hour: float


class PlacementShown(Answer):
    """Where a workload goes."""

    workload: str
    assignments: list[AssignmentShown]
    cost_usd_per_month: Cost


class DatasetShown(Answer):
    """Where a dataset lies."""

    dataset: str
    regions: list[str]
    cost_usd_per_month: Cost


class FlowShown(Answer):
    """What a flow costs between two places."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    from_region: str
    to_region: str
    gb_per_month: float
    usd_per_month: float


class BaselineShown(Answer):
    """What people would have had otherwise."""

    name: str
    description: str
    total_usd_per_month: float | None


class ConflictShown(Answer):
    """One of a minimal set of rules that cannot hold together."""

    rule: str
    subjects: list[str]
    reason: str


class RejectionShown(Answer):
    """Why a workload may not use some offerings."""

    workload: str
    rule: str
    reason: str
    offerings: int


class DecisionShown(Answer):
    """A placement with its bill, its proof and its provenance."""

    id: str
    fleet: str
    status: Literal["optimal", "feasible", "infeasible", "no_answer"]
    stopped_by: Literal["gap", "work", "time"]
    catalog: DecidedOn
    policies: JudgedBy
    cost_usd_per_month: Cost | None
    penalties_usd_per_month: dict[str, float]
    lower_bound_usd_per_month: float | None
    gap: float | None
    solve_seconds: float
    assumptions: list[str]
    placements: list[PlacementShown]
    datasets: list[DatasetShown]
    flows: list[FlowShown]
    baselines: list[BaselineShown]
    steps: list[str]
    settings: dict[str, Any]
    conflict: list[ConflictShown] = Field(default_factory=list, description="Only where nothing is placed.")
    rejections: list[RejectionShown] = Field(default_factory=list, description="Only where nothing is placed.")


class ProgressShown(Answer):
    """How far it is; what is not known yet is null."""

    began_at: datetime
    parts: Annotated[int | None, Field(description="Of a large fleet; solved by all workers.")]
    parts_solved: int | None
    seconds: Annotated[float | None, Field(description="Of the search, when it did its last step.")]
    step: Annotated[str | None, Field(description="The last one that was done.")]
    best_usd_per_month: Annotated[float | None, Field(description="Of the best placement so far, with penalties.")]
    lower_bound_usd_per_month: float | None


class PendingDecision(Answer):
    """A request that is no decision yet, or never becomes one."""

    id: str
    fleet: str
    status: Literal["queued", "running", "failed", "cancelled"]
    asked_at: datetime
    asked_by: str
    ended_at: datetime | None
    reason: Annotated[str, Field(description="Why it failed.")]
    catalog: Annotated[dict[str, int], Field(description="The version that it is decided on.")]
    warnings: list[str]
    progress: Annotated[ProgressShown | None, Field(description="Once somebody works on it.")]


class DecisionLineShown(Answer):
    """One line of the ledger."""

    id: str
    fleet: str
    created_at: datetime
    catalog_version: int
    status: Literal["optimal", "feasible", "infeasible", "no_answer", "open", "failed", "cancelled"]
    usd_per_month: float | None


class DecisionPage(Answer):
    """A part of the list."""

    decisions: list[DecisionLineShown]
    next_cursor: Annotated[str | None, Field(description="For the next page; null on the last.")]


class Replayed(Answer):
    """Whether a decision holds."""

    decision: str
    catalog: CatalogStamp
    method: Annotated[
        Literal["solved_again", "rechecked"],
        Field(description="A search that the time cut is rechecked: price, rules and bound."),
    ]
    holds: bool
    differences: list[str]


class Cancelled(Answer):
    """The end of a request."""

    id: str
    status: Literal["cancelled"]


def pending_document(asked: DecisionRequest) -> dict[str, Any]:
    """A PendingDecision."""
    request: Mapping[str, Any] = msgspec.json.decode(asked.request_json)
    status = asked.state
    return {
        "id": asked.id,
        "fleet": asked.fleet_name,
        "status": ("queued" if asked.progress_json is None else "running") if status == "open" else status,
        "asked_at": moment(asked.asked_at),
        "asked_by": asked.asked_by,
        "ended_at": moment(asked.ended_at) if asked.ended_at else None,
        "reason": asked.reason,
        "catalog": {"version": asked.catalog_version},
        "warnings": request.get("warnings", []),
        "progress": None if asked.progress_json is None else _progress(msgspec.json.decode(asked.progress_json)),
    }


def _progress(noted: Mapping[str, Any]) -> dict[str, Any]:
    """A ProgressShown."""
    value_usd, bound_usd = noted.get("value_usd"), noted.get("bound_usd")
    return {
        "began_at": moment(datetime.fromisoformat(noted["began_at"])),
        "parts": noted.get("parts") or None,
        "parts_solved": noted.get("parts_solved") if noted.get("parts") else None,
        "seconds": None if noted.get("seconds") is None else round(noted["seconds"], 3),
        "step": noted.get("step"),
        "best_usd_per_month": None if value_usd is None else round(value_usd, 6),
        "lower_bound_usd_per_month": None if bound_usd is None else round(bound_usd, 6),
    }
