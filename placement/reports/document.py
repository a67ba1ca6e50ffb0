"""A report as JSON: whole, to be kept and read again, and its figures, for people and programs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from placement.documents import moment
from placement.domain.money import MicroUsd, amount_in_usd
from placement.reports.report import Report

if TYPE_CHECKING:
    from placement.reports.figures import Figures
    from placement.reports.grouping import Group, Share

Document = dict[str, Any]


def encoded(report: Report) -> bytes:
    """The whole report; the same report gives the same bytes."""
    return msgspec.json.encode(report, order="deterministic")


def decoded(content: bytes) -> Report:
    """The report again."""
    return msgspec.json.decode(content, type=Report)


def figures_document(report: Report, figures: "Figures") -> Document:
    """What `placement report --json` prints; amounts are USD in the period."""
    forecast = figures.forecast
    return {
        "month": report.month,
        "revision": report.revision or None,
        "since": moment(report.start),
        "until": moment(report.until),
        "closed": report.until >= report.end,
        "usd": {
            "baseline": amount_in_usd(figures.home),
            "actual": amount_in_usd(figures.actual),
            "best_in_hindsight": amount_in_usd(figures.best),
            "best_without_policies": amount_in_usd(figures.unrestricted),
            "saved": amount_in_usd(figures.saved),
            "missed": amount_in_usd(figures.missed),
            "compliance": amount_in_usd(figures.compliance),
        },
        "terms_usd": {term: amount_in_usd(owed) for term, owed in figures.terms.items()},
        "bridge_usd": {
            name: amount_in_usd(amount)
            for name, amount in (
                ("frozen", figures.bridge.frozen),
                ("volume", figures.bridge.volume),
                ("price", figures.bridge.price),
                ("mix", figures.bridge.mix),
                ("egress", figures.bridge.egress),
                ("moves", figures.bridge.moves),
                ("actual", figures.bridge.actual),
            )
        },
        "effective_savings_rate": _rounded(figures.savings_rate),
        "egress_share": _rounded(figures.egress_share),
        "spot_share": _rounded(figures.spot_share),
        "estimated_share": _rounded(figures.estimated_share),
        "replica_hours": _rounded(figures.replica_hours),
        "vcpu_hours": _rounded(figures.vcpu_hours),
        "usd_per_replica_hour": _rounded(figures.usd_per_replica_hour, 9),
        "usd_per_vcpu_hour": _rounded(figures.usd_per_vcpu_hour, 9),
        "expected_interruptions": _rounded(figures.expected_interruptions),
        "oldest_price_at": None if figures.oldest_price_at is None else moment(figures.oldest_price_at),
        "price_age_hours": _rounded(figures.price_age_hours),
        "forecast_usd": None
        if forecast is None
        else {name: amount_in_usd(MicroUsd(amount)) for name, amount in asdict(forecast).items()},
        "days": [{"day": day.isoformat(), **_group(group)} for day, group in figures.days],
        "by_fleet": [{"fleet": group.name, **_group(group)} for group in figures.fleets],
        "by_label": {"label": figures.label, "groups": [{"value": g.name, **_group(g)} for g in figures.labels]},
        "by_class": [{"classes": group.name, **_group(group)} for group in figures.classes],
        "by_provider": [_share("provider", share) for share in figures.providers],
        "by_region": [_share("region", share) for share in figures.regions],
        "by_capacity_type": [_share("capacity_type", share) for share in figures.capacity],
        "flows": [
            {
                "fleet": flow.fleet,
                "from": flow.src,
                "to": flow.dst,
                "from_region": flow.from_region,
                "to_region": flow.to_region,
                "gb": _rounded(flow.gb),
                "usd": amount_in_usd(flow.amount),
            }
            for flow in figures.flows
        ],
        "fleets": [
            {
                "fleet": fleet.name,
                "baseline": {"decision": fleet.first_decision, "frozen_at": moment(fleet.frozen_at)},
                "in_force": [
                    {"decision": span.decision, "since": moment(span.since), "until": moment(span.until)}
                    for span in fleet.in_force
                ],
                "policies": [{"policy": cost.policy, "usd": amount_in_usd(cost.amount)} for cost in fleet.policies],
                "missed": [asdict(missed) for missed in fleet.missed],
                "searched_share": _rounded(fleet.searched),
                "notes": list(fleet.notes),
            }
            for fleet in report.fleets
        ],
    }


def _group(group: "Group") -> Document:
    return {
        "actual_usd": amount_in_usd(group.actual),
        "baseline_usd": amount_in_usd(group.home),
        "best_usd": amount_in_usd(group.best),
        "saved_usd": amount_in_usd(group.saved),
        "missed_usd": amount_in_usd(group.missed),
    }


def _share(name: str, share: "Share") -> Document:
    return {name: share.name, "usd": amount_in_usd(share.amount)}


def _rounded(number: float | None, digits: int = 6) -> float | None:
    return None if number is None else round(number, digits)
