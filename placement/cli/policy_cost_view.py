"""What policies cost, as a person can read it."""

from typing import Any

from placement.cli.output import say, show, table_of

Document = dict[str, Any]


def show_policy_costs(document: Document) -> None:
    """A line a policy, all together, and why the sum differs."""
    figures = ("USD/month", "at most", "fleet without it")
    table = table_of(("policy", *figures), figures)
    for row in (*document["policies"], document["without_all"]):
        name = row["policy"] or "all together"
        table.add_row(name, *(_usd(row[key]) for key in ("saving", "at_most", "total")))
    total = document["total_usd_per_month"]
    show(table, f"What each policy costs, against {_usd(total)} USD a month with all of them:")
    if total is None:
        say("with all policies there is no placement, so none of them has a price")
    elif document["unexplained"] is None:
        say("without some of them no placement was found in the time")
    elif document["unexplained"]:
        say(
            f"{_usd(document['unexplained'])} USD a month belong to no single policy: where several refuse the same "
            "regions, taking away one opens none of them"
        )
    if any(row["at_most"] != row["saving"] for row in document["policies"]):
        say("at most: what the bounds leave possible, where an answer was not proven cheapest")


def _usd(amount: float | None) -> str:
    return "none" if amount is None else f"{amount:,.2f}"
