import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from placement.cli.solve import EXIT_CODES
from placement.domain.decision import Decision
from placement.planner import deciding
from tests.cli.running import EXAMPLES, Command, decimals, write_fleet

DECISION = {
    "id": str,
    "fleet": str,
    "status": str,
    "stopped_by": str,
    "catalog": dict,
    "policies": dict,
    "cost_usd_per_month": dict,
    "lower_bound_usd_per_month": Decimal,
    "gap": Decimal,
    "solve_seconds": Decimal,
    "assumptions": list,
    "placements": list,
    "datasets": list,
    "flows": list,
}
ASSIGNMENT = {
    "region": str,
    "zone": str | None,
    "instance_type": str,
    "capacity_type": str,
    "replicas": int,
    "usd_per_hour": Decimal,
    "observed_at": str,
    "estimated": bool,
    "hazard_per_hour": Decimal,
}
LINES = ("compute", "interruption", "egress", "storage", "migration")
SMALL = """\
fleet: small
workloads:
- {name: web, replicas: 2, resources: {vcpus: 2, memory_gib: 8}, places: {allow: [IE]}}
- {name: batch, resources: {vcpus: 4, memory_gib: 16}, places: {allow: [DE]}}
flows:
- {from: web, to: batch, gb_per_month: 70}
"""


def _holds(document: dict[str, Any], keys: dict[str, Any]) -> None:
    for key, kind in keys.items():
        assert isinstance(document[key], kind), f"{key}: {document[key]!r}"


def _bill(document: dict[str, Any]) -> dict[str, Decimal]:
    """A bill whose lines make its total, each with 6 decimals at most."""
    bill: dict[str, Decimal] = document["cost_usd_per_month"]
    assert set(bill) == {"total", *LINES}
    assert all(decimals(usd) <= 6 for usd in bill.values())
    assert sum(bill[line] for line in LINES) == bill["total"]
    return bill


def test_the_decision_has_these_keys_and_types(placement: Command) -> None:
    ran = placement("solve", EXAMPLES / "data-gravity.yaml", "--json")
    answer = ran.document
    assert (ran.code, ran.err) == (0, "")
    _holds(answer, DECISION)
    assert set(answer["catalog"]) == {"version", "as_of", "oldest_price_at", "stale"}
    assert set(answer["policies"]) == {"digest", "applied"}
    assert (answer["fleet"], answer["status"], answer["stopped_by"]) == ("data-gravity", "optimal", "gap")
    assert "conflict" not in answer
    for placed in answer["placements"]:
        assert set(placed) == {"workload", "assignments", "cost_usd_per_month"}
        for part in placed["assignments"]:
            assert list(part) == list(ASSIGNMENT)
            _holds(part, ASSIGNMENT)
            assert decimals(part["usd_per_hour"]) <= 9
    for dataset in answer["datasets"]:
        assert {"dataset", "regions"} <= set(dataset)
    for flow in answer["flows"]:
        assert set(flow) == {"from", "to", "from_region", "to_region", "gb_per_month", "usd_per_month"}
        assert decimals(flow["usd_per_month"]) <= 6


@pytest.mark.parametrize("name", ["data-gravity", "spot-risk", "capacity-squeeze"])
def test_every_part_has_its_share_and_all_shares_make_the_bill(name: str, placement: Command) -> None:
    answer = placement("solve", EXAMPLES / f"{name}.yaml", "--json").document
    total = _bill(answer)
    shares = [_bill(part) for part in (*answer["placements"], *answer["datasets"])]
    for line in ("total", *LINES):
        assert sum(share[line] for share in shares) == total[line]
    assert sum(flow["usd_per_month"] for flow in answer["flows"]) == pytest.approx(total["egress"], abs=Decimal("1e-5"))
    assert answer["lower_bound_usd_per_month"] <= total["total"]
    gap = (total["total"] - answer["lower_bound_usd_per_month"]) / total["total"]
    assert answer["gap"] == pytest.approx(gap, abs=Decimal("1e-8"))
    observed = [part["observed_at"] for placed in answer["placements"] for part in placed["assignments"]]
    assert answer["catalog"]["oldest_price_at"] == min(observed)


def test_compute_and_egress_are_what_a_pocket_calculator_says(placement: Command, folder: Path) -> None:
    answer = placement("solve", write_fleet(folder, SMALL), "--json").document
    web, batch = answer["placements"]
    for placed, replicas in ((web, 2), (batch, 1)):
        (part,) = placed["assignments"]
        assert part["replicas"] == replicas
        assert placed["cost_usd_per_month"]["compute"] == round(replicas * 730 * part["usd_per_hour"], 6)
    assert web["assignments"][0]["region"] == "aws:eu-west-1"
    assert web["assignments"][0]["usd_per_hour"] == Decimal("0.107")
    assert batch["assignments"][0]["region"] == "onprem:fra-1"
    # From AWS to another provider: 0.09 USD a GB in the first tier, and the source pays.
    assert web["cost_usd_per_month"]["egress"] == Decimal("6.3")
    assert answer["cost_usd_per_month"]["total"] == Decimal("156.22") + Decimal("30.40231") + Decimal("6.3")


def test_the_tables_show_what_the_document_says(placement: Command) -> None:
    answer = placement("solve", EXAMPLES / "data-gravity.yaml", "--json").document
    ran = placement("solve", EXAMPLES / "data-gravity.yaml")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[0] == "fleet data-gravity: optimal, the cheapest placement, proven"
    for placed in answer["placements"]:
        (part,) = placed["assignments"]
        row = next(line.split() for line in lines if line.startswith(placed["workload"]))
        assert row[1:] == [
            part["region"],
            part["instance_type"],
            part["capacity_type"],
            str(part["replicas"]),
            f"{part['usd_per_hour']:.6f}",
            f"{placed['cost_usd_per_month']['total']:,.2f}",
        ]
    assert f"total         {answer['cost_usd_per_month']['total']:>9,.2f}" in lines
    assert any(line.startswith("saves ") for line in lines)
    assert all(f"assumed: {assumption}" in lines for assumption in answer["assumptions"])
    assert lines[-1].startswith("decision ")


def test_the_same_fleet_has_the_same_answer(placement: Command) -> None:
    def answer() -> dict[str, Any]:
        document: dict[str, Any] = placement("solve", EXAMPLES / "capacity-squeeze.yaml", "--json").document
        return {key: value for key, value in document.items() if key not in ("id", "solve_seconds", "steps")}

    assert answer() == answer()


def test_json_fleets_are_read_as_yaml_fleets_are(placement: Command, folder: Path) -> None:
    flow = {"from": "web", "to": "internet", "gb_per_month": 5}
    fleet = {
        "fleet": "f",
        "workloads": [{"name": "web", "resources": {"vcpus": 2, "memory_gib": 4}}],
        "flows": [flow],
    }
    answer = placement("solve", write_fleet(folder, json.dumps(fleet), "fleet.json"), "--json").document
    assert answer["flows"][0]["gb_per_month"] == 5


def test_what_cannot_be_placed_ends_with_2_and_says_why(placement: Command) -> None:
    ran = placement("solve", EXAMPLES / "impossible.yaml", "--json")
    answer = ran.document
    assert (ran.code, ran.err) == (2, "")
    assert answer["status"] == "infeasible"
    assert answer["cost_usd_per_month"] is None
    assert answer["gap"] is None
    assert (answer["placements"], answer["datasets"], answer["flows"]) == ([], [], [])
    assert all(set(conflict) == {"rule", "subjects", "reason"} for conflict in answer["conflict"])
    assert {conflict["rule"] for conflict in answer["conflict"]} == {"places", "flows"}
    table = placement("solve", EXAMPLES / "impossible.yaml")
    assert table.code == 2
    for conflict in answer["conflict"]:
        assert f"{conflict['rule']} of {', '.join(conflict['subjects'])}: {conflict['reason']}" in table.out


def test_a_budget_below_every_placement_is_a_conflict(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, SMALL + "limits: {budget_usd_per_month: 100}\n")
    ran = placement("solve", fleet, "--json")
    (conflict,) = ran.document["conflict"]
    assert ran.code == 2
    assert conflict["rule"] == "budget"
    assert "100.00 USD" in conflict["reason"]
    assert "192.92" in conflict["reason"]


def test_a_short_time_limit_ends_with_an_answer_or_with_3(placement: Command) -> None:
    ran = placement("solve", EXAMPLES / "capacity-squeeze.yaml", "--time-limit", 0.1, "--json")
    answer = ran.document
    assert ran.code == EXIT_CODES[answer["status"]]
    assert ran.code in (0, 3)
    assert (answer["cost_usd_per_month"] is None) == (ran.code == 3)


def test_no_answer_in_time_ends_with_3_and_shows_the_bound(
    placement: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = deciding.decide

    def late(*arguments: Any, **options: Any) -> Decision:
        found = decide(*arguments, **options)
        return replace(found, status="no_answer", stopped_by="time", placement=None, bill=None)

    monkeypatch.setattr(deciding, "decide", late)
    fleet = write_fleet(folder, SMALL)
    ran = placement("solve", fleet)
    assert (ran.code, ran.err) == (3, "")
    assert "no_answer, no placement was found in time, nor a proof that there is none" in ran.out
    assert "no placement costs less than 192.92 USD a month" in ran.out
    answer = placement("solve", fleet, "--json").document
    assert (answer["cost_usd_per_month"], answer["gap"], answer["placements"]) == (None, None, [])
    assert answer["lower_bound_usd_per_month"] == pytest.approx(Decimal("192.92231"), abs=Decimal("1e-4"))


def test_warnings_leave_the_json_alone(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, SMALL.replace("memory_gib: 8}", "memory_gib: 8}, instance_types: {deny: [zzz*]}"))
    ran = placement("solve", fleet, "--json")
    assert ran.code == 0
    assert ran.document["status"] == "optimal"
    assert "fleet.yaml:3:" in ran.err
    assert "no instance type matches" in ran.err


def test_names_are_shown_as_they_are_written(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, SMALL.replace("fleet: small", 'fleet: "[bold]größe[/bold] :smile:"'))
    ran = placement("solve", fleet)
    assert ran.out.startswith("fleet [bold]größe[/bold] :smile:: optimal")


def test_each_decision_is_kept_with_its_moment_in_the_id(placement: Command, folder: Path) -> None:
    fleet, before = write_fleet(folder, SMALL), datetime.now(UTC)
    first, second = (placement("solve", fleet, "--json").document["id"] for _ in range(2))
    assert first != second
    assert f"{before:%Y%m%dt%H%M%S}" <= first[:15] <= f"{datetime.now(UTC):%Y%m%dt%H%M%S}"
    for decision in (first, second):
        assert placement("explain", decision, "--json").document["id"] == decision
