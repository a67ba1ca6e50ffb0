"""What limits cost, as a person can read it."""

from collections.abc import Mapping
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]
_SUBJECTS_NAMED = 3


def show_limit_costs(document: Document) -> None:
    """A line a limit, and what all together cost."""
    if not document["limits"]:
        say("no limit could bind: there is enough for whatever these workloads could want, so none costs anything")
        return
    figures = ("used", "costs USD/month", "at most")
    table = table_of(("limit", "of", *figures, "worth of a little more"), figures)
    for row in document["limits"]:
        without = row["without"]
        table.add_row(
            row["rule"],
            _named(row["subjects"]),
            row["reason"] if row["unit"] is None else f"{row['used']:,.4g} of {row['most']:,.6g} {row['unit']}s",
            f"{without['saving']:,.2f}",
            f"{without['at_most']:,.2f}",
            _step(row),
        )
    show(table, f"What each limit costs, against {document['total_usd_per_month']:,.2f} USD a month with all of them:")
    loose = document["without_all"]
    all_gone = f"{loose['saving']:,.2f} USD a month less, at most {loose['at_most']:,.2f}"
    say(f"without all of them the fleet would cost {all_gone}")
    if document["not_asked"]:
        say(f"and {document['not_asked']} more limits were not asked about")
    say(f"found by {document['found_by']}: without the limit, and with the least more of it that could matter")


def _step(row: Document) -> str:
    step, unit = row["one_step"], row["unit"]
    if step is None:
        return ""
    more = f"{step['more']:,.4g} {unit}{'' if step['more'] == 1 else 's'} more"
    if not step["saving"]:
        return f"{more}: nothing yet, it would use {row['without']['used']:,.6g}"
    return f"{more}: {step['saving']:,.2f}" + (f", {row['usd_per_unit']:,.4f} each" if step["more"] != 1 else "")


def _named(subjects: list[str]) -> str:
    more = f" and {len(subjects) - _SUBJECTS_NAMED} more" if len(subjects) > _SUBJECTS_NAMED else ""
    return ", ".join(subjects[:_SUBJECTS_NAMED]) + more
