import shutil
from decimal import Decimal
from pathlib import Path

from providers.onprem import sample_folder
from tests.cli.running import EXAMPLES, Command, sample_rows, write_fleet

ALONE = """\
fleet: alone
workloads:
- {name: web, replicas: 2, resources: {vcpus: 2, memory_gib: 8}, places: {allow: [EU], deny: [onprem]}}
"""


def _cheaper_market(folder: Path) -> Path:
    """The sample sheet at a tenth of its prices in AWS's region in Frankfurt."""
    sheet = Path(shutil.copytree(sample_folder(), folder / "sheet"))
    lines = (sheet / "prices.csv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        cells = line.split(",", 5)
        if cells[:2] == ["aws", "eu-central-1"]:
            cells[4] = str(Decimal(cells[4]) / 10)
            lines[number] = ",".join(cells)
    (sheet / "prices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sheet


def test_a_decision_is_shown_again_as_it_was_made(placement: Command) -> None:
    made = placement("solve", EXAMPLES / "data-gravity.yaml", "--json")
    decision = made.document["id"]
    assert placement("explain", decision, "--json").out == made.out
    assert placement("explain", "latest", "--json").out == made.out
    assert placement("explain", decision[:-2], "--json").out == made.out
    shown = placement("explain", decision).out
    assert "fleet data-gravity: optimal" in shown
    assert "how it was found:" in shown


def test_an_old_decision_is_explained_on_its_own_market(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, ALONE)
    decision = placement("solve", fleet, "--json").document["id"]
    before = placement("explain", decision, "web", "--json")
    assert placement("catalog", "load", _cheaper_market(folder), "--name", "sample").code == 0
    assert placement("explain", decision, "web", "--json").out == before.out
    assert placement("explain", decision, "--json").document["catalog"]["version"] == 1
    now = placement("solve", fleet, "--json").document
    assert now["catalog"]["version"] == 2
    assert now["placements"][0]["assignments"][0]["region"] == "aws:eu-central-1"
    assert before.document["regions"] != ["aws:eu-central-1"]


def test_every_other_region_has_a_difference_or_a_reason(placement: Command, folder: Path) -> None:
    placement("solve", write_fleet(folder, ALONE))
    document = placement("explain", "latest", "web", "--json").document
    assert set(document) == {"decision", "workload", "regions", "runner_up", "alternatives"}
    regions = {f"{row['provider']}:{row['region']}" for row in sample_rows("regions")}
    assert {row["region"] for row in document["alternatives"]} == regions - set(document["regions"])
    for row in document["alternatives"]:
        figures = {"difference_usd_per_month", "penalties_usd_per_month", "at_least_usd_per_month"}
        assert set(row) == {"region", "instance_types", "refused", "reasons"} | figures
        assert (row["refused"] is None) != (row["difference_usd_per_month"] is None)
    refused = {row["region"]: row["refused"] for row in document["alternatives"] if row["refused"]}
    assert refused["aws:us-east-1"] == refused["onprem:fra-1"] == "places: only in EU; never in onprem"
    dearer = [row["difference_usd_per_month"]["total"] for row in document["alternatives"] if not row["refused"]]
    assert len(dearer) > 5
    assert dearer == sorted(dearer)
    assert dearer[0] >= 0


def test_the_difference_is_that_of_the_hourly_prices(placement: Command, folder: Path) -> None:
    answer = placement("solve", write_fleet(folder, ALONE), "--json").document
    (here,) = answer["placements"][0]["assignments"]
    document = placement("explain", "latest", "web", "--json").document
    price = {
        (f"{row['provider']}:{row['region']}", row["instance_type"]): Decimal(row["usd_per_hour"])
        for row in sample_rows("prices")
        if row["capacity_type"] == "on_demand"
    }
    for row in document["alternatives"]:
        if row["refused"] is None:
            (kind,) = row["instance_types"]
            there = price[row["region"], kind]
            dearer = 2 * 730 * (there - here["usd_per_hour"])
            # Two bills, each rounded to a micro-dollar, lie between.
            assert abs(row["difference_usd_per_month"]["total"] - dearer) <= Decimal("0.000001")


def test_the_table_shows_the_cheapest_others_and_groups_refusals(placement: Command, folder: Path) -> None:
    placement("solve", write_fleet(folder, ALONE))
    document = placement("explain", "latest", "web", "--json").document
    lines = placement("explain", "latest", "web", "--top", 2).out.splitlines()
    assert lines[0].startswith("web: 2 x ")
    allowed = [row for row in document["alternatives"] if row["refused"] is None]
    assert [line.split()[0] for line in lines[5:7]] == [row["region"] for row in allowed[:2]]
    assert [line.split()[2] for line in lines[5:7]] == [
        f"{row['difference_usd_per_month']['total']:+,.2f}" for row in allowed[:2]
    ]
    assert lines[7] == f"and {len(allowed) - 2} more regions (--top)"
    assert "places: only in EU; never in onprem" in lines[8]


def test_what_was_not_placed_is_explained_as_a_whole(placement: Command) -> None:
    assert placement("solve", EXAMPLES / "impossible.yaml").code == 2
    whole = placement("explain", "latest")
    assert whole.code == 0
    assert "These cannot hold together:" in whole.out
    message = placement("explain", "latest", "ledger").message
    assert "infeasible" in message
    assert "without a workload" in message


def test_what_limits_cost_is_shown_with_the_worth_of_more(placement: Command) -> None:
    assert placement("solve", EXAMPLES / "capacity-squeeze.yaml").code == 0
    shown = placement("explain", "latest", "--limit-cost").out
    assert "25 of 25 points" in shown
    assert "1 point more: " in shown
    assert "1 instance more: " in shown
    message = placement("explain", "latest", "checkout", "--limit-cost").message
    assert "--limit-cost is about the whole fleet" in message
    assert "two questions" in placement("explain", "latest", "--policy-cost", "--limit-cost").message
    placement("solve", EXAMPLES / "data-gravity.yaml")
    assert placement("explain", "latest", "--limit-cost").out.startswith("no limit could bind")
    placement("solve", EXAMPLES / "impossible.yaml")
    assert "it places nothing, so that no limit has a price" in placement("explain", "latest", "--limit-cost").message


def test_ids_that_fit_none_or_several_decisions_are_refused(placement: Command, folder: Path) -> None:
    assert "placement solve" in placement("explain", "20260101t000000").message
    fleet = write_fleet(folder, ALONE)
    decisions = [placement("solve", fleet, "--json").document["id"] for _ in range(2)]
    assert "2 decisions begin with '20'" in placement("explain", "20").message
    assert decisions[1] in placement("explain", "zzz").message
