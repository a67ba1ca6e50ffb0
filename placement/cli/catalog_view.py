"""The market as a person can read it, made from its JSON document."""

from collections.abc import Mapping, Sequence
from typing import Any

from placement.cli.output import say, show, table_of, warn
from placement.domain.offering import CAPACITY_TYPES

Document = Mapping[str, Any]


def show_market(document: Document) -> None:
    """Offerings by source and region, how the sources were collected, and what providers say of spot capacity."""
    catalog = document["catalog"]
    _show_freshness(document["sources"], {done["source"]: done["kind"] for done in document["collections"]})
    _show_collections(document["collections"], document["never_stored"])
    _show_hints(document["capacity_hints"])
    say(
        f"catalog version {catalog['version']} as of {_minute(catalog['as_of'])} UTC: "
        f"{document['offerings']:,} offerings of {document['instance_types']:,} instance types in "
        f"{document['regions']} regions, {document['tariffs']:,} egress tariffs"
    )


def _show_freshness(sources: Sequence[Document], kinds: Mapping[str, str]) -> None:
    capacity_types = [kind.value for kind in CAPACITY_TYPES]
    headings = ("source", "provider", "region", *capacity_types, "oldest price", "newest price", "too old")
    table = table_of(headings, figures=capacity_types)
    for row in sources:
        # Sheets have dates, APIs are asked at a time of day.
        shown = _day if kinds.get(row["source"]) == "sheet" else _minute
        table.add_row(
            row["source"],
            row["provider"],
            row["region"],
            *(f"{row['offerings'][kind]:,}" for kind in capacity_types),
            shown(row["oldest_observed_at"]),
            shown(row["newest_observed_at"]),
            ", ".join(row["stale"]),
        )
    show(table, "Offerings by source and region:")


def _show_collections(collections: Sequence[Document], never_stored: Sequence[Document]) -> None:
    figures = ("version", "prices", "refused")
    table = table_of(("source", "kind", "collected (UTC)", *figures, "last sweep"), figures)
    for done in collections:
        refused = sum(row["rows"] for row in done["refused"])
        numbers = f"{done['version']}", f"{done['prices']:,}", f"{refused:,}"
        last = "failed" if done["last_failure"] else "stored"
        table.add_row(done["source"], done["kind"], _minute(done["finished_at"]), *numbers, last)
    say("")
    show(table, "Sources:")
    failures = [*(done["last_failure"] for done in collections if done["last_failure"]), *never_stored]
    warn([f"{_minute(failure['at'])} UTC: {failure['reason']}" for failure in failures])
    say("")


def _show_hints(hints: Sequence[Document]) -> None:
    if not hints:
        return
    table = table_of(("source", "region", "zone", "any of", "measure", "value"), figures=("value",))
    for hint in hints:
        where = f"{hint['provider']}:{hint['region']}", hint["zone"] or ""
        table.add_row(hint["source"], *where, " ".join(hint["instance_types"]), hint["measure"], hint["value"])
    show(table, "Whether requests for spot would succeed now, as the providers say; no risk of interruption:")
    say("")


def _day(moment: str) -> str:
    return moment[:10]


def _minute(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]}"
