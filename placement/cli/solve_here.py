"""A fleet is placed by this process, on a database that keeps the decision."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placement.cli.demand_read import Demand
from placement.cli.output import warn
from placement.cli.solve_options import SolveOptions
from placement.cli.waiting import progress, stoppable

if TYPE_CHECKING:
    from placement.domain.decision import Decision
    from placement.domain.policy import PolicySet
    from placement.fleet_file import FleetDocument
    from placement.market.catalog import Catalog
    from placement.optimizer.search import Settings
    from placement.store.repository import Store


def decided_here(open_store: "Callable[[], Store]", demand: Demand, options: SolveOptions) -> dict[str, Any]:
    """The decision for what is to be placed, as a document; kept with what was asked. Ctrl-C ends the process."""
    with stoppable():
        from placement.fleet_file import check_places
        from placement.optimizer.search import Settings
        from placement.optimizer.warm import ready
        from placement.planner import deciding

        written = demand.read()
        warn(written.warnings if written else ())
        now = datetime.now(UTC)
        store = open_store()
        catalog = store.catalog()
        document = written or demand.made(catalog)
        warn(() if written else document.warnings)
        policies = policies_of_file(document, demand.folder, catalog, now.date())
        warn(check_places(document, catalog))
        with progress("preparing the optimizer: the first time it is compiled, for about 20 seconds"):
            ready()
        with progress(f"placing {len(document.fleet.workloads)} workloads"):
            settings = Settings(options.time_limit_s, options.gap, options.seed)
            decision = deciding.decide(
                catalog, document.fleet, settings, now, policies=policies, allow_stale=options.allow_stale
            )
    return _keep(store, document, policies, settings, decision, now, options.allow_stale)


def policies_of_file(document: "FleetDocument", folder: Path, catalog: "Catalog", as_of: date) -> "PolicySet | None":
    """The policies that the fleet names, by paths relative to the folder; None if it names none."""
    from placement.planner.judging import unjudged

    warn(unjudged(document.fleet))
    if not document.fleet.policies:
        return None
    from placement.policy_file import check_classes, read_fleet_policies

    read = read_fleet_policies(document, folder, as_of, catalog.providers)
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
        json.dumps(request, ensure_ascii=False),
        json.dumps(answer, ensure_ascii=False),
    )
    return answer
