"""A request is kept as it was asked: whoever reads it again, wherever, decides the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from placement.documents import decision_document
from placement.fleet_file import parse_fleet, to_document
from placement.optimizer.search import Settings, Watch
from placement.planner.deciding import Beforehand, decide, problem_of
from placement.planner.explaining import stored_policies

if TYPE_CHECKING:
    from placement.domain.fleet import Fleet
    from placement.domain.policy import PolicySet
    from placement.market.catalog import Catalog
    from placement.optimizer.problem import Problem

Document = dict[str, Any]


def request_document(
    fleet: "Fleet",
    policies: "PolicySet | None",
    as_of: datetime,
    settings: Settings,
    *,
    allow_stale: bool,
    warnings: Sequence[str] = (),
) -> Document:
    """All that a decision depends on, beside its catalog version; ready for JSON.

    `warnings` are about how the request was written: the decision lists them under its assumptions.
    """
    from placement.policy_file import to_document as policies_document

    return {
        "fleet": to_document(fleet),
        "policies": None if policies is None else policies_document(policies),
        "as_of": as_of.isoformat(),
        "settings": asdict(settings),
        "allow_stale": allow_stale,
        "warnings": list(warnings),
    }


def decide_request(
    catalog: "Catalog",
    request: Mapping[str, Any],
    identity: str,
    beforehand: Beforehand | None = None,
    watch: Watch = lambda progress: None,
) -> Document:
    """The decision of a kept request, as a document; `catalog` is the version that it was asked on."""
    decision = decide(
        catalog,
        _fleet(request),
        Settings(**request["settings"]),
        datetime.fromisoformat(request["as_of"]),
        policies=stored_policies(request, catalog),
        allow_stale=bool(request.get("allow_stale")),
        identity=identity,
        beforehand=beforehand,
        watch=watch,
    )
    answer = decision_document(decision)
    answer["assumptions"] += request.get("warnings", ())
    return answer


def problem_of_request(catalog: "Catalog", request: Mapping[str, Any]) -> "Problem":
    """What a kept request asks to be solved."""
    return problem_of(
        catalog,
        _fleet(request),
        datetime.fromisoformat(request["as_of"]),
        policies=stored_policies(request, catalog),
        allow_stale=bool(request.get("allow_stale")),
    )


def _fleet(request: Mapping[str, Any]) -> "Fleet":
    return parse_fleet(json.dumps(request["fleet"]), "stored request").fleet
