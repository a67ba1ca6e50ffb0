"""`placement solve`: where a fleet goes."""

import json as json_module
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placement.cli.context import AllowStaleOption, DatabaseOption, JsonOption, open_store
from placement.cli.output import print_json, warn
from placement.cli.waiting import progress, stoppable

if TYPE_CHECKING:
    from placement.domain.decision import Decision
    from placement.domain.policy import PolicySet
    from placement.fleet_file import FleetDocument
    from placement.market.catalog import Catalog
    from placement.optimizer.search import Settings
    from placement.store.repository import Store

EXIT_CODES = {"optimal": 0, "feasible": 0, "infeasible": 2, "no_answer": 3}


def solve(
    context: typer.Context,
    fleet: Annotated[Path, typer.Argument(metavar="FLEET", help="Fleet file, YAML or JSON.")],
    time_limit: Annotated[
        float, typer.Option(metavar="SECONDS", help="Take the best answer found by then.", min=0.1, max=86_400)
    ] = 30.0,
    gap: Annotated[
        float, typer.Option(metavar="SHARE", help="Stop when (answer - bound) / answer is no more.", min=0, max=1)
    ] = 1e-4,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same input and seed give the same answer.", min=0, max=2**31 - 1)
    ] = 0,
    allow_stale: AllowStaleOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Place a fleet at the lowest cost under its rules.

    Exit code 2: no placement can satisfy the rules. 3: none was found within the time limit.
    """
    with stoppable():
        from placement.fleet_file import check_places, read_fleet
        from placement.optimizer.pairwise.warm import ready
        from placement.optimizer.search import Settings
        from placement.planner import deciding

        document = read_fleet(fleet)
        warn(document.warnings)
        now = datetime.now(UTC)
        store = open_store(context, database)
        catalog = store.catalog()
        policies = _policies(document, fleet, catalog, now.date())
        warn(check_places(document, catalog))
        with progress("preparing the optimizer: the first time it is compiled, for some 20 seconds"):
            ready()
        with progress(f"placing {len(document.fleet.workloads)} workloads"):
            settings = Settings(time_limit, gap, seed)
            decision = deciding.decide(
                catalog, document.fleet, settings, now, policies=policies, allow_stale=allow_stale
            )
    answer = _keep(store, document, policies, settings, decision, now, allow_stale)
    if json:
        print_json(answer)
    else:
        from placement.cli.decision_view import show_decision

        show_decision(answer)
    raise typer.Exit(EXIT_CODES[decision.status])


def _policies(document: "FleetDocument", fleet: Path, catalog: "Catalog", as_of: date) -> "PolicySet | None":
    """The policies that the fleet names, by paths relative to its file; None if it names none."""
    from placement.planner.judging import unjudged

    warn(unjudged(document.fleet))
    if not document.fleet.policies:
        return None
    from placement.policy_file import check_classes, read_fleet_policies

    read = read_fleet_policies(document, fleet.parent, as_of, catalog.providers)
    check_classes(document, read)
    warn(read.warnings)
    return read.policies


def _keep(
    store: "Store",
    document: "FleetDocument",
    policies: "PolicySet | None",
    settings: "Settings",
    decision: "Decision",
    now: datetime,
    allow_stale: bool,
) -> dict[str, Any]:
    """Store what was asked and answered; gives the answer."""
    from placement.documents import decision_document
    from placement.planner.ledger import request_document

    answer = decision_document(decision)
    request = request_document(document.fleet, policies, now, settings, allow_stale=allow_stale)
    store.save_decision(
        decision.id,
        now,
        decision.fleet,
        decision.catalog_version,
        json_module.dumps(request, ensure_ascii=False),
        json_module.dumps(answer, ensure_ascii=False),
    )
    return answer
