"""A stored decision is made again on its own catalog: the same answer, or a proof that it was right.

A search that ended by gap or by work gives the identical answer each time. One that the time cut would end elsewhere on
another machine: its price, its rules and its bound are checked instead.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from placement.documents import bill_document
from placement.domain.money import amount_in_usd
from placement.optimizer.price import price
from placement.optimizer.violations import violations
from placement.planner.ledger import decide_request, problem_of_request
from placement.planner.stored_placements import stored_placement

if TYPE_CHECKING:
    from placement.market.catalog import Catalog

Document = dict[str, Any]

_OF_ITS_RUN = frozenset(("id", "solve_seconds", "steps"))
"""Members that tell of the run rather than of the answer."""
_AGAIN_S = 10.0
"""A search that the time cut is not repeated for longer."""
_ROUNDING_USD = 1e-5
"""Of a bound and of a bill, together."""


def replay(catalog: "Catalog", request: Mapping[str, Any], answer: Mapping[str, Any]) -> Document:
    """Whether the decision holds: `{decision, catalog, method, holds, differences}`.

    `method` is `solved_again` where the search ended by gap or work, and `rechecked` where time cut it. `catalog` is
    the version that the decision was made on.
    """
    method: Literal["solved_again", "rechecked"]
    cut = answer["stopped_by"] == "time"
    again = decide_request(catalog, _shorter(request) if cut else request, answer["id"])
    if cut:
        method, differences = "rechecked", _faults(catalog, request, answer) or _contradictions(answer, again)
    else:
        method, differences = "solved_again", _differences(answer, again)
    return {
        "decision": answer["id"],
        "catalog": {"version": catalog.version, "as_of": answer["catalog"]["as_of"]},
        "method": method,
        "holds": not differences,
        "differences": differences,
    }


def _shorter(request: Mapping[str, Any]) -> Document:
    """The request with less time: what two searches prove holds for both, however long they took."""
    settings = request["settings"]
    return {**request, "settings": settings | {"time_limit_s": min(settings["time_limit_s"], _AGAIN_S)}}


def _differences(before: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """In words, member by member."""
    return [
        f"{name}: was {_short(before.get(name))}, is {_short(again.get(name))}"
        for name in sorted(before.keys() | again.keys())
        if name not in _OF_ITS_RUN and before.get(name) != again.get(name)
    ]


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _faults(catalog: "Catalog", request: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """What is wrong with an answer, by plain recomputation."""
    if not answer["placements"] and not answer["datasets"]:
        return []
    problem = problem_of_request(catalog, request)
    placement = stored_placement(problem, answer)
    if broken := violations(problem, placement):
        return broken
    priced, bound = price(problem, placement), answer["lower_bound_usd_per_month"]
    faults = []
    if bill_document(priced.bill) != answer["cost_usd_per_month"]:
        faults.append(f"cost: was {answer['cost_usd_per_month']}, is {bill_document(priced.bill)}")
    total = amount_in_usd(priced.bill.total)
    if bound > total:
        faults.append(f"bound: {bound} is above the cost {total}")
    elif total and abs((total - bound) / total - answer["gap"]) > 1e-6:
        faults.append(f"gap: was {answer['gap']}, is {(total - bound) / total:.9f}")
    return faults


def _contradictions(answer: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """Two searches may end at different answers, but neither may cost less than what the other proved."""
    faults = []
    for words, proof, found in (
        ("the bound was {}, but a placement costs {}", answer, again),
        ("a bound of {} can be proven, but the cost was {}", again, answer),
    ):
        bound, cost = proof["lower_bound_usd_per_month"], found["cost_usd_per_month"]
        if bound is not None and cost is not None and bound > cost["total"] + _ROUNDING_USD:
            faults.append(words.format(bound, cost["total"]))
    return faults
