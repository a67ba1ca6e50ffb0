import shutil
from collections import Counter
from pathlib import Path

from providers.onprem import sample_folder
from tests.cli.running import Command, sample_rows

SOURCE_KEYS = {"source", "provider", "region", "offerings", "oldest_observed_at", "newest_observed_at", "stale"}


def test_the_first_load_makes_the_database_and_version_1(bare_placement: Command, empty_folder: Path) -> None:
    ran = bare_placement("catalog", "load", "--sample")
    rows = f"{len(sample_rows('prices')):,}"
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"catalog version 1: {rows} prices of source sample, {rows} new or changed, 0 ended\n"
    assert (empty_folder / "placement.db").exists()


def test_a_second_load_makes_a_version_in_which_nothing_changed(placement: Command) -> None:
    ran = placement("catalog", "load", "--sample")
    assert ran.out.startswith("catalog version 2: ")
    assert "0 new or changed, 0 ended" in ran.out


def test_a_sheet_of_another_name_is_a_source_of_its_own(placement: Command, folder: Path) -> None:
    shutil.copytree(sample_folder(), folder / "mine")
    assert "of source mine," in placement("catalog", "load", folder / "mine").out
    assert "of source ours," in placement("catalog", "load", folder / "mine", "--name", "ours").out
    shown = placement("catalog", "show", "--json").document
    assert {row["source"] for row in shown["sources"]} == {"sample", "mine", "ours"}


def test_changed_and_withdrawn_prices_are_counted(placement: Command, folder: Path) -> None:
    sheet = Path(shutil.copytree(sample_folder(), folder / "sheet"))
    prices = (sheet / "prices.csv").read_text(encoding="utf-8").splitlines()
    assert placement("catalog", "load", sheet, "--name", "sample").out.endswith("0 new or changed, 0 ended\n")
    (sheet / "prices.csv").write_text("\n".join(prices[:-3]) + "\n", encoding="utf-8")
    assert placement("catalog", "load", sheet, "--name", "sample").out.endswith("0 new or changed, 3 ended\n")


def test_a_load_names_a_folder_or_the_sample(placement: Command, folder: Path) -> None:
    assert "--sample" in placement("catalog", "load").message
    assert "--sample" in placement("catalog", "load", folder, "--sample").message
    assert "--name" in placement("catalog", "load", "--sample", "--name", "mine").message


def test_show_counts_the_offerings_of_each_region(placement: Command) -> None:
    shown = placement("catalog", "show", "--json").document
    prices = sample_rows("prices")
    assert set(shown) == {
        "catalog",
        "regions",
        "instance_types",
        "offerings",
        "tariffs",
        "sources",
        "collections",
        "capacity_hints",
        "never_stored",
    }
    assert set(shown["catalog"]) == {"version", "as_of"}
    assert shown["catalog"]["version"] == 1
    assert shown["catalog"]["as_of"].endswith("Z")
    assert shown["offerings"] == len(prices)
    assert all(set(row) == SOURCE_KEYS for row in shown["sources"])
    counted = Counter((row["provider"], row["region"], row["capacity_type"]) for row in prices)
    assert counted == {
        (row["provider"], row["region"], kind): count
        for row in shown["sources"]
        for kind, count in row["offerings"].items()
        if count
    }
    first = shown["sources"][0]
    dates = [
        row["observed_on"] for row in prices if (row["provider"], row["region"]) == (first["provider"], first["region"])
    ]
    assert first["oldest_observed_at"] == f"{min(dates)}T00:00:00Z"
    assert first["newest_observed_at"] == f"{max(dates)}T00:00:00Z"


def test_the_table_has_a_line_a_region_and_the_counts(placement: Command) -> None:
    lines = placement("catalog", "show").out.splitlines()
    frankfurt = next(line for line in lines if "eu-central-1" in line)
    assert frankfurt.split() == ["sample", "aws", "eu-central-1", "34", "34", "0", "2022-09-03", "2025-06-28"]
    assert "1,755 offerings" in lines[-1]


def test_an_upgrade_may_be_run_twice_and_leaves_no_market(bare_placement: Command) -> None:
    for _ in range(2):
        assert bare_placement("db", "upgrade").out == "the database is up to date\n"
    assert "catalog load" in bare_placement("catalog", "show").message
