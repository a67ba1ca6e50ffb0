"""What policies cost, as a person can read it."""

from collections.abc import Mapping
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]


def show_policy_costs(document: Document) -> None:
    """A line a policy, all together, and why the sum differs."""
    total = document["total_usd_per_month"]
    if not document["policies"]:
        say("no policy concerns this fleet, so none of them costs anything")
        return
    figures = ("USD/month", "at most", "fleet without it")
    table = table_of(("policy", *figures), figures)
    for row in (*document["policies"], document["without_all"]):
        name = row["policy"] or "all together"
        table.add_row(name, *(_usd(row[key]) for key in ("saving", "at_most", "total")))
    if total is None:
        say("With all policies no placement was found, so that none of them has a price. The fleet without each:")
        show(table)
        say(_of_no_placement(document))
        return
    show(table, f"What each policy costs, against {_usd(total)} USD a month with all of them:")
    if document["unexplained"] is None:
        say("without some of them no placement was found in the time")
    elif document["unexplained"]:
        say(_of_rest(document["unexplained"]))
    if any(row["at_most"] != row["saving"] for row in document["policies"]):
        say("at most: what the bounds leave possible, where an answer was not proven cheapest")


def _of_rest(unexplained: float) -> str:
    if unexplained > 0:
        return (
            f"{_usd(unexplained)} USD a month belong to no single policy: where several refuse the same regions, "
            "taking away one opens none of them"
        )
    return (
        f"the figures of the policies come to {_usd(-unexplained)} USD a month more than all cost together: each opens "
        "a cheaper region by itself, and only one of these can be used"
    )


def _of_no_placement(document: Document) -> str:
    if any(row["total"] is not None for row in document["policies"]):
        return "each policy with a figure stands in the way by itself"
    if document["without_all"]["total"] is not None:
        return "no single policy stands in the way, but several of them do together"
    return "without all of them no placement was found either: other rules stand in the way"


def _usd(amount: float | None) -> str:
    return "none" if amount is None else f"{amount:,.2f}"
