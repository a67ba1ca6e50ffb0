"""What a decision's page tells beside its tables: words about its proof, its place among others, its bill by term."""

from collections.abc import Mapping, Sequence
from typing import Any

from placement.store.decisions import DecisionLine

_STOPPED = {
    "gap": "The search ended because what was left to gain was less than asked for.",
    "work": "The search ended after as much work as it was granted; the same request ends the same way again.",
    "time": "The search ended because its time was over; more time may find more.",
}
_SMALL = 1e-4
"""A gap that counts as none; see `Decision.status`."""
PLACED = ("optimal", "feasible")


def proof_words(answer: Mapping[str, Any]) -> list[str]:
    """What is proven about the cost, in sentences."""
    total, bound, gap = answer["cost_usd_per_month"], answer["lower_bound_usd_per_month"], answer["gap"]
    found = []
    if total is not None and bound is not None and gap is not None:
        if gap <= _SMALL:
            found.append(f"No placement that keeps all rules costs less than {bound:,.2f} USD a month: this is proven.")
        else:
            found.append(
                f"No placement that keeps all rules costs less than {bound:,.2f} USD a month, so that a better one "
                f"could save {total['total'] - bound:,.2f} at most, {gap:.2%} of this cost."
            )
    elif bound is not None:
        found.append(f"No placement that keeps all rules costs less than {bound:,.2f} USD a month.")
    if answer["stopped_by"] in _STOPPED and total is not None:
        found.append(_STOPPED[answer["stopped_by"]])
    return found


def savings(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the fleet would cost otherwise, on the same market."""
    total = answer["cost_usd_per_month"]
    if total is None:
        return []
    return [
        {
            "description": baseline["description"],
            "usd": baseline["total_usd_per_month"],
            "saved": None
            if baseline["total_usd_per_month"] is None
            else baseline["total_usd_per_month"] - total["total"],
        }
        for baseline in answer["baselines"]
    ]


def charged_flows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All flows, the dearest first, then the largest."""
    return sorted(answer["flows"], key=lambda flow: (-flow["usd_per_month"], -flow["gb_per_month"]))


def replaced_by(identity: str, lines: Sequence[DecisionLine]) -> DecisionLine | None:
    """The newest decision of the fleet that placed it later; `lines` are the fleet's, newest first."""
    for line in lines:
        if line.id == identity:
            return None
        if line.status in PLACED:
            return line
    return None
