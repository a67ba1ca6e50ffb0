"""`placement explain`: why here, and why not there."""

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, open_store
from placement.cli.output import print_json, say
from placement.cli.waiting import progress, stoppable
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from placement.store.decisions import StoredDecision
    from placement.store.repository import Store


def explain(
    context: typer.Context,
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="Id of a decision, its first characters, or: latest.")
    ],
    workload: Annotated[
        str | None, typer.Argument(metavar="WORKLOAD", help="Name of a workload; without it the whole decision.")
    ] = None,
    policy_cost: Annotated[
        bool, typer.Option("--policy-cost", help="Place the fleet again without each policy, and show what it costs.")
    ] = False,
    time_limit: Annotated[
        float, typer.Option(metavar="SECONDS", help="Of --policy-cost, for each placement.", min=0.1, max=86_400)
    ] = 30.0,
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
    if policy_cost:
        if workload is not None:
            raise BadInput("--policy-cost is about the whole fleet; leave the workload out")
        _policy_costs(store, stored, time_limit, json)
        return
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


def _policy_costs(store: "Store", stored: "StoredDecision", time_limit: float, json: bool) -> None:
    with stoppable():
        from placement.cli.policy_cost_view import show_policy_costs
        from placement.documents import policy_costs_document
        from placement.planner.explaining import costs_of_policies

        catalog, request = store.catalog(stored.catalog_version), json_module.loads(stored.request_json)
        with progress("placing the fleet without each of its policies"):
            document = policy_costs_document(costs_of_policies(catalog, request, time_limit))
    if json:
        print_json({"decision": stored.id, **document})
    else:
        show_policy_costs(document)
