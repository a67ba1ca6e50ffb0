"""Which decisions of a fleet were in force in a period, and where its baseline was frozen."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from placement.domain.decision import Placement
from placement.domain.fleet import Fleet
from placement.fleet_file import parse_fleet
from placement.optimizer.problem import Problem
from placement.planner.ledger import problem_of_request
from placement.planner.stored_placements import stored_placement
from placement.reports.decided import decided_placement
from placement.reports.home import Homes
from placement.reports.markets import Markets
from placement.reports.period import Period
from placement.store.decisions import DecisionHead

if TYPE_CHECKING:
    from placement.store.repository import Store


@dataclass(frozen=True, eq=False)
class Kept:
    """A decision that placed its fleet, and the homes of then."""

    head: DecisionHead
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    fleet: Fleet
    decided: Placement
    homes: Homes
    before: Placement | None
    """What was in force when it was made; None for the first."""

    @property
    def at(self) -> datetime:
        """When it came into force, to the second."""
        return self.head.created_at.replace(microsecond=0)


@dataclass(frozen=True, eq=False)
class FleetHistory:
    """The first decision of a fleet, and those that were in force in the period, oldest first."""

    first: Kept
    in_force: tuple[Kept, ...]


def histories(store: "Store", markets: Markets, period: Period, until: datetime) -> Iterator[FleetHistory]:
    """Of every fleet that had a placement in the period, by name."""
    by_fleet: dict[str, list[DecisionHead]] = {}
    for head in store.decisions_before(until):
        by_fleet.setdefault(head.fleet_name, []).append(head)
    for heads in by_fleet.values():
        found = history_of(store, markets, period.start, heads)
        if found is not None:
            yield found


def history_of(store: "Store", markets: Markets, since: datetime, heads: Sequence[DecisionHead]) -> FleetHistory | None:
    """Of one fleet, whose decisions these are, oldest first; what was in force from `since` on. None: nothing was."""
    homes, first, kept = Homes(), None, list[Kept]()
    for head in heads:
        stored = store.stored(head.id)
        answer = json.loads(stored.answer_json)
        if not answer["placements"] and not answer["datasets"]:
            continue
        request = json.loads(stored.request_json)
        homes = homes.learnt(
            head.id,
            head.created_at,
            request["fleet"],
            lambda: _whole(markets, head, request, answer),  # noqa: B023
        )
        fleet = parse_fleet(json.dumps(request["fleet"]), "stored decision").fleet
        decided = decided_placement(fleet, markets.bare(head.catalog_version), answer)
        before = kept[-1].decided if kept else None
        decision = Kept(head, request, answer, fleet, decided, homes, before)
        first = first or decision
        if decision.at <= since:
            kept.clear()
        kept.append(decision)
    return None if first is None else FleetHistory(first, tuple(kept))


def _whole(
    markets: Markets, head: DecisionHead, request: Mapping[str, Any], answer: Mapping[str, Any]
) -> tuple[Problem, Placement]:
    problem = problem_of_request(markets.whole(head.catalog_version), request)
    return problem, stored_placement(problem, answer)
