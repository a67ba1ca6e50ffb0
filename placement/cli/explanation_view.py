"""An explanation as a person can read it, made from its JSON document."""

from collections.abc import Mapping
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]
_LINES = ("compute", "interruption", "egress", "migration")
_REGIONS_NAMED = 4


def show_explanation(document: Document, answer: Document, top: int) -> None:
    """Where the workload lies, the `top` cheapest other regions, and why the rest is refused."""
    name = document["workload"]
    placed = next(row for row in answer["placements"] if row["workload"] == name)
    parts = ", ".join(
        f"{part['replicas']} x {part['instance_type']} {part['capacity_type']} in {part['region']}"
        for part in placed["assignments"]
    )
    say(f"{name}: {parts}, for {placed['cost_usd_per_month']['total']:,.2f} USD a month")
    allowed = [row for row in document["alternatives"] if row["refused"] is None]
    if allowed:
        _show_allowed(allowed, top)
    refused: dict[str, list[str]] = {}
    for row in document["alternatives"]:
        if row["refused"] is not None:
            refused.setdefault(_reason(row), []).append(row["region"])
    for reason, regions in sorted(refused.items(), key=lambda item: -len(item[1])):
        more = f" and {len(regions) - _REGIONS_NAMED} more" if len(regions) > _REGIONS_NAMED else ""
        say(f"not in {', '.join(regions[:_REGIONS_NAMED])}{more}: {reason}")


def _reason(row: Document) -> str:
    """The rule; of policies without what is particular to the region, so that regions refused alike stand together."""
    if not row["reasons"]:
        return str(row["refused"])
    first = row["reasons"][0]
    via = first["via"]
    inherited = f", inherits {via[0]} from {' via '.join(via[1:-1])}" if via else ""
    law = f", {first['legal_ref']}" if first["legal_ref"] else ""
    more = f" (and {len(row['reasons']) - 1} more)" if len(row["reasons"]) > 1 else ""
    return f"{first['policy']}: {first['required']}{inherited}{law}{more}"


def _show_allowed(allowed: list[Document], top: int) -> None:
    dearer = "dearer by USD/month"
    table = table_of(("region", "instance type", dearer, *_LINES), figures=(dearer, *_LINES))
    for row in allowed[:top]:
        difference = row["difference_usd_per_month"]
        table.add_row(
            row["region"],
            ", ".join(row["instance_types"]),
            *(f"{difference[line]:+,.2f}" for line in ("total", *_LINES)),
        )
    show(table, "Moved alone, with all else in its place:")
    if len(allowed) > top:
        say(f"and {len(allowed) - top} more regions (--top)")
