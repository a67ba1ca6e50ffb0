"""What would move, as a service answers with it and as `placement replan` prints it: these members at least.

A service of a later release may say more. What is described here is checked when an answer comes in.
"""

from typing import Literal, NotRequired, TypedDict

from placement.client.decision_forms import Assignment, Conflict, DecidedOn, JudgedBy, Rejection, Usd

KnownFrom = Literal["decision", "fleet", "nothing"]


class InForce(TypedDict):
    """The newest decision that places the fleet."""

    id: str
    made_at: str
    catalog_version: int


class Migration(TypedDict):
    """What the fleet asks of a move."""

    horizon_months: float
    min_saving_fraction: float


class Costs(TypedDict):
    """At today's prices; null where they are not known, or nothing can be placed."""

    now: Usd | None
    planned: Usd | None
    saved: Usd | None


class Place(TypedDict):
    """Where something lies; the assignments of a workload, as far as they are known."""

    regions: list[str]
    assignments: list[Assignment]


class MoveReason(TypedDict):
    """One cause of a move."""

    kind: str
    words: str


Move = TypedDict(
    "Move",
    {
        "name": str,
        "of": Literal["workload", "dataset"],
        "kind": Literal["move", "change"],
        "from": Place,
        "to": Place,
        "known_from": KnownFrom,
        "reasons": list[MoveReason],
        "saves_usd_per_month": Usd | None,
        "saves_together": list[str],
        "cannot_stay": str | None,
        "costs_once_usd": float | None,
        "hurdle_usd_per_month": float,
    },
)
"""Something that would lie elsewhere, or on other instances."""


class BestMove(TypedDict):
    """The region where a workload that stays would cost least if it alone moved."""

    region: str
    instance_types: list[str]
    saves_usd_per_month: Usd


class Stay(TypedDict):
    """A workload that keeps its region."""

    workload: str
    regions: list[str]
    known_from: KnownFrom
    best_move: BestMove | None
    best_move_was_sought: bool
    hurdle_usd_per_month: float


class Start(TypedDict):
    """A workload that runs nowhere yet."""

    workload: str
    assignments: list[Assignment]


class Moves(TypedDict):
    """What would move if the fleet were placed again now; `conflict` and `rejections` where nothing can be placed."""

    fleet: str
    decision: InForce
    status: Literal["optimal", "feasible", "infeasible", "no_answer"]
    stopped_by: Literal["gap", "work", "time"]
    catalog: DecidedOn
    policies: JudgedBy
    migration: Migration
    cost_usd_per_month: Costs
    now_breaks: list[str]
    lower_bound_usd_per_month: float | None
    gap: float | None
    solve_seconds: float
    moves: list[Move]
    stays: list[Stay]
    starts: list[Start]
    assumptions: list[str]
    steps: list[str]
    conflict: NotRequired[list[Conflict]]
    rejections: NotRequired[list[Rejection]]
