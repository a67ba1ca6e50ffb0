"""A stored decision is explained on the catalog version that it was made on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.documents import assignment_document, bill_document
from placement.domain.decision import Bill
from placement.domain.errors import BadInput
from placement.domain.money import MicroUsd, amount_in_usd
from placement.domain.policy import PolicySet
from placement.fleet_file import parse_fleet
from placement.market.catalog import Catalog
from placement.market.freshness import judged
from placement.optimizer.elsewhere import RunnerUp, bounds_by_region, runner_up
from placement.optimizer.explain import alternatives
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.planner.judging import judged_by
from placement.planner.limit_costs import LimitCosts, limit_costs
from placement.planner.policy_costs import PolicyCosts, policy_costs
from placement.planner.stored_placements import stored_placement
from placement.policy_file import parse_policies


def explain(
    catalog: Catalog, request: Mapping[str, Any], answer: Mapping[str, Any], workload: str, time_limit_s: float
) -> dict[str, Any]:
    """Why a workload lies where a stored decision put it: every other region with its cost or its refusal.

    `request` and `answer` are the stored documents, `catalog` the version they were made on. The fleet is placed again
    without the workload's regions, for `time_limit_s` at most. Raises BadInput for a workload that the fleet lacks.
    """
    fleet = parse_fleet(json.dumps(request["fleet"]), "stored decision").fleet
    as_of = datetime.fromisoformat(request["as_of"])
    market = catalog if request.get("allow_stale") else judged(catalog, as_of)
    residency = judged_by(stored_policies(request, catalog), fleet, catalog, as_of.date())
    problem = Problem(fleet, market, as_of.date(), residency)
    if workload not in problem.workloads:
        near = get_close_matches(workload, problem.workloads, 1)
        hint = f", did you mean {near[0]!r}?" if near else f"; it has {', '.join(problem.workloads)}"
        raise BadInput(f"fleet {fleet.name} has no workload {workload!r}{hint}")
    placement, wanted = stored_placement(problem, answer), problem.workloads[workload]
    priced, settings = price(problem, placement), Settings(**request["settings"])
    found = alternatives(problem, placement, wanted)
    proven = _proven(answer, priced, bounds_by_region(problem, placement, wanted, settings))
    second = runner_up(problem, placement, priced, wanted, replace(settings, time_limit_s=time_limit_s))
    return {
        "decision": answer["id"],
        "workload": workload,
        "regions": sorted({part.offering.region.id for part in placement.assignments[workload]}),
        "runner_up": _runner_up(second, workload),
        "alternatives": [
            {
                "region": other.region,
                "instance_types": list(other.instance_types),
                "difference_usd_per_month": bill_document(Bill(other.difference)) if other.difference else None,
                "penalties_usd_per_month": _penalties(other.penalties),
                "at_least_usd_per_month": proven[problem.region(other.region)],
                "refused": other.refused,
                "reasons": [asdict(reason) for reason in other.reasons],
            }
            for other in found
        ],
    }


def _proven(answer: Mapping[str, Any], priced: Priced, bounds: NDArray[np.float64]) -> list[float | None]:
    """By region: what every placement costs more at least that has all of the workload there; None where it cannot."""
    penalties = (priced.objective - priced.bill.total) / 1e6
    known = answer["lower_bound_usd_per_month"] + penalties
    here = priced.objective / 1e6
    return [round(float(max(bound, known) - here), 6) if np.isfinite(bound) else None for bound in bounds]


def _runner_up(found: RunnerUp, workload: str) -> dict[str, Any]:
    parts = found.placement.assignments[workload] if found.placement is not None else ()
    at_least = found.at_least_usd
    return {
        "is_possible": False if found.impossible else True if parts else None,
        "assignments": [assignment_document(part) for part in parts],
        "difference_usd_per_month": bill_document(Bill(found.difference)) if found.difference else None,
        "penalties_usd_per_month": _penalties(found.penalties),
        "at_least_usd_per_month": None if at_least is None else round(at_least, 6),
        "moving": list(found.moving),
    }


def _penalties(differing: Mapping[str, MicroUsd]) -> dict[str, float]:
    return {name: amount_in_usd(amount) for name, amount in differing.items()}


def costs_of_policies(catalog: Catalog, request: Mapping[str, Any], time_limit_s: float) -> PolicyCosts:
    """What each policy of a stored request costs, on the catalog that it was decided on; BadInput if it has none."""
    policies = stored_policies(request, catalog)
    if policies is None:
        raise BadInput("this decision was made without policies; name some in the fleet: policies: [FILE]")
    fleet = parse_fleet(json.dumps(request["fleet"]), "stored decision").fleet
    settings = replace(Settings(**request["settings"]), time_limit_s=time_limit_s)
    as_of = datetime.fromisoformat(request["as_of"])
    return policy_costs(catalog, fleet, policies, settings, as_of, allow_stale=bool(request.get("allow_stale")))


def costs_of_limits(
    catalog: Catalog, request: Mapping[str, Any], answer: Mapping[str, Any], time_limit_s: float
) -> LimitCosts:
    """What each limit of a stored request costs, on the catalog of its decision; BadInput if that places nothing."""
    fleet = parse_fleet(json.dumps(request["fleet"]), "stored decision").fleet
    settings = replace(Settings(**request["settings"]), time_limit_s=time_limit_s)
    as_of, policies = datetime.fromisoformat(request["as_of"]), stored_policies(request, catalog)
    allow_stale = bool(request.get("allow_stale"))
    return limit_costs(catalog, fleet, answer, policies, settings, as_of, allow_stale=allow_stale)


def stored_policies(request: Mapping[str, Any], catalog: Catalog) -> PolicySet | None:
    """The policies of a stored request, as they were then."""
    if not request.get("policies"):
        return None
    text = json.dumps(request["policies"])
    day = datetime.fromisoformat(request["as_of"]).date()
    return parse_policies([("stored decision", text)], day, catalog.providers).policies
