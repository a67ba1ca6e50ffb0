"""A decision as tables that a person can read, made from its JSON document."""

from typing import Any

from rich.table import Table

from placement.cli.context import console
from placement.domain.decision import COST_LINES

Document = dict[str, Any]
_WORDS = {
    "optimal": "the cheapest placement, proven",
    "feasible": "the best placement found, not proven to be the cheapest",
    "infeasible": "no placement can satisfy these rules",
    "no_answer": "no placement was found within the time limit",
}


def show_decision(answer: Document) -> None:
    """Placements, bill, savings, assumptions; or the conflict."""
    out = console()
    out.print(f"fleet {answer['fleet']}: {answer['status']}, {_WORDS[answer['status']]}", markup=False)
    if answer["cost_usd_per_month"] is None:
        _show_conflict(answer)
        return
    out.print(_placements(answer))
    if answer["datasets"]:
        out.print(_datasets(answer))
    if any(flow["usd_per_month"] for flow in answer["flows"]):
        out.print(_flows(answer))
    cost = answer["cost_usd_per_month"]
    out.print(_bill(cost))
    out.print(
        f"bound {_usd(answer['lower_bound_usd_per_month'])} USD a month, gap {answer['gap']:.2e}, "
        f"{answer['solve_seconds']:.2f} s, catalog version {answer['catalog']['version']}, "
        f"oldest price used {answer['catalog']['oldest_price_at'][:10]}"
    )
    for baseline in answer["baselines"]:
        out.print(_saving(baseline, cost["total"]), markup=False)
    for name, usd in answer["penalties_usd_per_month"].items():
        if usd:
            out.print(f"{name}: {_usd(usd)} USD a month weighed in, no part of the bill")
    for assumption in answer["assumptions"]:
        out.print(f"assumed: {assumption}", markup=False)
    out.print(f"decision {answer['id']}: ask `placement explain {answer['id']} WORKLOAD` why")


def _show_conflict(answer: Document) -> None:
    out = console()
    if answer["conflict"]:
        out.print("These cannot hold together:")
        for conflict in answer["conflict"]:
            out.print(f"  {conflict['rule']} of {', '.join(conflict['subjects'])}: {conflict['reason']}", markup=False)
    if answer["lower_bound_usd_per_month"] is not None:
        out.print(f"no placement costs less than {_usd(answer['lower_bound_usd_per_month'])} USD a month")
    if answer["rejections"]:
        table = _table("Offerings that rules refuse", "workload", "rule", ("offerings", "right"), "asks")
        for row in answer["rejections"]:
            table.add_row(row["workload"], row["rule"], f"{row['offerings']:,}", row["reason"])
        out.print(table)


def _placements(answer: Document) -> Table:
    table = _table(
        None,
        "workload",
        "region",
        "instance type",
        "capacity",
        ("replicas", "right"),
        ("USD/hour each", "right"),
        ("USD/month", "right"),
    )
    for placed in answer["placements"]:
        for index, part in enumerate(placed["assignments"]):
            table.add_row(
                "" if index else placed["workload"],
                part["region"] + (f" ({part['zone']})" if part["zone"] else ""),
                part["instance_type"],
                part["capacity_type"],
                str(part["replicas"]),
                f"{part['usd_per_hour']:.6f}",
                "" if index else _usd(placed["cost_usd_per_month"]["total"]),
            )
    return table


def _datasets(answer: Document) -> Table:
    table = _table(None, "dataset", "regions", ("USD/month", "right"))
    for dataset in answer["datasets"]:
        cost = _usd(dataset["cost_usd_per_month"]["total"])
        table.add_row(dataset["dataset"], ", ".join(dataset["regions"]), cost)
    return table


def _flows(answer: Document) -> Table:
    table = _table("Flows that cost egress", "from", "to", "between", ("GB/month", "right"), ("USD/month", "right"))
    for flow in answer["flows"]:
        if flow["usd_per_month"]:
            between = f"{flow['from_region']} -> {flow['to_region']}"
            table.add_row(
                flow["from"], flow["to"], between, f"{flow['gb_per_month']:,.1f}", _usd(flow["usd_per_month"])
            )
    return table


def _bill(cost: Document) -> Table:
    table = _table(None, "bill", ("USD/month", "right"))
    for line in COST_LINES:
        table.add_row(line, _usd(cost[line]))
    table.add_section()
    table.add_row("total", _usd(cost["total"]))
    return table


def _saving(baseline: Document, total: float) -> str:
    other = baseline["total_usd_per_month"]
    if other is None:
        return f"compared with {baseline['description']}: there is no such placement"
    saved = other - total
    share = f" ({saved / other:.1%})" if other else ""
    return f"saves {_usd(saved)} USD a month{share} against {baseline['description']}, {_usd(other)}"


def _table(title: str | None, *headings: str | tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        if isinstance(heading, tuple):
            table.add_column(heading[0], justify="right")
        else:
            table.add_column(heading, overflow="fold")
    return table


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"
