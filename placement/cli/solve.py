"""`placement solve`: where a fleet goes."""

import json as json_module
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, open_store, print_json, progress, warn
from placement.domain.errors import BadFleet

EXIT_CODES = {"optimal": 0, "feasible": 0, "infeasible": 2, "no_answer": 3}


def solve(
    context: typer.Context,
    fleet: Annotated[Path, typer.Argument(help="Fleet file, YAML or JSON.")],
    time_limit: Annotated[float, typer.Option(help="Seconds at most.", min=0.1, max=86_400)] = 30.0,
    gap: Annotated[float, typer.Option(help="Stop when (answer - bound) / answer is this small.", min=0, max=1)] = 1e-4,
    seed: Annotated[int, typer.Option(help="Same input and seed, same answer.", min=0, max=2**31 - 1)] = 0,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Place a fleet at the lowest cost under its rules. Exit 2: infeasible, 3: no answer within the time."""
    from placement import planner
    from placement.documents import decision_document
    from placement.fleet_file import check_places, read_fleet, to_document
    from placement.optimizer.search import Settings

    document = read_fleet(fleet)
    warn(document.warnings)
    if document.fleet.policies:
        reason = "residency policies cannot be evaluated yet, so no place can be called lawful; use `places` instead"
        raise BadFleet([document.flaw_at(("policies",), reason)])
    store = open_store(context, database)
    catalog = store.catalog()
    warn(check_places(document, catalog))
    now = datetime.now(UTC)
    with progress(f"placing {len(document.fleet.workloads)} workloads"):
        decision = planner.decide(catalog, document.fleet, Settings(time_limit, gap, seed), now)
    answer = decision_document(decision)
    request = {"fleet": to_document(document.fleet), "as_of": now.isoformat(), "settings": dict(decision.settings)}
    store.save_decision(
        decision.id,
        now,
        decision.fleet,
        decision.catalog_version,
        json_module.dumps(request, ensure_ascii=False),
        json_module.dumps(answer, ensure_ascii=False),
    )
    if json:
        print_json(answer)
    else:
        from placement.cli.decision_view import show_decision

        show_decision(answer)
    raise typer.Exit(EXIT_CODES[decision.status])
