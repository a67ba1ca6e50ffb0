"""`placement explain`: why here, and why not there."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

import typer

from placement.cli.context import DatabaseOption, JsonOption, ServerOption, open_store, service_of
from placement.cli.output import print_json, say
from placement.domain.errors import BadInput

Document = Mapping[str, Any]
Costs = Literal["policies", "limits"]


class KnownDecision(Protocol):
    """A decision, wherever it is kept."""

    @property
    def answer(self) -> Document:
        """The decision itself."""

    def explanation(self, workload: str, time_limit_s: float | None) -> Document:
        """Every other region of a workload; raises BadInput for one that the fleet does not have.

        With so much time to place the fleet without its region, or as much as is usual.
        """

    def policy_costs(self, time_limit_s: float | None) -> Document:
        """What each policy costs, with so much time for each placement, or as much as is usual."""

    def limit_costs(self, time_limit_s: float | None) -> Document:
        """What each limit costs, in the same way; raises BadInput where nothing is placed."""


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
    limit_cost: Annotated[
        bool,
        typer.Option(
            "--limit-cost", help="Place the fleet again with more of each limit, and show what that is worth."
        ),
    ] = False,
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="For each placement of the fleet that this takes. [default: 30, or what a service has]",
            min=0.1,
            max=86_400,
        ),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many other regions to show.", min=1, max=1000)] = 10,
    database: DatabaseOption = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Show why a workload lies where it does.

    Every other region is shown with what it would cost more, or with the rule that forbids it, on the market of the
    decision; and the best placement of the whole fleet that has the workload elsewhere. Without a workload the decision
    is shown again, and how it was found.
    """
    if policy_cost and limit_cost:
        raise BadInput("--policy-cost and --limit-cost are two questions; ask one after the other")
    costs: Costs | None = "policies" if policy_cost else "limits" if limit_cost else None
    if costs is not None and workload is not None:
        option = "--policy-cost" if policy_cost else "--limit-cost"
        raise BadInput(f"{option} is about the whole fleet; leave the workload out")
    if (service := service_of(context, server, database)) is not None:
        from placement.cli.explain_asked import KeptByService

        with service:
            document, answer = _explained(KeptByService(service, decision), workload, costs, time_limit)
    else:
        from placement.cli.explain_here import KeptHere

        kept = KeptHere(open_store(context, database), decision)
        document, answer = _explained(kept, workload, costs, time_limit)
    if json:
        print_json(document)
    elif policy_cost:
        from placement.cli.policy_cost_view import show_policy_costs

        show_policy_costs(document)
    elif limit_cost:
        from placement.cli.limit_cost_view import show_limit_costs

        show_limit_costs(document)
    elif workload is None:
        from placement.cli.decision_view import show_decision

        show_decision(answer)
        say("how it was found:", *answer["steps"])
    else:
        from placement.cli.explanation_view import show_explanation

        show_explanation(document, answer, top)


def _explained(
    known: KnownDecision, workload: str | None, costs: Costs | None, time_limit_s: float | None
) -> tuple[Document, Document]:
    """What was asked for, and the decision that it is about."""
    answer = known.answer
    if costs == "policies":
        return known.policy_costs(time_limit_s), answer
    if costs == "limits":
        return known.limit_costs(time_limit_s), answer
    if workload is None:
        return answer, answer
    if not answer["placements"]:
        words = f"decision {answer['id']} is {answer['status']}: it places nothing"
        raise BadInput(f"{words}; explain it without a workload")
    return known.explanation(workload, time_limit_s), answer
