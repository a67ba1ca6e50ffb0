"""What the optimizer would have chosen during a tenure: the cheapest placement to hold from its beginning to its end.

A look is the market of one moment of the tenure. The optimizer places the fleet at each, with all policies, without
any, and without each that applies; what it finds is priced over the whole tenure, at the prices of the time, beside
the placement that was decided. So hindsight is never dearer than what was done, and no more than was really looked for
is called missed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from placement.domain.decision import Placement
from placement.domain.fleet import Fleet
from placement.domain.policy import PolicySet
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner.deciding import decide
from placement.planner.policy_costs import without

LOOK_DAYS = (1, 11, 21)
"""Of the month, at midnight, beside the beginning of the tenure: many fleets so look at one market."""
_SETTINGS = Settings(time_limit_s=5.0, gap=2e-3, workers=1)
_SHORTEST = timedelta(hours=1)
"""A tenure that lasted less is not searched."""


@dataclass(frozen=True, eq=False)
class Look:
    """The market of a moment, and what is to be placed on it."""

    at: datetime
    catalog: Catalog
    fleet: Fleet
    policies: PolicySet | None
    allow_stale: bool


@dataclass(frozen=True, eq=False)
class Found:
    """Placements that would have been possible, of all looks."""

    lawful: tuple[Placement, ...]
    unrestricted: tuple[Placement, ...]
    """Under no policy."""
    without: dict[str, tuple[Placement, ...]]
    """Under all policies but this one, `name@version`."""
    cut: bool
    """Whether time ended a search: another machine might find more."""


def moments(since: datetime, until: datetime) -> list[datetime]:
    """When to look; nothing where the tenure is too short to have been worth a change."""
    if until - since < _SHORTEST:
        return []
    found = [since]
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        if day.day in LOOK_DAYS and day > since:
            found.append(day)
        day += timedelta(days=1)
    return found


def search(looks: Sequence[Look], applied: Sequence[str], spend: Callable[[], bool]) -> Found:
    """Place the fleet at each look, as long as `spend` grants another search; policies one by one at the first look."""
    lawful: list[Placement] = []
    unrestricted: list[Placement] = []
    released: dict[str, tuple[Placement, ...]] = {}
    cut = False

    def placed(look: Look, policies: PolicySet | None) -> list[Placement]:
        nonlocal cut
        if not spend():
            return []
        decision = decide(look.catalog, look.fleet, _SETTINGS, look.at, policies=policies, allow_stale=look.allow_stale)
        cut = cut or decision.stopped_by == "time"
        return [] if decision.placement is None else [decision.placement]

    for look in looks:
        lawful += placed(look, look.policies)
        if look.policies is not None:
            unrestricted += placed(look, PolicySet(classes=look.policies.classes))
    first = looks[0] if looks else None
    if first is not None and first.policies is not None:
        for policy in applied if len(applied) > 1 else ():
            released[policy] = tuple(placed(first, without(first.policies, [policy])))
        if len(applied) == 1:
            released[applied[0]] = tuple(unrestricted)
    return Found(tuple(lawful), tuple(unrestricted), released, cut)
