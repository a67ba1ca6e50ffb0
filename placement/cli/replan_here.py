"""A fleet is placed again by this process, from where its newest decision in this machine's database put it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placement.cli.output import warn
from placement.cli.solve_here import policies_of_file
from placement.cli.solve_options import SolveOptions
from placement.cli.waiting import progress, stoppable

if TYPE_CHECKING:
    from placement.store.repository import Store


def moves_here(open_store: "Callable[[], Store]", fleet: Path, options: SolveOptions) -> dict[str, Any]:
    """What would move, as a document. Ctrl-C ends the process; nothing is kept. Raises UnknownDecision."""
    with stoppable():
        from placement.fleet_file import check_places, read_fleet
        from placement.optimizer.search import Settings
        from placement.optimizer.warm import ready
        from placement.planner.ledger import request_document
        from placement.planner.moves_document import moves_document
        from placement.planner.replanning import in_force_of, replan

        document = read_fleet(fleet)
        warn(document.warnings)
        now = datetime.now(UTC)
        store = open_store()
        in_force = in_force_of(store.in_force(document.fleet.name))
        catalog = store.catalog()
        policies = policies_of_file(document, fleet.parent, catalog, now.date())
        warn(check_places(document, catalog))
        version = in_force.catalog_version
        then = catalog if version == catalog.version else store.catalog(version)
        settings = Settings(options.time_limit_s, options.gap, options.seed)
        request = request_document(document.fleet, policies, now, settings, allow_stale=options.allow_stale)
        with progress("preparing the optimizer: the first time it is compiled, for about 20 seconds"):
            ready()
        with progress(f"placing {len(document.fleet.workloads)} workloads again"):
            return moves_document(replan(catalog, then, request, in_force))
