"""The name of a size says what it has, where the table of its series does; otherwise nothing is said."""

import csv
import re
from collections import Counter
from importlib.resources import files

import pytest

from placement.domain.offering import InstanceType
from placement.residency.groups import CONTINENTS
from providers.azure.sizes import SizeName, size_of, why_never_spot
from providers.known_regions import known_regions


def rows(table: str) -> list[dict[str, str]]:
    text = files("providers.azure").joinpath(table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize(
    ("name", "vcpus", "gib", "architecture"),
    [
        ("Standard_D2s_v5", 2, 8, "x86_64"),
        ("Standard_D4ls_v5", 4, 8, "x86_64"),
        ("Standard_D8as_v5", 8, 32, "x86_64"),
        ("Standard_D16ps_v5", 16, 64, "arm64"),
        ("Standard_D64ps_v5", 64, 208, "arm64"),
        ("Standard_E96s_v5", 96, 672, "x86_64"),
        ("Standard_E64s_v3", 64, 432, "x86_64"),
        ("Standard_E104is_v5", 104, 672, "x86_64"),
        ("Standard_D3_v2", 4, 14, "x86_64"),
        ("Standard_DS14_v2", 16, 112, "x86_64"),
        ("Standard_F72s_v2", 72, 144, "x86_64"),
        ("Standard_L80s_v3", 80, 640, "x86_64"),
        ("Standard_M128ms", 128, 3892, "x86_64"),
        ("Standard_M832is_16_v3", 832, 15200, "x86_64"),
        ("Basic_A1", 1, 1.75, "x86_64"),
    ],
)
def test_a_size_has_the_vcpus_and_memory_of_its_series(name: str, vcpus: float, gib: float, architecture: str) -> None:
    assert size_of(name) == InstanceType("azure", name, vcpus, gib, architecture)


@pytest.mark.parametrize(
    ("name", "vcpus", "gib"),
    [
        ("Standard_E8-4s_v5", 4, 64),
        ("Standard_E8-2as_v5", 2, 64),
        ("Standard_DS14-4_v2", 4, 112),
        ("Standard_M416-208ms_v2", 208, 11400),
        ("Standard_M176ds-44_4_v3", 44, 3892),
    ],
)
def test_constrained_cores_have_all_of_the_memory(name: str, vcpus: float, gib: float) -> None:
    size = size_of(name)
    assert size is not None
    assert (size.name, size.vcpus, size.memory_gib) == (name, vcpus, gib)


@pytest.mark.parametrize("name", ["Standard_B2s", "Standard_B2ats_v2", "Standard_B4ps_v2"])
def test_the_b_series_is_burstable_and_never_spot(name: str) -> None:
    size = size_of(name)
    assert size is not None
    assert size.burstable
    assert why_never_spot(name) == "burstable sizes cannot be spot"


def test_sizes_of_a_promotion_are_never_spot() -> None:
    assert why_never_spot("Standard_D2_v2_Promo") == "sizes of a promotion cannot be spot"
    assert why_never_spot("Standard_D2s_v5") is None


@pytest.mark.parametrize(
    ("name", "count", "model", "gib"),
    [
        ("Standard_NC4as_T4_v3", 1, "T4", 16),
        ("Standard_NC48ads_A100_v4", 2, "A100", 160),
        ("Standard_ND96isr_H100_v5", 8, "H100", 640),
        ("Standard_NV6ads_A10_v5", 1, "A10", 4),
        ("Standard_ND40rs_v2", 8, "V100", 256),
    ],
)
def test_gpus_are_named_with_the_memory_of_all_together(name: str, count: int, model: str, gib: float) -> None:
    size = size_of(name)
    assert size is not None
    assert (size.gpu_count, size.gpu_model, size.gpu_memory_gib) == (count, model, gib)


@pytest.mark.parametrize(
    "name",
    [
        "Standard_D3s_v5",
        "Standard_D2s_v99",
        "Standard_E8-8s_v5",
        "Standard_E8-16s_v5",
        "Standard_E8-0s_v5",
        "Standard_D2s_v5_Promo",
        "Standard_D2S_V5",
        "Standard_D2s_v5 ",
        "Dsv3_Type1",
        "",
    ],
)
def test_what_the_table_does_not_list_is_not_known(name: str) -> None:
    assert size_of(name) is None


def test_every_row_of_the_table_says_memory_once_and_where_and_when_it_was_read() -> None:
    for row in rows("series.csv"):
        assert bool(row["memory_gib"]) != bool(row["gib_per_vcpu"]), row
        assert all((row["numbers"], row["source"], re.fullmatch(r"\d{4}-\d\d-\d\d", row["read_on"]))), row
    listed = Counter((row["name"], number) for row in rows("series.csv") for number in row["numbers"].split())
    assert max(listed.values()) == 1


def test_the_letter_p_means_arm64_and_only_it() -> None:
    for row in rows("series.csv"):
        read = SizeName.read(row["name"].replace("#", row["numbers"].split()[0]))
        assert read is not None
        assert read.series == row["name"]
        features = re.fullmatch(r"(?:Standard|Basic)_[A-Z]+#([a-z]*)(?:_\w+)?", row["name"])
        assert features is not None
        assert ("p" in features[1]) == (row["architecture"] == "arm64"), row


def test_regions_lie_where_people_live_and_not_where_other_lists_put_them() -> None:
    known = known_regions("providers.azure", "azure")
    assert (known["mexicocentral"].country, known["mexicocentral"].continent) == ("MX", "north-america")
    assert (known["brazilsoutheast"].country, known["brazilsoutheast"].continent) == ("BR", "south-america")
    assert known["usgovvirginia"].partition != known["eastus"].partition == "azure"
    assert known["chinaeast2"].operator_country == "CN"
    for region in known.values():
        assert region.continent in CONTINENTS
        assert region.name == region.name.lower()
        assert region.lat is not None
        assert region.lon is not None
    assert len({row["region"] for row in rows("regions.csv")}) == len(rows("regions.csv")) == len(known)
