"""A replan as a JSON document: the same from the command line and from the service."""

from collections.abc import Mapping
from typing import Any

from placement.documents import assignment_document, bill_document, decision_document, moment
from placement.domain.decision import Bill
from placement.domain.money import MicroUsd, amount_in_usd
from placement.planner.replanning import Move, Replan, Stay

Document = dict[str, Any]


def moves_document(found: Replan) -> Document:
    """What would move, why, and what it saves; `conflict` and `rejections` are there where nothing can be placed."""
    decided = decision_document(found.decision)
    workloads = {workload.name: workload for workload in found.running.fleet.workloads}
    planned = {placed["workload"]: placed["assignments"] for placed in decided["placements"]}
    saved = None
    if found.present is not None and found.decision.bill is not None:
        now, then = found.present.bill.lines, found.decision.bill.lines
        saved = bill_document(Bill({line: MicroUsd(now[line] - then[line]) for line in now}))
    limits = found.running.fleet.limits.migration
    regions = {row["dataset"]: row["regions"] for row in decided["datasets"]}

    def move(each: Move) -> Document:
        on_workload = each.name in workloads
        goes = planned[each.name] if on_workload else [{"region": region} for region in regions[each.name]]
        leaves = set(each.was) != {part["region"] for part in goes}
        parts = [assignment_document(part) for part in found.running.parts[each.name]] if on_workload else []
        return {
            "name": each.name,
            "of": "workload" if on_workload else "dataset",
            "kind": "move" if leaves else "change",
            "from": {"regions": list(each.was), "assignments": parts},
            "to": {
                "regions": list(dict.fromkeys(part["region"] for part in goes)),
                "assignments": planned.get(each.name, []),
            },
            "known_from": found.running.source.get(each.name, "decision"),
            "reasons": [{"kind": reason.kind, "words": reason.words} for reason in each.reasons],
            "saves_usd_per_month": _bill(each.stayed.dearer),
            "saves_together": [name for name in each.stayed.names if name != each.name],
            "cannot_stay": each.stayed.refused,
            "costs_once_usd": _once(each.stayed.dearer, limits.horizon_months),
            "hurdle_usd_per_month": round(each.hurdle_usd, 6),
        }

    def stay(each: Stay) -> Document:
        best = each.best
        return {
            "workload": each.name,
            "regions": list(dict.fromkeys(part["region"] for part in planned[each.name])),
            "known_from": found.running.source[each.name],
            "best_move": None
            if best is None
            else {
                "region": best.region,
                "instance_types": list(best.instance_types),
                "saves_usd_per_month": _bill({line: MicroUsd(-usd) for line, usd in best.difference.items()}),
            },
            "best_move_was_sought": each.looked_at,
            "hurdle_usd_per_month": round(each.hurdle_usd, 6),
        }

    document: Document = {
        "fleet": decided["fleet"],
        "decision": {
            "id": found.in_force.id,
            "made_at": moment(found.in_force.made_at),
            "catalog_version": found.in_force.catalog_version,
        },
        "status": decided["status"],
        "stopped_by": decided["stopped_by"],
        "catalog": decided["catalog"],
        "policies": decided["policies"],
        "migration": {
            "horizon_months": limits.horizon_months,
            "min_saving_fraction": limits.min_saving_fraction,
        },
        "cost_usd_per_month": {
            "now": None if found.present is None else bill_document(found.present.bill),
            "planned": decided["cost_usd_per_month"],
            "saved": saved,
        },
        "now_breaks": list(found.broken),
        "lower_bound_usd_per_month": decided["lower_bound_usd_per_month"],
        "gap": decided["gap"],
        "solve_seconds": decided["solve_seconds"],
        "moves": [move(each) for each in found.moves],
        "stays": [stay(each) for each in found.stays],
        "starts": [
            {"workload": name, "assignments": parts}
            for name, parts in planned.items()
            if found.running.source[name] == "nothing"
        ],
        "assumptions": [
            *decided["assumptions"],
            *(
                f"nothing is known of {region} any more: leaving it is taken to cost nothing"
                for region in found.running.lost
            ),
        ],
        "steps": decided["steps"],
    }
    return document | {name: decided[name] for name in ("conflict", "rejections") if name in decided}


def _bill(lines: Mapping[str, MicroUsd]) -> Document | None:
    return bill_document(Bill(lines)) if lines else None


def _once(dearer: Mapping[str, MicroUsd], horizon_months: float) -> float | None:
    """What the move costs when it is made: the bill has it written off."""
    return round(max(0.0, -amount_in_usd(dearer["migration"])) * horizon_months, 6) if dearer else None
