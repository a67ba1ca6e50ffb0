"""A month's figures as a person can read them, made from their JSON document."""

from typing import Any

from placement.cli.output import say, show, table_of

Document = dict[str, Any]
_MOST_ROWS = 12
"""Of a table; `--json` has all."""
_STEPS = {
    "frozen": "the fleets of their first decisions, at home, at the prices of then",
    "volume": "more or fewer replicas, hours and gigabytes: no saving",
    "price": "what the market did to them: no saving",
    "mix": "other regions, instance types and capacity types",
    "egress": "traffic that leaves its region",
    "moves": "state carried and replicas restarted, once",
    "actual": "what it cost",
}


def show_report(document: Document) -> None:
    """Headline, bridge, fleets, labels, terms and notes."""
    said = "the whole month" if document["closed"] else f"up to {document['until']}"
    revision = f", revision {document['revision']}" if document["revision"] else ""
    say(f"report of {document['month']}, {said}{revision}: estimates by the prices of the time, in USD")
    if not document["fleets"]:
        say("no fleet had a placement in this month")
        return
    _show_headline(document)
    table = table_of(("step", "what", "USD"), ("USD",))
    for name, words in _STEPS.items():
        amount = document["bridge_usd"][name]
        table.add_row(name, words, f"{amount:z,.2f}" if name in ("frozen", "actual") else f"{amount:+z,.2f}")
    show(table, "\nFrom the frozen baseline to what it cost:")
    _show_groups(document["by_fleet"], "fleet")
    label = document["by_label"]["label"]
    _show_groups([{label: group["value"], **group} for group in document["by_label"]["groups"]], label)
    table = table_of(("for", "USD"), ("USD",))
    for term, amount in document["terms_usd"].items():
        table.add_row(term, f"{amount:z,.2f}")
    show(table, "")
    _show_policies(document)
    if document["reconciliation"] is not None:
        _show_reconciliation(document["reconciliation"])
    for fleet in document["fleets"]:
        for note in fleet["notes"]:
            say(f"{fleet['fleet']}: {note}")


def _show_headline(document: Document) -> None:
    usd = document["usd"]
    say(f"cost {usd['actual']:z,.2f}")
    share = f" ({100 * usd['saved'] / usd['baseline']:.1f}%)" if usd["baseline"] else ""
    say(f"saved {usd['saved']:z,.2f}{share} against the baseline, {usd['baseline']:z,.2f}")
    say(f"missed {usd['missed']:z,.2f} against the best placement in hindsight, {usd['best_in_hindsight']:z,.2f}")
    if usd["compliance"]:
        say(f"policies cost {usd['compliance']:z,.2f}: without them the best is {usd['best_without_policies']:z,.2f}")
    forecast = document["forecast_usd"]
    if forecast is not None:
        say(f"forecast of the month {forecast['amount']:z,.2f}, {forecast['low']:z,.2f} to {forecast['high']:z,.2f}")


def _show_groups(groups: list[Document], name: str) -> None:
    figures = ("actual", "baseline", "saved", "missed")
    table = table_of((name, *figures), figures)
    for group in groups[:_MOST_ROWS]:
        table.add_row(group[name], *(f"{group[f'{figure}_usd']:z,.2f}" for figure in figures))
    show(table, "")
    if len(groups) > _MOST_ROWS:
        say(f"and {len(groups) - _MOST_ROWS} more (--json)")


def _show_policies(document: Document) -> None:
    costs = [(fleet["fleet"], cost) for fleet in document["fleets"] for cost in fleet["policies"]]
    if costs:
        table = table_of(("fleet", "policy", "USD"), ("USD",))
        for fleet, cost in costs:
            table.add_row(fleet, cost["policy"], f"{cost['usd']:z,.2f}")
        show(table, "\nWhat each policy cost alone:")


def _show_reconciliation(found: Document) -> None:
    amounts = ("estimated", "measured", "difference")
    table = table_of(("fleet", "workload", "for", *amounts), amounts)
    for row in found["rows"][:_MOST_ROWS]:
        table.add_row(row["fleet"], row["subject"], row["term"], *(f"{row[f'{name}_usd']:z,.2f}" for name in amounts))
    if found["rows"]:
        show(table, "\nAgainst what was measured:")
    if len(found["rows"]) > _MOST_ROWS:
        say(f"and {len(found['rows']) - _MOST_ROWS} more (--json)")
    say(f"measured {found['measured_usd']:z,.2f} of what is estimated at {found['estimated_usd']:z,.2f}")
    if found["unmeasured_usd"]:
        say(f"for an estimate of {found['unmeasured_usd']:z,.2f} nothing was measured")
    if found["unknown"]:
        names = ", ".join(each["name"] for each in found["unknown"][:5])
        more = f" and {len(found['unknown']) - 5} more" if len(found["unknown"]) > 5 else ""
        say(f"{sum(each['usd'] for each in found['unknown']):z,.2f} are of no workload or of several: {names}{more}")
