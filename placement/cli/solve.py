"""`placement solve`: where a fleet goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from placement.cli.context import AllowStaleOption, DatabaseOption, JsonOption, ServerOption, open_store, service_of
from placement.cli.demand_read import ManifestsOption, PoliciesOption, demand_of
from placement.cli.output import print_json
from placement.cli.solve_options import SolveOptions
from placement.domain.errors import BadInput

Document = Mapping[str, Any]
EXIT_CODES = {"optimal": 0, "feasible": 0, "infeasible": 2, "no_answer": 3}


def solve(
    context: typer.Context,
    fleet: Annotated[Path | None, typer.Argument(metavar="FLEET", help="Fleet file, YAML or JSON.")] = None,
    manifests: ManifestsOption = None,
    policies: PoliciesOption = None,
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
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="With --server: what is asked again with the same key is decided once."),
    ] = None,
    database: DatabaseOption = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Place a fleet at the lowest cost under its rules.

    A fleet file says what it is, or manifests of Kubernetes do.
    Exit code 2: no placement can satisfy the rules. 3: none was found within the time limit.
    Ctrl-C cancels the request to a service, unless it has an idempotency key.
    """
    options = SolveOptions(time_limit, gap, seed, allow_stale, idempotency_key)
    demand = demand_of(context.command_path, fleet, manifests, policies)
    service = service_of(context, server, database)
    if service is not None:
        from placement.cli.solve_asked import decided_by

        answer: Document = decided_by(service, demand.fleet_file, options)
    elif idempotency_key is not None:
        raise BadInput("--idempotency-key is for a service that may be asked twice; it goes with --server")
    else:
        from placement.cli.solve_here import decided_here

        answer = decided_here(lambda: open_store(context, database), demand, options)
    if json:
        print_json(answer)
    else:
        from placement.cli.decision_view import show_decision

        show_decision(answer)
    raise typer.Exit(EXIT_CODES[answer["status"]])
