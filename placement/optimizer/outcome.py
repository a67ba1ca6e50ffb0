"""What is known before a search, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from placement.domain.decision import Placement, StoppedBy
from placement.optimizer.nodes import Node
from placement.optimizer.search import Search


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a search ended."""

    search: Search
    nodes: Sequence[Node]
    stopped_by: StoppedBy
    infeasible: bool
    least_usd: float | None = None
    """Where the budget alone forbids every placement: what each costs a month at least."""


@dataclass(frozen=True, eq=False)
class Start:
    """What is known before a search begins."""

    placement: Placement
    bound_usd: float
    """No placement costs less, penalties included."""
    words: str
    """How it was found."""
