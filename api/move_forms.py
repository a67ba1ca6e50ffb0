"""The forms of a replan, as the OpenAPI document describes them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.decision_forms import AssignmentShown, ConflictShown, Cost, DecidedOn, JudgedBy, RejectionShown
from api.schemas import Answer

KnownFrom = Annotated[
    Literal["decision", "fleet", "nothing"],
    Field(description="Who says where it runs now: the decision in force, or the fleet, if `current` changed since."),
]


class InForceShown(Answer):
    """The newest decision that places the fleet."""

    id: str
    made_at: datetime
    catalog_version: int


class MigrationShown(Answer):
    """What the fleet asks of a move."""

    horizon_months: Annotated[float, Field(description="Over which a move is written off.")]
    min_saving_fraction: Annotated[float, Field(description="Of the workload's current cost.")]


class CostsShown(Answer):
    """At today's prices."""

    now: Annotated[Cost | None, Field(description="What runs now; null where some of it is not known or not sold.")]
    planned: Annotated[Cost | None, Field(description="Null where nothing can be placed.")]
    saved: Cost | None


class PlaceShown(Answer):
    """Where something lies."""

    regions: list[str]
    assignments: Annotated[list[AssignmentShown], Field(description="Of a workload, as far as they are known.")]


class MoveReasonShown(Answer):
    """One cause of a move."""

    kind: Literal[
        "withdrawn",
        "policy",
        "rule",
        "price_rose",
        "risk_rose",
        "offered",
        "price_fell",
        "risk_fell",
        "demand",
        "egress",
        "cheaper",
    ]
    words: str


class MoveShown(Answer):
    """Something that would lie elsewhere, or on other instances."""

    name: str
    of: Literal["workload", "dataset"]
    kind: Annotated[Literal["move", "change"], Field(description="`change`: other instances in the same region.")]
    from_: Annotated[PlaceShown, Field(alias="from")]
    to: PlaceShown
    known_from: KnownFrom
    reasons: list[MoveReasonShown]
    saves_usd_per_month: Annotated[
        Cost | None,
        Field(description="What it would cost more to leave it, all else as planned; null where it cannot stay."),
    ]
    saves_together: Annotated[list[str], Field(description="Who has to stay with it, in that figure.")]
    cannot_stay: Annotated[str | None, Field(description="The rule that forbids it, in words.")]
    costs_once_usd: Annotated[float | None, Field(description="To move; `saves` has it written off.")]
    hurdle_usd_per_month: Annotated[float, Field(description="What leaving the region had to save at least.")]


class BestMoveShown(Answer):
    """The region where a workload that stays would cost least if it alone moved."""

    region: str
    instance_types: list[str]
    saves_usd_per_month: Cost


class StayShown(Answer):
    """A workload that keeps its region."""

    workload: str
    regions: list[str]
    known_from: KnownFrom
    best_move: Annotated[BestMoveShown | None, Field(description="Null where none is possible, or none was sought.")]
    best_move_was_sought: Annotated[bool, Field(description="Of forty workloads at most: the most promising.")]
    hurdle_usd_per_month: Annotated[float, Field(description="What a move had to save at least.")]


class StartShown(Answer):
    """A workload that runs nowhere yet."""

    workload: str
    assignments: list[AssignmentShown]


class MovesShown(Answer):
    """What would move if the fleet were placed again now. Nothing is moved."""

    fleet: str
    decision: InForceShown
    status: Literal["optimal", "feasible", "infeasible", "no_answer"]
    stopped_by: Literal["gap", "work", "time"]
    catalog: DecidedOn
    policies: JudgedBy
    migration: MigrationShown
    cost_usd_per_month: CostsShown
    now_breaks: Annotated[list[str], Field(description="Rules of today that what runs now breaks.")]
    lower_bound_usd_per_month: float | None
    gap: float | None
    solve_seconds: float
    moves: list[MoveShown]
    stays: list[StayShown]
    starts: list[StartShown]
    assumptions: list[str]
    steps: list[str]
    conflict: list[ConflictShown] = Field(default_factory=list, description="Only where nothing is placed.")
    rejections: list[RejectionShown] = Field(default_factory=list, description="Only where nothing is placed.")
