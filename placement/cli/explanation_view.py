"""An explanation as a person can read it, made from its JSON document."""

from collections.abc import Mapping
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]
_LINES = ("compute", "interruption", "egress", "migration")
_REGIONS_NAMED = 4
_NEAR = 1e-4
"""The gap of an optimal decision."""


def show_explanation(document: Document, answer: Document, top: int) -> None:
    """Where the workload lies, the `top` cheapest other regions, and why the rest is refused."""
    name = document["workload"]
    placed = next(row for row in answer["placements"] if row["workload"] == name)
    parts = ", ".join(
        f"{part['replicas']} x {part['instance_type']} {part['capacity_type']} in {part['region']}"
        for part in placed["assignments"]
    )
    say(f"{name}: {parts}, for {placed['cost_usd_per_month']['total']:,.2f} USD a month")
    say(_runner_up(document["runner_up"], answer))
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


def _runner_up(found: Document, answer: Document) -> str:
    """What the best placement without its regions comes to, and what of that is proven."""
    at_least = found["at_least_usd_per_month"]
    if found["is_possible"] is False:
        return "Nowhere else, wherever the rest of the fleet is placed: proven"
    if found["is_possible"] is None:
        return f"No placement elsewhere was found in time; proven: it costs at least {at_least:+,.2f} USD a month"
    parts = ", ".join(
        f"{part['replicas']} x {part['instance_type']} {part['capacity_type']} in {part['region']}"
        for part in found["assignments"]
    )
    difference = found["difference_usd_per_month"]
    by_line = ", ".join(f"{line} {usd:+,.2f}" for line, usd in difference.items() if line != "total" and round(usd, 2))
    weighed = "".join(f", {name} {usd:+,.2f} weighed in" for name, usd in found["penalties_usd_per_month"].items())
    objective = difference["total"] + sum(found["penalties_usd_per_month"].values())
    along = f", {_named(found['moving'])} moving along" if found["moving"] else ", nothing else moving"
    whole = answer["cost_usd_per_month"]["total"] + difference["total"]
    is_proven = objective - at_least <= max(0.01, _NEAR * whole)
    proof = "proven the cheapest" if is_proven else f"proven: at least {at_least:+,.2f}"
    total = f"{difference['total']:+,.2f} USD a month ({by_line or 'no line differs'})"
    return f"Runner-up, the whole fleet placed again: {parts}, {total}{weighed}{along}; {proof}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _REGIONS_NAMED} more" if len(names) > _REGIONS_NAMED else ""
    return ", ".join(names[:_REGIONS_NAMED]) + more


def _show_allowed(allowed: list[Document], top: int) -> None:
    dearer, proven = "dearer by USD/month", "at least"
    weighed = ("weighed in",) if any(row["penalties_usd_per_month"] for row in allowed) else ()
    table = table_of(
        ("region", "instance type", dearer, *_LINES, *weighed, proven), figures=(dearer, *_LINES, *weighed, proven)
    )
    for row in allowed[:top]:
        difference, penalties = row["difference_usd_per_month"], sum(row["penalties_usd_per_month"].values())
        table.add_row(
            row["region"],
            ", ".join(row["instance_types"]),
            *(f"{difference[line]:+,.2f}" for line in ("total", *_LINES)),
            *(f"{penalties:+,.2f}" for _ in weighed),
            "" if row["at_least_usd_per_month"] is None else f"{row['at_least_usd_per_month']:+,.2f}",
        )
    counted = ", of what is weighed in as well" if weighed else ""
    show(table, f"Moved alone, with all else in its place; at least: proven, with all else free to move{counted}:")
    if len(allowed) > top:
        say(f"and {len(allowed) - top} more regions (--top)")
