"""Answers as JSON documents: the same from the command line, the service and the store.

Costs are USD with 6 decimals, rates USD with 9; times are ISO 8601 in UTC.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from placement.domain.decision import Assignment, Bill, Decision, PlacedFlow, Rejection
from placement.domain.money import MicroUsd, amount_in_usd, rate_in_usd
from placement.domain.offering import Offering
from placement.residency.disclaimer import NO_LEGAL_ADVICE

if TYPE_CHECKING:
    from placement.market.catalog import Catalog
    from placement.planner.limit_costs import LimitCost, LimitCosts, Worth
    from placement.planner.policy_check import PolicyReport
    from placement.planner.policy_costs import PolicyCost, PolicyCosts
    from placement.store.history import PricePoint

Document = dict[str, Any]


def decision_document(decision: Decision) -> Document:
    """The decision; `conflict` and `rejections` are there only where nothing is placed."""
    placement, bound = decision.placement, decision.lower_bound
    gap = decision.gap
    document: Document = {
        "id": decision.id,
        "fleet": decision.fleet,
        "status": decision.status,
        "stopped_by": decision.stopped_by,
        "catalog": {
            "version": decision.catalog_version,
            "as_of": moment(decision.catalog_as_of),
            "oldest_price_at": moment(decision.oldest_price_at) if decision.oldest_price_at else None,
            "stale": [
                {
                    "source": offering.source,
                    "region": offering.region.id,
                    "zone": offering.zone,
                    "instance_type": offering.instance_type.name,
                    "capacity_type": offering.capacity_type.value,
                    "observed_at": moment(offering.observed_at),
                }
                for offering in decision.stale
            ],
        },
        "policies": {"digest": decision.policies.digest, "applied": list(decision.policies.applied)},
        "cost_usd_per_month": bill_document(decision.bill) if decision.bill else None,
        "penalties_usd_per_month": {name: amount_in_usd(amount) for name, amount in decision.penalties.items()},
        "lower_bound_usd_per_month": None if bound is None else amount_in_usd(bound),
        "gap": None if gap is None else round(gap, 9),
        "solve_seconds": round(decision.solve_seconds, 3),
        "assumptions": list(decision.assumptions),
        "placements": [
            {
                "workload": name,
                "assignments": [assignment_document(part) for part in parts],
                "cost_usd_per_month": bill_document(decision.subject_bills[name]),
            }
            for name, parts in (placement.assignments.items() if placement else ())
        ],
        "datasets": [
            {
                "dataset": name,
                "regions": list(regions),
                "cost_usd_per_month": bill_document(decision.subject_bills[name]),
            }
            for name, regions in (placement.datasets.items() if placement else ())
        ],
        "flows": [flow_document(flow) for flow in decision.flows],
        "baselines": [
            {
                "name": baseline.name,
                "description": baseline.description,
                "total_usd_per_month": None if baseline.total is None else amount_in_usd(baseline.total),
            }
            for baseline in decision.baselines
        ],
        "steps": list(decision.steps),
        "settings": dict(decision.settings),
    }
    if placement is None:
        document["conflict"] = [
            {"rule": conflict.rule, "subjects": list(conflict.subjects), "reason": conflict.reason}
            for conflict in decision.conflict
        ]
        document["rejections"] = [
            {"workload": r.workload, "rule": r.rule, "reason": r.reason, "offerings": r.offerings}
            for r in decision.rejections
        ]
    return document


def flow_document(flow: PlacedFlow) -> Document:
    """What a flow costs between two places."""
    return {
        "from": flow.src,
        "to": flow.dst,
        "from_region": flow.from_region,
        "to_region": flow.to_region,
        "gb_per_month": round(flow.gb_per_month, 9),
        "usd_per_month": amount_in_usd(flow.usd_per_month),
    }


def quote_document(version: int, as_of: datetime, offerings: Sequence[Offering]) -> Document:
    """Offerings in the order of the quote, and the catalog that they are from."""
    return {
        "catalog": {"version": version, "as_of": moment(as_of)},
        "offerings": [
            {
                "provider": offering.region.provider,
                "region": offering.region.name,
                "zone": offering.zone,
                "instance_type": offering.instance_type.name,
                "capacity_type": offering.capacity_type.value,
                "usd_per_hour": rate_in_usd(offering.usd_per_hour),
                "vcpus": offering.instance_type.vcpus,
                "memory_gib": offering.instance_type.memory_gib,
                "observed_at": moment(offering.observed_at),
                "estimated": offering.estimated,
                "hazard_per_hour": offering.hazard_per_hour,
            }
            for offering in offerings
        ],
    }


def empty_quote_document(version: int, as_of: datetime, searched: int, refusals: Sequence[Rejection]) -> Document:
    """A quote in which nothing fits: how many offerings were `searched`, and how many each rule alone refuses.

    The strictest rule comes first.
    """
    return quote_document(version, as_of, ()) | {
        "searched": searched,
        "rejections": [
            {"rule": refusal.rule, "reason": refusal.reason, "offerings": refusal.offerings}
            for refusal in sorted(refusals, key=lambda refusal: -refusal.offerings)
        ],
    }


def history_document(
    region: str, instance_type: str, window: tuple[datetime, datetime], points: Sequence["PricePoint"]
) -> Document:
    """When an offering's price changed in a window; null where its source withdrew it."""
    since, until = window
    return {
        "region": region,
        "instance_type": instance_type,
        "since": moment(since),
        "until": moment(until),
        "points": [
            {
                "source": point.source,
                "zone": point.zone,
                "capacity_type": point.capacity_type.value,
                "since": moment(point.since),
                "since_is_stated": point.stated,
                "usd_per_hour": None if point.usd_per_hour is None else rate_in_usd(point.usd_per_hour),
            }
            for point in points
        ],
    }


def policy_report_document(
    report: "PolicyReport", catalog: "Catalog", digest: str | None, as_of: date, about_fleet: Sequence[str]
) -> Document:
    """What a check of policies found, in the regions of a catalog; `about_fleet` are warnings of reading the fleet."""
    return {
        "catalog": {"version": catalog.version, "as_of": moment(catalog.as_of)},
        "digest": digest,
        "as_of": as_of.isoformat(),
        **asdict(report),
        "warnings": [*about_fleet, *report.warnings],
        "note": NO_LEGAL_ADVICE,
    }


def policy_costs_document(costs: "PolicyCosts") -> Document:
    """What each policy costs a month, and all together; null where no placement was found."""

    def row(cost: "PolicyCost") -> Document:
        return {
            "policy": cost.policy,
            "total": _usd(cost.total),
            "saving": _usd(cost.saving),
            "at_most": _usd(cost.at_most),
        }

    return {
        "total_usd_per_month": _usd(costs.total),
        "policies": [row(cost) for cost in costs.each],
        "without_all": row(costs.without_all),
        "unexplained": _usd(costs.unexplained),
    }


def limit_costs_document(costs: "LimitCosts") -> Document:
    """What each limit costs a month, what a step more of it is worth, and what it would be to have none of them."""

    def worth(found: "Worth") -> Document:
        return {"saving": _usd(found.saving), "at_most": _usd(found.at_most), "used": round(found.used, 6)}

    def row(cost: "LimitCost") -> Document:
        limit, step = cost.limit, cost.one_step
        return {
            "rule": limit.rule,
            "subjects": list(limit.subjects),
            "reason": limit.words,
            "unit": limit.unit,
            "most": round(limit.most, 6),
            "used": round(cost.used, 6),
            "without": worth(cost.without),
            "one_step": None if step is None else {"more": round(cost.step, 6), **worth(step)},
            "usd_per_unit": None if step is None else round(step.saving / 1e6 / cost.step, 6),
        }

    return {
        "total_usd_per_month": _usd(costs.total),
        "found_by": "placing the fleet again",
        "limits": [row(cost) for cost in costs.each],
        "without_all": {"saving": _usd(costs.loose.saving), "at_most": _usd(costs.loose.at_most)},
        "not_asked": costs.not_asked,
    }


def _usd(amount: MicroUsd | None) -> float | None:
    return None if amount is None else amount_in_usd(amount)


def bill_document(bill: Bill) -> Document:
    """The total, then line by line."""
    return {"total": amount_in_usd(bill.total), **{line: amount_in_usd(owed) for line, owed in bill.lines.items()}}


def assignment_document(part: Assignment) -> Document:
    """One offering and the replicas on it."""
    offering = part.offering
    return {
        "region": offering.region.id,
        "zone": offering.zone,
        "instance_type": offering.instance_type.name,
        "capacity_type": offering.capacity_type.value,
        "replicas": part.replicas,
        "usd_per_hour": rate_in_usd(offering.usd_per_hour),
        "observed_at": moment(offering.observed_at),
        "estimated": offering.estimated,
        "hazard_per_hour": offering.hazard_per_hour,
    }


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
