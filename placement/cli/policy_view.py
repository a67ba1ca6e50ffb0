"""A check of policies as people read it, wherever it was made."""

from collections.abc import Mapping, Sequence
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]
_COUNTRIES_SHOWN = 12


def is_contradictory(report: Document) -> bool:
    """Whether the fleet cannot be placed under its policies, whatever the market asks."""
    return bool(report["refusals"]) or any(not admitted["regions"] for admitted in report["subjects"])


def show_report(report: Document) -> None:
    """Where each class, workload and dataset may lie, and what cannot be."""
    say(f"Regions admitted, catalog version {report['catalog']['version']}:")
    if report["classes"]:
        _show_admitted("data class", report["classes"], report["regions"])
        say("")
    _show_admitted("workload or dataset", report["subjects"], report["regions"])
    for kind, rows in (("the class ", report["classes"]), ("", report["subjects"])):
        for admitted in rows:
            if not admitted["regions"]:
                say("", f"{kind}{admitted['name']} may lie nowhere; {_conflict(admitted)}")
                say(*(f"  {words}" for words in admitted["conflict"]))
    if report["refusals"]:
        say("", "What cannot be, wherever the rest is placed:", *(f"  {words}" for words in report["refusals"]))
    say("", report["note"])


def _conflict(admitted: Document) -> str:
    return "this refuses every region:" if len(admitted["conflict"]) == 1 else "these cannot hold together:"


def _show_admitted(heading: str, rows: Sequence[Document], regions: int) -> None:
    table = table_of((heading, "classes", "regions", "countries"), figures=("regions",))
    for row in rows:
        countries = row["countries"]
        more = f" and {len(countries) - _COUNTRIES_SHOWN} more" if len(countries) > _COUNTRIES_SHOWN else ""
        shown = ", ".join(countries[:_COUNTRIES_SHOWN]) + more
        table.add_row(row["name"], ", ".join(row["classes"]), f"{len(row['regions'])} of {regions}", shown or "nowhere")
    show(table)
