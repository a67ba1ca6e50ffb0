"""`placement explain`: why here, and why not there."""

import json as json_module
from typing import Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, open_store
from placement.cli.output import print_json, say
from placement.cli.waiting import progress, stoppable
from placement.domain.errors import BadInput


def explain(
    context: typer.Context,
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="Id of a decision, its first characters, or: latest.")
    ],
    workload: Annotated[
        str | None, typer.Argument(metavar="WORKLOAD", help="Name of a workload; without it the whole decision.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many other regions to show.", min=1, max=1000)] = 10,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show why a workload lies where it does.

    Every other region is shown with what it would cost more, or with the rule that forbids it, on the market of the
    decision. Without a workload the decision is shown again, and how it was found.
    """
    store = open_store(context, database)
    stored = store.decision(decision)
    answer = json_module.loads(stored.answer_json)
    if workload is None:
        if json:
            print_json(answer)
            return
        from placement.cli.decision_view import show_decision

        show_decision(answer)
        say("how it was found:", *answer["steps"])
        return
    if not answer["placements"]:
        raise BadInput(f"decision {stored.id} is {answer['status']}: it places nothing; explain it without a workload")
    with stoppable():
        from placement.planner.explaining import explain as alternatives

        catalog, request = store.catalog(stored.catalog_version), json_module.loads(stored.request_json)
        with progress("pricing every other region"):
            document = alternatives(catalog, request, answer, workload)
    if json:
        print_json(document)
    else:
        from placement.cli.explanation_view import show_explanation

        show_explanation(document, answer, top)
