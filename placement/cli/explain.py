"""`placement explain`: why here, and why not there."""

import json as json_module
from typing import Annotated, Any

import typer

from placement.cli.context import DatabaseOption, JsonOption, console, open_store, print_json, progress
from placement.domain.errors import BadInput


def explain(
    context: typer.Context,
    decision: Annotated[str, typer.Argument(help="Id of a decision, or its first characters.")],
    workload: Annotated[str | None, typer.Argument(help="Name of a workload; without it the whole decision.")] = None,
    top: Annotated[int, typer.Option(help="How many other regions to show.", min=1, max=1000)] = 10,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show a decision again, or why a workload lies where it does and what every other region would cost."""
    store = open_store(context, database)
    stored = store.decision(decision)
    answer = json_module.loads(stored.answer_json)
    if workload is None:
        if json:
            print_json(answer)
            return
        from placement.cli.decision_view import show_decision

        show_decision(answer)
        console().print("\n".join(["how it was found:", *answer["steps"]]), markup=False)
        return
    from placement import planner

    if not answer["placements"]:
        raise BadInput(f"decision {stored.id} is {answer['status']}: it places nothing; explain it without a workload")
    with progress("pricing every other region"):
        document = planner.explain(
            store.catalog(stored.catalog_version), json_module.loads(stored.request_json), answer, workload
        )
    if json:
        print_json(document)
        return
    _show(document, top)


def _show(document: dict[str, Any], top: int) -> None:
    from rich.table import Table

    out = console()
    lies = ", ".join(document["regions"])
    out.print(f"{document['workload']} lies in {lies}. Moved alone, with all else in its place:", markup=False)
    table = Table()
    for heading in ("region", "instance types"):
        table.add_column(heading, overflow="fold")
    for heading in ("dearer by USD/month", "compute", "interruption", "egress", "migration"):
        table.add_column(heading, justify="right")
    allowed = [row for row in document["alternatives"] if row["refused"] is None]
    for row in allowed[:top]:
        difference = row["difference_usd_per_month"]
        table.add_row(
            row["region"],
            ", ".join(row["instance_types"]),
            f"{difference['total']:+,.2f}",
            *(f"{difference[line]:+,.2f}" for line in ("compute", "interruption", "egress", "migration")),
        )
    out.print(table)
    if len(allowed) > top:
        out.print(f"and {len(allowed) - top} more regions (--top)")
    refused: dict[str, list[str]] = {}
    for row in document["alternatives"]:
        if row["refused"] is not None:
            refused.setdefault(row["refused"], []).append(row["region"])
    for reason, regions in sorted(refused.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(regions[:4]) + (f" and {len(regions) - 4} more" if len(regions) > 4 else "")
        out.print(f"not in {shown}: {reason}", markup=False)
