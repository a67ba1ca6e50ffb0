"""What would move, from the command line: told, and not done."""

import shutil
from decimal import Decimal
from pathlib import Path

from providers.onprem import sample_folder
from tests.cli.running import EXAMPLES, Command, write_fleet

FLEET = """\
fleet: shop
workloads:
- {name: web, replicas: 2, resources: {vcpus: 2, memory_gib: 8}, places: {allow: [EU], deny: [onprem]}}
- {name: db, resources: {vcpus: 4, memory_gib: 16}, places: {allow: [aws]}, state_gb: 100}
flows:
- {from: web, to: db, gb_per_month: 10}
limits: {migration: {horizon_months: 3, min_saving_fraction: 0.1}}
"""


def cheaper_frankfurt(folder: Path) -> Path:
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


def test_prices_that_fell_are_told_of_and_nothing_is_kept(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, FLEET)
    made = placement("solve", fleet, "--json").document
    still = placement("replan", fleet, "--json").document
    assert (still["moves"], still["decision"]["id"]) == ([], made["id"])
    assert placement("catalog", "load", cheaper_frankfurt(folder), "--name", "sample").code == 0
    document = placement("replan", fleet, "--json").document
    assert {row["name"] for row in document["moves"]} == {"web", "db"}
    for row in document["moves"]:
        assert row["to"]["regions"] == ["aws:eu-central-1"]
        assert row["reasons"][0]["kind"] == "price_fell"
    assert placement("explain", "latest", "--json").document["id"] == made["id"]
    shown = placement("replan", fleet).out
    assert "moves:" in shown
    assert "because m5.large on_demand in aws:eu-central-1 fell from 0.115000 to 0.011500 USD an hour" in shown
    assert "moving costs 2.00 USD once" in shown


def test_what_stays_is_shown_with_what_a_move_had_to_save(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, FLEET)
    placement("solve", fleet)
    shown = placement("replan", fleet).out
    assert "nothing is worth moving" in shown
    assert "stays" in shown


def test_a_fleet_that_was_never_placed_says_what_to_do(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, FLEET)
    message = placement("replan", fleet).message
    assert "no decision places a fleet 'shop' yet" in message
    assert "placement solve" in message
    placement("solve", write_fleet(folder, FLEET.replace("fleet: shop", "fleet: shops"), "other.yaml"))
    assert "did you mean shops?" in placement("replan", fleet).message


def test_a_decision_that_places_nothing_replaces_none(placement: Command, folder: Path) -> None:
    fleet = write_fleet(folder, FLEET)
    made = placement("solve", fleet, "--json").document["id"]
    nowhere = write_fleet(folder, FLEET.replace("{allow: [aws]}", "{allow: [FJ]}"), "nowhere.yaml")
    assert placement("solve", nowhere).code == 2
    assert placement("replan", fleet, "--json").document["decision"]["id"] == made
    ran = placement("replan", nowhere)
    assert ran.code == 2
    assert "These cannot hold together:" in ran.out


def test_every_example_that_was_placed_can_be_placed_again(placement: Command) -> None:
    for name in ("data-gravity", "residency", "everything"):
        fleet = EXAMPLES / f"{name}.yaml"
        assert placement("solve", fleet).code == 0
        again = placement("replan", fleet)
        assert (again.code, again.err) == (0, "")
        document = placement("replan", fleet, "--json").document
        assert document["cost_usd_per_month"]["saved"]["total"] >= 0
