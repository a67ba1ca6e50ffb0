"""`placement replan`: what would move if a fleet were placed again today."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from placement.cli.context import AllowStaleOption, DatabaseOption, JsonOption, ServerOption, open_store, service_of
from placement.cli.output import print_json
from placement.cli.solve import EXIT_CODES
from placement.cli.solve_options import SolveOptions

Document = Mapping[str, Any]


def replan(
    context: typer.Context,
    fleet: Annotated[Path, typer.Argument(metavar="FLEET", help="Fleet file, YAML or JSON.")],
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Take the best answer found by then. [default: 30, or what a service has]",
            min=0.1,
            max=86_400,
        ),
    ] = None,
    gap: Annotated[
        float, typer.Option(metavar="SHARE", help="Stop when (answer - bound) / answer is no more.", min=0, max=1)
    ] = 1e-4,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same input and seed give the same answer.", min=0, max=2**31 - 1)
    ] = 0,
    allow_stale: AllowStaleOption = False,
    database: DatabaseOption = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Show what would move if a fleet were placed again today.

    It runs where its newest decision put it; a workload whose `current` in the file has changed since runs where the
    file says. Nothing is moved and no decision is kept: placement solve does that. With --server the fleet must be
    stored there as the file has it.

    Exit code 2: no placement can satisfy the rules any more. 3: none was found within the time limit.
    """
    service = service_of(context, server, database)
    if service is not None:
        from placement.cli.replan_asked import moves_by

        found: Document = moves_by(service, fleet, time_limit, gap, seed, allow_stale=allow_stale)
    else:
        from placement.cli.replan_here import moves_here

        options = SolveOptions(30.0 if time_limit is None else time_limit, gap, seed, allow_stale, None)
        found = moves_here(lambda: open_store(context, database), fleet, options)
    if json:
        print_json(found)
    else:
        from placement.cli.replan_view import show_moves

        show_moves(found)
    raise typer.Exit(EXIT_CODES[found["status"]])
