"""Decisions as a service answers with them, and as the command line prints them: these members at least.

A service of a later release may say more. What is described here is checked when an answer comes in.
"""

from typing import Any, Literal, NotRequired, TypedDict

from placement.client.market_forms import CapacityTypeWord, CatalogStamp

Usd = dict[str, float]
"""USD a month by bill line, and their `total`."""


class StaleOffering(TypedDict):
    """An offering that was used although its price is too old."""

    source: str
    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityTypeWord
    observed_at: str


class DecidedOn(TypedDict):
    """The market of a decision."""

    version: int
    as_of: str
    oldest_price_at: str | None
    stale: list[StaleOffering]


class JudgedBy(TypedDict):
    """The policies of a decision; `applied` are `name@version`."""

    digest: str | None
    applied: list[str]


class Assignment(TypedDict):
    """So many replicas on one offering."""

    region: str
    zone: str | None
    instance_type: str
    capacity_type: CapacityTypeWord
    replicas: int
    usd_per_hour: float
    observed_at: str
    estimated: bool
    hazard_per_hour: float


class PlacedWorkload(TypedDict):
    """Where a workload goes."""

    workload: str
    assignments: list[Assignment]
    cost_usd_per_month: Usd


class PlacedDataset(TypedDict):
    """Where a dataset lies."""

    dataset: str
    regions: list[str]
    cost_usd_per_month: Usd


PlacedFlow = TypedDict(
    "PlacedFlow",
    {
        "from": str,
        "to": str,
        "from_region": str,
        "to_region": str,
        "gb_per_month": float,
        "usd_per_month": float,
    },
)
"""What a flow costs between two places."""


class Baseline(TypedDict):
    """What people would have had otherwise; null: there is no such placement."""

    name: str
    description: str
    total_usd_per_month: float | None


class Conflict(TypedDict):
    """One of a minimal set of rules that cannot hold together."""

    rule: str
    subjects: list[str]
    reason: str


class Rejection(TypedDict):
    """Why a workload may not use some offerings."""

    workload: str
    rule: str
    reason: str
    offerings: int


class Decision(TypedDict):
    """A placement with its bill, its proof and its provenance; or why there is none."""

    id: str
    fleet: str
    status: Literal["optimal", "feasible", "infeasible", "no_answer"]
    stopped_by: Literal["gap", "work", "time"]
    catalog: DecidedOn
    policies: JudgedBy
    cost_usd_per_month: Usd | None
    penalties_usd_per_month: Usd
    lower_bound_usd_per_month: float | None
    gap: float | None
    solve_seconds: float
    assumptions: list[str]
    placements: list[PlacedWorkload]
    datasets: list[PlacedDataset]
    flows: list[PlacedFlow]
    baselines: list[Baseline]
    steps: list[str]
    settings: dict[str, Any]
    conflict: NotRequired[list[Conflict]]
    rejections: NotRequired[list[Rejection]]


class Progress(TypedDict):
    """How far it is; what is not known yet is None."""

    began_at: str
    parts: int | None
    parts_solved: int | None
    seconds: float | None
    step: str | None
    best_usd_per_month: float | None
    lower_bound_usd_per_month: float | None


class PendingDecision(TypedDict):
    """A request that is no decision yet, or never becomes one."""

    id: str
    fleet: str
    status: Literal["queued", "running", "failed", "cancelled"]
    asked_at: str
    asked_by: str
    ended_at: str | None
    reason: str
    catalog: dict[str, int]
    warnings: list[str]
    progress: Progress | None


class DecisionLine(TypedDict):
    """One line of the ledger."""

    id: str
    fleet: str
    created_at: str
    catalog_version: int
    status: Literal["optimal", "feasible", "infeasible", "no_answer", "open", "failed", "cancelled"]
    usd_per_month: float | None


class DecisionPage(TypedDict):
    """A part of the ledger."""

    decisions: list[DecisionLine]
    next_cursor: str | None


class Alternative(TypedDict):
    """Another region of a workload: what it would cost more, or what refuses it."""

    region: str
    instance_types: list[str]
    difference_usd_per_month: Usd | None
    """If it alone moved."""
    penalties_usd_per_month: dict[str, float]
    """What it weighs in more, or less, that is no money."""
    at_least_usd_per_month: float | None
    """Proven, whatever else moves with it, penalties included."""
    refused: str | None
    reasons: list[dict[str, Any]]


class RunnerUp(TypedDict):
    """The best placement of the whole fleet with the workload in none of its regions; `is_possible` null: not known."""

    is_possible: bool | None
    assignments: list[Assignment]
    difference_usd_per_month: Usd | None
    penalties_usd_per_month: dict[str, float]
    at_least_usd_per_month: float | None
    """Proven, penalties included."""
    moving: list[str]
    """Who else lies elsewhere then."""


class Explanation(TypedDict):
    """Why a workload lies where it does."""

    decision: str
    workload: str
    regions: list[str]
    runner_up: RunnerUp
    alternatives: list[Alternative]


class PolicyCost(TypedDict):
    """What a policy costs a month; without a name: all of them together."""

    policy: str | None
    total: float | None
    saving: float | None
    at_most: float | None


class PolicyCosts(TypedDict):
    """What each policy of a decision costs."""

    decision: str
    total_usd_per_month: float | None
    policies: list[PolicyCost]
    without_all: PolicyCost
    unexplained: float | None


class Worth(TypedDict):
    """What it saves a month to have more of a limit, and how much of it is used then; `more`: by how much."""

    more: NotRequired[float]
    saving: float
    at_most: float
    used: float


class LimitCost(TypedDict):
    """What a limit costs; its amounts are in `unit`, null for a rule that has no more or less."""

    rule: str
    subjects: list[str]
    reason: str
    unit: Literal["vCPU", "point", "replica", "instance", "USD"] | None
    most: float
    used: float
    without: Worth
    one_step: Worth | None
    """The least more that could make a difference."""
    usd_per_unit: float | None
    """Of that step."""


class LimitsGone(TypedDict):
    """What having none of the limits would save a month."""

    saving: float
    at_most: float


class LimitCosts(TypedDict):
    """What the limits of a decision cost."""

    decision: str
    total_usd_per_month: float
    found_by: str
    limits: list[LimitCost]
    without_all: LimitsGone
    not_asked: int


class Replayed(TypedDict):
    """Whether a decision holds."""

    decision: str
    catalog: CatalogStamp
    method: Literal["solved_again", "rechecked"]
    holds: bool
    differences: list[str]


class Cancelled(TypedDict):
    """The end of a request."""

    id: str
    status: Literal["cancelled"]
