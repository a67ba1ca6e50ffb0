"""A stretch is a tenure of what was decided, beside the baseline and what hindsight finds for the same time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from time import monotonic

from placement.domain.decision import Placement
from placement.optimizer.problem import Problem
from placement.planner.explaining import stored_policies
from placement.reports.hindsight import Found, Look, moments, search
from placement.reports.history import FleetHistory, Kept
from placement.reports.markets import Markets
from placement.reports.moving import lying
from placement.reports.period import Period
from placement.reports.tenure import Tenure

_MOST_SEARCHES = 24
"""Placements that the optimizer looks for in hindsight, for one fleet."""
SEARCH_S = 300.0
"""For those of all fleets of a report."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """One decision on one list of tariffs."""

    kept: Kept
    actual: Tenure
    home: Tenure
    """On the tariffs of the time."""
    before: Placement | None
    """Where a change at its beginning would have started from; None: from where the fleet's document says."""
    found: Found | None = None

    def held(self, placement: Placement) -> Tenure:
        """The tenure with another placement, which has to be moved to."""
        return replace(self.actual, placement=placement, origin=self.before, from_current=self.before is None)


def stretches_of(
    markets: Markets, history: FleetHistory, period: Period, until: datetime, tariffs: Sequence[datetime]
) -> list[Stretch]:
    """The decisions in force, cut where tariffs change."""
    found = []
    ends = [kept.at for kept in history.in_force[1:]] + [until]
    for kept, end in zip(history.in_force, ends, strict=True):
        start = max(kept.at, period.start)
        cuts = [start, *(moment for moment in tariffs if start < moment < end), end]
        for since, before in pairwise(cuts):
            if since < before:
                found.append(_stretch(markets, kept, since, before, begins=since == kept.at))
    return found


def _stretch(markets: Markets, kept: Kept, since: datetime, until: datetime, *, begins: bool) -> Stretch:
    market = markets.bare(max(kept.head.catalog_version, markets.version_at(since) or 0))
    placed = {part.offering.region.id for parts in kept.decided.assignments.values() for part in parts}
    placed.update(region for regions in kept.decided.datasets.values() for region in regions)
    if not placed <= market.region_index.keys():
        market = markets.bare(kept.head.catalog_version)
    problem = Problem(kept.fleet, market, since.date())
    actual = Tenure(
        kept.head.id,
        problem,
        kept.decided,
        since,
        until,
        origin=kept.before if begins else None,
        from_current=begins and kept.before is None,
    )
    home = replace(actual, placement=kept.homes.placement(problem), origin=None, from_current=False)
    return Stretch(kept, actual, home, kept.before if begins else kept.decided)


def searched(markets: Markets, stretches: Sequence[Stretch], until: float) -> list[Stretch]:
    """With what hindsight finds, the longest first, until the searches are spent, or the clock (`time.monotonic`)
    reaches `until`."""
    left = _MOST_SEARCHES

    def spend() -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and monotonic() < until

    found = {}
    for stretch in sorted(stretches, key=lambda stretch: -stretch.actual.hours):
        looks = _looks(markets, stretch) if left > 0 and monotonic() < until else []
        if looks:
            found[id(stretch)] = search(looks, stretch.kept.answer["policies"]["applied"], spend)
    return [replace(stretch, found=found.get(id(stretch))) for stretch in stretches]


def _looks(markets: Markets, stretch: Stretch) -> list[Look]:
    looks = []
    for moment in moments(stretch.actual.since, stretch.actual.until):
        catalog = markets.at(moment)
        if catalog is None or catalog.version < stretch.kept.head.catalog_version:
            catalog = markets.whole(stretch.kept.head.catalog_version)
        before = stretch.before if moment == stretch.actual.since else stretch.kept.decided
        demand = stretch.kept.fleet if before is None else lying(stretch.kept.fleet, before)
        policies = stored_policies(stretch.kept.request, catalog)
        looks.append(Look(moment, catalog, demand, policies, bool(stretch.kept.request.get("allow_stale"))))
    return looks
