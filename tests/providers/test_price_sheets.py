from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from placement.domain.errors import BadSheet
from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.region import Attestation, Region
from placement.domain.sweep import InterruptionFigure, Price, SourceKind, StorageRate, Sweep
from placement.domain.tariff import EgressTariff, TariffTier
from providers.onprem import PriceSheets
from tests.providers.sheets import SHEET, with_cell, with_row, without_column, write_sheet, zipped


def read(folder: Path, **files: str | None) -> Sweep:
    return PriceSheets(write_sheet(folder, **files)).sweep()


def flaws(folder: Path, **files: str | None) -> list[str]:
    with pytest.raises(BadSheet) as refusal:
        read(folder, **files)
    return [str(flaw) for flaw in refusal.value.flaws]


def test_a_sheet_is_read_whole(tmp_path: Path) -> None:
    sweep = read(tmp_path)
    october = datetime(2026, 10, 1, tzinfo=UTC)
    assert (sweep.source, sweep.kind, tuple(sweep.warnings)) == ("dc-prices", SourceKind.SHEET, ())
    held = (Attestation("bsi-c5", date(2025, 1, 1), date(2026, 12, 31)), Attestation("iso-27001", date(2024, 1, 1)))
    assert sweep.regions == (
        Region("dc", "fra-1", "DE", None, "europe", 50.1, 8.7, subdivision="DE-HE", attestations=held),
        Region("dc", "nyc-1", "US", None, "north-america", 40.7, -74.0, subdivision="US-NY"),
    )
    assert sweep.instance_types == (
        InstanceType("dc", "std-4", 4.0, 16.0, "x86_64"),
        InstanceType("dc", "gpu-8", 8.0, 64.0, None, False, 2, "L4", 48.0),
    )
    assert sweep.prices[0] == Price(
        "dc", "fra-1", None, "std-4", CapacityType.ON_DEMAND, rate_from_usd(0.2), october, note="price list"
    )
    assert sweep.prices[2] == Price(
        "dc", "fra-1", "fra-1a", "std-4", CapacityType.SPOT, rate_from_usd("0.051234568"),
        datetime(2026, 10, 2, tzinfo=UTC), estimated=True, capacity=12,
    )  # fmt: skip
    internet, swiss, between = sweep.egress
    assert internet.tariff == EgressTariff(
        "dc", "*", "internet", (TariffTier(0, rate_from_usd(0)), TariffTier(100, rate_from_usd(0.05)))
    )
    assert (internet.observed_on, internet.note) == (date(2026, 9, 1), "price list"), "as old as its oldest tier"
    assert (swiss.tariff.name, between.tariff.name) == ("dc europe -> internet:CH", "dc fra-1 -> nyc-1")
    assert sweep.interruption == (
        InterruptionFigure("dc", "fra-1", "std-4", 5, 10, "month", date(2026, 10, 1), "counted"),
        InterruptionFigure("dc", "nyc-1", "std-4", 20, None, "month", date(2026, 10, 1)),
    )
    assert sweep.storage == (StorageRate("dc", "fra-1", rate_from_usd(0.021)),)


def test_a_gzipped_file_is_read_as_its_text(tmp_path: Path) -> None:
    plain = read(tmp_path)
    for file in (tmp_path / "dc-prices").iterdir():
        file.with_suffix(".csv.gz").write_bytes(zipped(file.read_text()))
        file.unlink()
    assert PriceSheets(tmp_path / "dc-prices").sweep() == plain


def test_the_source_may_be_named_otherwise(tmp_path: Path) -> None:
    assert PriceSheets(write_sheet(tmp_path), "negotiated").sweep().source == "negotiated"


def test_optional_files_and_columns_may_be_left_out(tmp_path: Path) -> None:
    sweep = read(
        tmp_path,
        interruption=None,
        storage=None,
        attestations=None,
        regions="provider,region,country\ndc,fra-1,DE\ndc,nyc-1,XK\n",
        instance_types="provider,instance_type,vcpus,memory_gib\ndc,std-4,4,16\ndc,gpu-8,8,64\n",
        egress="provider,src,dst,tier_from_gb,usd_per_gb,observed_on\ndc,*,internet,10,0,2026-10-01\n"
        "dc,*,internet,0,0.1,2026-10-01\n",
    )
    assert sweep.regions == (Region("dc", "fra-1", "DE"), Region("dc", "nyc-1", "XK"))
    assert sweep.instance_types[0] == InstanceType("dc", "std-4", 4.0, 16.0)
    assert [tier.from_gb for tier in sweep.egress[0].tariff.tiers] == [0, 10]
    assert (sweep.interruption, sweep.storage) == ((), ())


@pytest.mark.parametrize(
    "prices",
    [
        "\ufeff" + SHEET["prices"],
        SHEET["prices"].replace("\n", "\r\n"),
        SHEET["prices"].replace(",", " , "),
        SHEET["prices"].replace("dc,nyc-1", "\n\ndc,nyc-1"),
        SHEET["prices"] + "dc,nyc-1,std-4,on_demand,0.250,2026-10-01,,,,price list\n",
        SHEET["prices"].replace("on_demand", '"on_demand"'),
    ],
    ids=["byte order mark", "line ends of Windows", "blanks", "empty lines", "a row twice", "quotes"],
)
def test_how_the_text_is_written_does_not_matter(tmp_path: Path, prices: str) -> None:
    (tmp_path / "plain").mkdir()
    assert read(tmp_path, prices=prices) == read(tmp_path / "plain")


def test_what_is_odd_but_harmless_is_a_warning(tmp_path: Path) -> None:
    more = "".join(f"dc,far-{n},internet,0,,0.1,2026-10-01,\n" for n in range(5))
    sweep = read(
        tmp_path,
        regions=with_row("regions", "dc,ber-1,DE,europe,,,"),
        instance_types=with_cell("instance_types", "architecture", "riscv64"),
        storage="provider,region,usd_per_gb_month,colour\ndc,fra-1,0.021,red\n",
        egress=SHEET["egress"] + more + "aws,*,internet,0,,0.1,2026-10-01,\ndc,*,asia,0,,0.1,2026-10-01,\n",
    )
    assert sweep.instance_types[0].architecture is None
    assert tuple(sweep.warnings) == (
        "instance_types.csv: architectures other than x86_64 and arm64 count as unknown: riscv64",
        "prices.csv: regions without a price: dc:ber-1",
        "egress.csv: tariffs that no region of the sheet uses: dc far-0 -> internet, dc far-1 -> internet, "
        "dc far-2 -> internet and 4 more",
        "storage.csv: columns that no sheet has were not read: colour",
    )


PRICE = "dc,fra-1,std-4,on_demand,0.2,2026-10-01,zone-1,,,"

BAD_CELLS = [
    ("regions", "provider", "", "provider: is empty, and must have a value"),
    ("regions", "provider", "d:c", "provider: 'd:c' is no name"),
    ("regions", "region", "fra 1", "region: 'fra 1' is no name"),
    ("regions", "region", "europe", "'europe' has another meaning in the egress sheet"),
    ("regions", "region", "other-region", "'other-region' has another meaning"),
    ("regions", "country", "XX", "country: 'XX' is not an ISO 3166-1 country code of two capital letters, such as DE"),
    ("regions", "country", "UK", "write GB"),
    ("regions", "country", "de", "write DE"),
    ("regions", "country", "", "country: is empty"),
    ("regions", "continent", "Europe", "continent: 'Europe' is not one of africa, asia, europe, north-america"),
    ("regions", "lat", "90.1", "lat: 90.1 is out of range; it must be from -90 to 90"),
    ("regions", "lon", "-180.5", "lon: -180.5 is out of range; it must be from -180 to 180"),
    ("regions", "lat", "north", "lat: 'north' is not a number"),
    ("regions", "subdivision", "DE-XX", "subdivision: 'DE-XX' is not an ISO 3166-2 code"),
    ("regions", "subdivision", "US-NY", "subdivision: US-NY does not lie in DE"),
    ("instance_types", "vcpus", "0", "vcpus: 0 is out of range; it must be above 0"),
    ("instance_types", "vcpus", "four", "vcpus: 'four' is not a number"),
    ("instance_types", "memory_gib", "-1", "memory_gib: -1 is out of range"),
    ("instance_types", "memory_gib", "inf", "memory_gib: 'inf' is not a number"),
    ("instance_types", "memory_gib", "1e400", "memory_gib: 1e400 is out of range"),
    ("instance_types", "burstable", "maybe", "burstable: 'maybe' is neither true nor false"),
    ("instance_types", "gpu_count", "1.5", "gpu_count: '1.5' is not a whole number"),
    ("instance_types", "gpu_memory_gib", "-4", "gpu_memory_gib: -4 is out of range"),
    ("prices", "region", "ber-1", "region: dc:ber-1 is not in the sheet's regions"),
    ("prices", "instance_type", "std-5", "instance_type: dc std-5 is not in the sheet's instance_types"),
    ("prices", "capacity_type", "ondemand", "capacity_type: 'ondemand' is not one of on_demand, spot, reserved"),
    ("prices", "usd_per_hour", "", "usd_per_hour: is empty"),
    ("prices", "usd_per_hour", "-0.1", "usd_per_hour: -0.1 is negative"),
    ("prices", "usd_per_hour", "0", "usd_per_hour: 0 is no price"),
    ("prices", "usd_per_hour", "0.0000000001", "usd_per_hour: 0.0000000001 is no price"),
    ("prices", "usd_per_hour", "nan", "usd_per_hour: 'nan' is not a number"),
    ("prices", "usd_per_hour", "Infinity", "usd_per_hour: 'Infinity' is not a number"),
    ("prices", "usd_per_hour", "1e9", "usd_per_hour: 1e9 is absurd"),
    ("prices", "usd_per_hour", "1e999999", "usd_per_hour: '1e999999' is not a number"),
    ("prices", "usd_per_hour", "$0.20", "usd_per_hour: '$0.20' is not a number; write it as 1234.56"),
    ("prices", "usd_per_hour", "1,000", "usd_per_hour: '1,000' is not a number"),
    ("prices", "usd_per_hour", "1_0", "usd_per_hour: '1_0' is not a number"),
    ("prices", "usd_per_hour", "٣", "usd_per_hour: '٣' is not a number"),
    ("prices", "usd_per_hour", "5.1", "usd_per_hour: 5.1 USD is absurd: over 20 times the on-demand median"),
    ("prices", "observed_on", "01.10.2026", "observed_on: '01.10.2026' is not a date; write it as 2026-10-31"),
    ("prices", "observed_on", "2026-02-30", "observed_on: '2026-02-30' is not a date"),
    ("prices", "observed_on", "20261001", "observed_on: '20261001' is not a date"),
    ("prices", "estimated", "x", "estimated: 'x' is neither true nor false"),
    ("prices", "capacity", "-1", "capacity: '-1' is not a whole number from 0 to 1000000"),
    ("prices", "zone", "a b", "zone: 'a b' is no name"),
    ("prices", "source", "a\x07b", "has characters that cannot be printed"),
    ("egress", "src", "a b", "src: 'a b' is no name"),
    ("egress", "dst", "internet:UK", "dst: 'UK' is not an ISO 3166-1 country code"),
    ("egress", "tier_from_gb", "-1", "tier_from_gb: -1 is out of range"),
    ("egress", "tier_from_gb", "1", "tier_from_gb: the first tier begins at 1 GB; it must be 0"),
    ("egress", "tier_to_gb", "99", "the tier ends at 99 GB and leaves a gap: the next tier begins at 100 GB (line 3)"),
    ("egress", "tier_to_gb", "101", "tier_to_gb: the tier ends at 101 GB and overlaps the next"),
    ("egress", "tier_to_gb", "", "is empty, which means no end, but the next tier begins at 100 GB"),
    ("egress", "usd_per_gb", "-0.01", "usd_per_gb: -0.01 is negative"),
    ("egress", "usd_per_gb", "free", "usd_per_gb: 'free' is not a number"),
    ("egress", "observed_on", "", "observed_on: is empty"),
    ("interruption", "region", "ber-1", "region: dc:ber-1 is not in the sheet's regions"),
    ("interruption", "instance_type", "std-5", "instance_type: dc std-5 is not in the sheet's instance_types"),
    ("interruption", "pct_low", "-1", "pct_low: -1 is out of range; it must be from 0 to 100"),
    ("interruption", "pct_high", "101", "pct_high: 101 is out of range"),
    ("interruption", "pct_high", "4", "pct_high: 4 is below pct_low, 5"),
    ("interruption", "window", "week", "window: 'week' is not one of month, day, hour"),
    ("storage", "region", "ber-1", "region: dc:ber-1 is not in the sheet's regions"),
    ("storage", "usd_per_gb_month", "-1", "usd_per_gb_month: -1 is negative"),
    ("attestations", "region", "ber-1", "region: dc:ber-1 is not in the sheet's regions"),
    ("attestations", "valid_from", "soon", "valid_from: 'soon' is not a date"),
    ("attestations", "valid_to", "2023-01-01", "valid_to: 2023-01-01 is before valid_from, 2024-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "column", "cell", "words"), BAD_CELLS)
def test_a_bad_cell_is_named_with_file_line_column_and_reason(
    tmp_path: Path, file: str, column: str, cell: str, words: str
) -> None:
    found = flaws(tmp_path, **{file: with_cell(file, column, cell)})
    assert len(found) == 1
    assert found[0].startswith(f"{file}.csv:2: ")
    assert words in found[0]


BAD_ROWS = [
    ("regions", "dc,fra-1,FR,europe,50.1,8.7,", "regions.csv:4: differs from line 2, which is about the same"),
    ("instance_types", "dc,std-4,8,16,x86_64,,,,", "instance_types.csv:4: differs from line 2"),
    ("prices", "dc,nyc-1,std-4,on_demand,0.26,2026-10-01,,,,price list", "prices.csv:6: differs from line 3"),
    ("prices", "dc,nyc-1,std-4,on_demand,0.25,2026-10-02,,,,price list", "prices.csv:6: differs from line 3"),
    ("prices", PRICE.replace("fra-1,", "fra-1"), "prices.csv:6: has 9 cells, the header has 10"),
    ("prices", PRICE + ",", "prices.csv:6: has 11 cells, the header has 10"),
    ("prices", PRICE.replace("dc", '"dc'), "prices.csv:6: is not CSV: unexpected end of data"),
    ("egress", "dc,*,internet,0,,0.04,2026-10-01,", "egress.csv:6: differs from line 2"),
    ("egress", "dc,*,internet,50,100,0.04,2026-10-01,", "egress.csv:2: tier_to_gb: the tier ends at 100 GB and over"),
    ("egress", "dc,nyc-1,internet,0,10,0.04,2026-10-01,", "egress.csv:6: tier_to_gb: the last tier must have no end"),
    ("interruption", "dc,fra-1,std-4,0,5,month,2026-10-02,", "interruption.csv:4: differs from line 2"),
    ("interruption", "dc,fra-1,gpu-8,96,,month,2026-10-01,", "interruption.csv:4: pct_low: the middle of the band"),
    ("interruption", "dc,fra-1,gpu-8,100,100,hour,2026-10-01,", "the middle of the band must be below 100"),
    ("storage", "dc,fra-1,0.03", "storage.csv:3: differs from line 2"),
    ("attestations", "dc,fra-1,iso-27001,2024-01-01,2027-01-01", "attestations.csv:4: differs from line 2"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "row", "words"), BAD_ROWS)
def test_a_row_that_does_not_fit_the_others_is_named_with_its_line(
    tmp_path: Path, file: str, row: str, words: str
) -> None:
    found = flaws(tmp_path, **{file: with_row(file, row)})
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize("name", ["regions", "instance_types", "prices", "egress"])
def test_a_required_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    found = flaws(tmp_path, **{name: None})
    assert found == [f"{name}.csv: is missing from {tmp_path / 'dc-prices'} (nor is there a {name}.csv.gz)"]


REQUIRED = [
    ("regions", "country"),
    ("instance_types", "vcpus"),
    ("prices", "observed_on"),
    ("egress", "usd_per_gb"),
    ("interruption", "pct_high"),
    ("storage", "usd_per_gb_month"),
    ("attestations", "scheme"),
]


@pytest.mark.parametrize(("file", "column"), REQUIRED)
def test_a_required_column_that_is_missing_is_named_with_those_that_are_there(
    tmp_path: Path, file: str, column: str
) -> None:
    found = flaws(tmp_path, **{file: without_column(file, column)})
    assert len(found) == 1
    assert f"{file}.csv:1: lacks the column {column}; it has provider, " in found[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lacks the columns provider, region"),
        ("provider;region;country\n", "it has provider;region;country"),
        (SHEET["prices"].replace("estimated", "zone"), "has the column zone more than once"),
        (SHEET["prices"].split("\n")[0] + "\n", "prices.csv: has no rows"),
    ],
    ids=["empty", "semicolons", "a column twice", "a header alone"],
)
def test_a_file_without_its_header_or_without_rows_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (found,) = flaws(tmp_path, prices=text)
    assert words in found


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("prices.csv.gz", b"no gzip", "prices.csv.gz: cannot be read: Not a gzipped file"),
        ("prices.csv.gz", zipped(SHEET["prices"])[:-20], "prices.csv.gz: cannot be read: Compressed file ended"),
        ("prices.csv.gz", zipped(SHEET["prices"])[:10] + b"\xff" * 40, "prices.csv.gz: cannot be read: Error -3"),
        ("prices.csv", SHEET["prices"].encode("utf-16"), "prices.csv:1: is not UTF-8 text"),
        ("prices.csv", with_row("prices", PRICE + "Café").encode("latin-1"), "prices.csv:6: is not UTF-8 text"),
        ("prices.csv", with_row("prices", PRICE + "\0").encode(), "prices.csv:6: "),
    ],
    ids=["not gzip", "cut off", "damaged", "UTF-16", "Latin-1", "a zero byte"],
)
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    sheet = write_sheet(tmp_path, prices=None)
    (sheet / name).write_bytes(content)
    with pytest.raises(BadSheet) as refusal:
        PriceSheets(sheet).sweep()
    (flaw,) = refusal.value.flaws
    assert words in str(flaw)


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (sheet / "prices.csv.gz").write_bytes(zipped(SHEET["prices"]))
    with pytest.raises(BadSheet, match=r"prices\.csv: prices\.csv\.gz is there as well; keep one of the two"):
        PriceSheets(sheet).sweep()


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, storage=None)
    (sheet / "storage.csv").mkdir()
    with pytest.raises(BadSheet, match=r"storage.csv: cannot be read: Is a directory"):
        PriceSheets(sheet).sweep()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSheet, match="none: does not exist; a price sheet is a folder with regions"):
        PriceSheets(tmp_path / "none").sweep()
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSheet, match="file: is not a folder"):
        PriceSheets(tmp_path / "file").sweep()


def test_all_flaws_of_a_row_and_of_all_files_are_reported_together(tmp_path: Path) -> None:
    found = flaws(
        tmp_path,
        prices=SHEET["prices"].replace("on_demand,0.20,2026-10-01", "cheap,-1,today"),
        storage=with_cell("storage", "usd_per_gb_month", "x"),
    )
    assert [flaw.split(": ")[:2] for flaw in found] == [
        ["prices.csv:2", "capacity_type"],
        ["prices.csv:2", "usd_per_hour"],
        ["prices.csv:2", "observed_on"],
        ["storage.csv:2", "usd_per_gb_month"],
    ]


def test_rows_of_a_region_that_could_not_be_read_are_not_called_unknown(tmp_path: Path) -> None:
    assert len(flaws(tmp_path, regions=with_cell("regions", "country", "XX"))) == 1


def test_a_hundred_flaws_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    found = flaws(tmp_path, prices=SHEET["prices"] + "dc,fra-1,std-4,spot,0,2026-10-01,z,,,\n" * 137)
    assert len(found) == 101
    assert found[-1] == "dc-prices: and 37 more"


def test_a_price_is_absurd_only_beyond_twenty_times_the_on_demand_median(tmp_path: Path) -> None:
    header, *_ = SHEET["prices"].split("\n")
    regions = SHEET["regions"] + "".join(f"dc,r-{n},DE,,,,\n" for n in range(3))
    usual = "".join(f"dc,r-{n},std-4,on_demand,{usd},2026-10-01,,,,\n" for n, usd in enumerate((1, 2, 3)))
    (tmp_path / "at").mkdir()
    at_most = f"{header}\n{usual}dc,r-0,std-4,spot,40,2026-10-01,,,,\n"
    assert read(tmp_path / "at", regions=regions, prices=at_most).prices[-1].usd_per_hour == rate_from_usd(40)
    (found,) = flaws(tmp_path, regions=regions, prices=at_most.replace("spot,40", "spot,40.000000001"))
    assert found.startswith("prices.csv:5: usd_per_hour: 40 USD is absurd")


def test_of_two_on_demand_prices_one_that_slipped_is_found(tmp_path: Path) -> None:
    (found,) = flaws(tmp_path, prices=SHEET["prices"].replace("0.25", "250"))
    assert "prices.csv:3: usd_per_hour: 250 USD is absurd" in found
