"""What a fleet would cost at home, its frozen baseline, at the prices that one of its decisions was made by."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from placement.documents import moment
from placement.domain.decision import Placement
from placement.domain.money import amount_in_usd
from placement.market.catalog import Catalog
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.planner.ledger import problem_of_request
from placement.reports.history import history_of
from placement.reports.markets import Markets

if TYPE_CHECKING:
    from placement.store.repository import Store


def frozen_baseline(store: "Store", decision: str, read: Callable[[int], Catalog] | None = None) -> dict[str, Any]:
    """`frozen_by` and `frozen_at` of the fleet's first decision, and `usd_per_month`, null with a `reason`.

    `read` gives a whole catalog version, where somebody has them at hand.
    Raises BadInput where a market of before can no longer be built.
    """
    head = store.stored(decision)
    until = head.created_at + timedelta(microseconds=1)
    heads = [each for each in store.decisions_before(until) if each.fleet_name == head.fleet_name]
    markets = Markets(store, read)
    found = history_of(store, markets, head.created_at, heads)
    if found is None or found.in_force[-1].head.id != decision:
        return {
            "decision": decision,
            "frozen_by": None,
            "frozen_at": None,
            "usd_per_month": None,
            "reason": "no placement",
        }
    last = found.in_force[-1]
    document = {"decision": decision, "frozen_by": found.first.head.id, "frozen_at": moment(found.first.at)}
    problem = problem_of_request(markets.whole(last.head.catalog_version), last.request)
    try:
        home = _at_prices_of(problem, last.homes.placement(problem))
        total = price(problem, home).bill.total
    except (LookupError, ValueError, OverflowError) as missing:
        return {**document, "usd_per_month": None, "reason": f"at home the fleet has no price: {missing}"}
    return {**document, "usd_per_month": amount_in_usd(total), "reason": None}


def _at_prices_of(problem: Problem, home: Placement) -> Placement:
    """The same offerings as they are in the problem's market; raises LookupError where one is no longer sold."""
    find = problem.catalog.find
    return replace(
        home,
        assignments={
            name: tuple(
                replace(
                    part,
                    offering=find(
                        part.offering.region.id,
                        part.offering.zone,
                        part.offering.instance_type.name,
                        part.offering.capacity_type,
                    ),
                )
                for part in parts
            )
            for name, parts in home.assignments.items()
        },
    )
