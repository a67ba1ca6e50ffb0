"""A replan as a person can read it, made from its JSON document."""

from collections.abc import Mapping
from typing import Any

from placement.cli.decision_view import show_nothing_placed
from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]
_LINES = ("compute", "interruption", "egress", "storage", "migration")
_MOST_ROWS = 20
"""Of moves and stays, which may be hundreds; `--json` has them all."""


def show_moves(document: Document) -> None:
    """The bill as it is and as it could be, each move with its reasons, and what the others would have saved."""
    decision, cost = document["decision"], document["cost_usd_per_month"]
    say(
        f"fleet {document['fleet']} runs where decision {decision['id']} of {decision['made_at'][:10]} put it, "
        f"placed again on catalog version {document['catalog']['version']}: {document['status']}"
    )
    if cost["planned"] is None:
        show_nothing_placed(document)
        return
    for words in document["now_breaks"]:
        say(f"what runs now breaks a rule: {words}")
    _show_bill(cost)
    moves, changes = ([row for row in document["moves"] if row["kind"] == kind] for kind in ("move", "change"))
    if not document["moves"]:
        say("", "nothing is worth moving")
    _show("moves:", moves)
    _show("other instances, in the same region:", changes)
    for row in document["starts"]:
        parts = ", ".join(_part(part) + f" in {part['region']}" for part in row["assignments"])
        say(f"{row['workload']} runs nowhere yet; it would start as {parts}")
    _show_stays(document)
    say("", *(f"assumed: {assumption}" for assumption in document["assumptions"]))
    say(
        f"bound {document['lower_bound_usd_per_month']:,.2f} USD a month, gap {document['gap']:.2%}; "
        "nothing was moved: placement solve decides"
    )


def _show_bill(cost: Document) -> None:
    now, planned, saved = cost["now"], cost["planned"], cost["saved"]
    table = table_of(("bill", "now", "placed again", "saved"), figures=("now", "placed again", "saved"))
    for line in (*_LINES, "total"):
        figures = (None if bill is None else bill[line] for bill in (now, planned, saved))
        table.add_row(line, *("unknown" if usd is None else f"{usd:,.2f}" for usd in figures))
    show(table, "")


def _show(title: str, moves: list[Document]) -> None:
    if not moves:
        return
    say("", title)
    for row in moves[:_MOST_ROWS]:
        said = " (as the fleet file says)" if row["known_from"] == "fleet" else ""
        place = f"{_place(row['from'])}{said} -> {_place(row['to'])}"
        say(f"{row['name']}: {place}")
        for reason in row["reasons"]:
            say(f"  because {reason['words']}")
        say(f"  {_gain(row)}")
    if len(moves) > _MOST_ROWS:
        say(f"and {len(moves) - _MOST_ROWS} more (--json)")


def _place(side: Document) -> str:
    regions = ", ".join(side["regions"])
    parts = ", ".join(_part(part) for part in side["assignments"])
    return f"{parts} in {regions}" if parts else regions


def _part(part: Document) -> str:
    return f"{part['replicas']} x {part['instance_type']} {part['capacity_type']}"


def _gain(row: Document) -> str:
    saves = row["saves_usd_per_month"]
    if saves is None:
        return "it has no choice"
    by_line = ", ".join(f"{line} {saves[line]:+,.2f}" for line in _LINES if abs(saves[line]) >= 0.005)
    with_others = f" together with {', '.join(row['saves_together'])}" if row["saves_together"] else ""
    once = (
        f"; moving costs {row['costs_once_usd']:,.2f} USD once"
        if row["costs_once_usd"] and row["costs_once_usd"] >= 0.005
        else ""
    )
    hurdle = f", at least {row['hurdle_usd_per_month']:,.2f} asked" if row["hurdle_usd_per_month"] else ""
    return f"saves {saves['total']:,.2f} USD a month{with_others} ({by_line}{hurdle}){once}"


def _show_stays(document: Document) -> None:
    figures = ("saves USD/month", "asked")
    table = table_of(("stays", "in", "best move", *figures), figures)
    sought = [row for row in document["stays"] if row["best_move_was_sought"]]
    for row in sought[:_MOST_ROWS]:
        best = row["best_move"]
        saves = "" if best is None else f"{best['saves_usd_per_month']['total']:,.2f}"
        region = "none is possible" if best is None else best["region"]
        table.add_row(row["workload"], ", ".join(row["regions"]), region, saves, f"{row['hurdle_usd_per_month']:,.2f}")
    if sought:
        show(table, "")
        say("saves: if it alone moved, all costs counted, those of moving too; asked: the least for which it would")
    if len(document["stays"]) > min(len(sought), _MOST_ROWS):
        say(f"and {len(document['stays']) - min(len(sought), _MOST_ROWS)} more stay (--json)")
