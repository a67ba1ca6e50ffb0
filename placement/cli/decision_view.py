"""A decision as a person can read it, made from its JSON document."""

from collections.abc import Mapping
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]
_WORDS = {
    "optimal": "the cheapest placement, proven",
    "feasible": "the best placement found, not proven to be the cheapest",
    "infeasible": "no placement can satisfy these rules",
    "no_answer": "no placement was found in time, nor a proof that there is none",
}
_MOST_ROWS = 20
"""Of flows and refusals, which may be hundreds; `--json` has them all."""


def show_decision(answer: Document) -> None:
    """Placements, bill, savings, assumptions; or the conflict."""
    say(f"fleet {answer['fleet']}: {answer['status']}, {_WORDS[answer['status']]}")
    if answer["cost_usd_per_month"] is None:
        _show_nothing_placed(answer)
    else:
        _show_placed(answer)


def _show_nothing_placed(answer: Document) -> None:
    show_nothing_placed(answer)
    say(f"catalog version {answer['catalog']['version']}, decision {answer['id']}")


def show_nothing_placed(answer: Document) -> None:
    """The conflict, or the bound that is all that was found."""
    if answer["conflict"]:
        say("These cannot hold together:")
        for conflict in answer["conflict"]:
            say(f"  {conflict['rule']} of {', '.join(conflict['subjects'])}: {conflict['reason']}")
    if answer["lower_bound_usd_per_month"] is not None:
        say(f"no placement costs less than {_usd(answer['lower_bound_usd_per_month'])} USD a month")
    if answer["status"] == "infeasible" and answer["rejections"]:
        _show_rejections(answer)
        say("")


def _show_rejections(answer: Document) -> None:
    """Those of the workloads in the conflict first."""
    named = {subject for conflict in answer["conflict"] for subject in conflict["subjects"]}
    rows = sorted(answer["rejections"], key=lambda row: row["workload"] not in named)
    table = table_of(("workload", "rule", "offerings", "asks"), figures=("offerings",))
    for row in rows[:_MOST_ROWS]:
        table.add_row(row["workload"], row["rule"], f"{row['offerings']:,}", row["reason"])
    say("")
    show(table, "Offerings that single rules refuse:")
    _say_rest(rows)


def _show_placed(answer: Document) -> None:
    cost = answer["cost_usd_per_month"]
    _show_placements(answer["placements"])
    if answer["datasets"]:
        _show_datasets(answer["datasets"])
    _show_flows([flow for flow in answer["flows"] if flow["usd_per_month"]])
    _show_bill(cost)
    say(
        "",
        f"bound {_usd(answer['lower_bound_usd_per_month'])} USD a month, gap {answer['gap']:.2%}, "
        f"found in {answer['solve_seconds']:.2f} s on catalog version {answer['catalog']['version']}, "
        f"oldest price used {answer['catalog']['oldest_price_at'][:10]}",
    )
    say(*(_saving(baseline, cost["total"]) for baseline in answer["baselines"]))
    for name, usd in answer["penalties_usd_per_month"].items():
        if usd:
            say(f"{name}: {_usd(usd)} USD a month weighed in, no part of the bill")
    _warn_of_stale(answer["catalog"]["stale"])
    say(*(f"assumed: {assumption}" for assumption in answer["assumptions"]))
    say(f"decision {answer['id']}; why here: placement explain {answer['id']} WORKLOAD")


def _warn_of_stale(stale: list[Document]) -> None:
    if stale:
        oldest = min(stale, key=lambda row: row["observed_at"])
        where = f"{oldest['instance_type']} {oldest['capacity_type']} in {oldest['region']}"
        say(f"stale: {len(stale)} of the prices used are too old, the oldest of {oldest['observed_at']} for {where}")


def _show_placements(placements: list[Document]) -> None:
    figures = ("replicas", "USD/hour", "USD/month")
    table = table_of(("workload", "region", "instance type", "capacity", *figures), figures)
    for placed in placements:
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
    show(table, "")


def _show_datasets(datasets: list[Document]) -> None:
    table = table_of(("dataset", "regions", "USD/month"), figures=("USD/month",))
    for dataset in datasets:
        table.add_row(dataset["dataset"], ", ".join(dataset["regions"]), _usd(dataset["cost_usd_per_month"]["total"]))
    show(table, "")


def _show_flows(flows: list[Document]) -> None:
    """Those that cost egress, the dearest first."""
    if not flows:
        return
    dearest = sorted(flows, key=lambda flow: -flow["usd_per_month"])
    table = table_of(("flow", "from", "to", "GB/month", "USD/month"), figures=("GB/month", "USD/month"))
    for flow in dearest[:_MOST_ROWS]:
        table.add_row(
            f"{flow['from']} -> {flow['to']}",
            flow["from_region"],
            flow["to_region"],
            f"{flow['gb_per_month']:,.1f}",
            _usd(flow["usd_per_month"]),
        )
    show(table, "")
    _say_rest(dearest)


def _show_bill(cost: Document) -> None:
    table = table_of(("bill", "USD/month"), figures=("USD/month",))
    for line in (name for name in cost if name != "total"):
        table.add_row(line, _usd(cost[line]))
    table.add_row("total", _usd(cost["total"]), style="bold")
    show(table, "")


def _saving(baseline: Document, total: float) -> str:
    other = baseline["total_usd_per_month"]
    if other is None:
        return f"compared with {baseline['description']}: there is no such placement"
    saved = other - total
    share = f" ({saved / other:.1%})" if other else ""
    return f"saves {_usd(saved)} USD a month{share} against {baseline['description']}, {_usd(other)}"


def _say_rest(rows: list[Document]) -> None:
    if len(rows) > _MOST_ROWS:
        say(f"and {len(rows) - _MOST_ROWS} more (--json)")


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"
