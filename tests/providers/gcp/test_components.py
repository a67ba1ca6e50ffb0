"""Rows of the billing catalogue are read by their words, and only those that price a part of a machine."""

from fractions import Fraction

import pytest
from google.cloud import billing_v1
from google.protobuf import json_format  # type: ignore[import-untyped]

from placement.domain.offering import CapacityType
from providers.gcp.components import (
    ANY_FAMILY,
    FREE,
    STRANGE_UNIT,
    Component,
    Kind,
    UnitPrices,
    read_component,
)
from providers.gcp.skus import Sku, usd_of
from tests.providers.gcp.rows import IOWA, core, ram, row, units

SPOT, ON_DEMAND = CapacityType.SPOT, CapacityType.ON_DEMAND


def hourly(prices: UnitPrices, kind: Kind, of: str, capacity_type: CapacityType = ON_DEMAND) -> Fraction | None:
    return prices.usd_per_hour.get((Component(kind, of), IOWA, capacity_type))


def test_units_come_as_text_and_count_beside_the_nanos() -> None:
    text = (
        '{"pricingInfo": [{"pricingExpression": {"tieredRates": [{"unitPrice": {"units": "4", "nanos": 954200000}}]}}]}'
    )
    plain = billing_v1.Sku.pb(billing_v1.Sku())
    json_format.Parse(text, plain)
    rate = plain.pricing_info[0].pricing_expression.tiered_rates[0]
    assert usd_of(rate.unit_price) == Fraction("4.9542")


def test_memory_priced_by_the_gb_becomes_a_price_by_the_gib() -> None:
    prices = units(ram("C4D Instance", "0.003495578", unit="GBy.h"), ram("C4 Instance", "0.003938"))
    assert hourly(prices, Kind.RAM, "c4d") == Fraction("0.003495578") * Fraction("1.073741824")
    assert hourly(prices, Kind.RAM, "c4") == Fraction("0.003938")


def test_n1_rows_are_in_one_group_and_told_apart_by_their_words() -> None:
    prices = units(
        row("N1 Predefined Instance Core running in EMEA", "N1Standard", "0.031611"),
        row("N1 Predefined Instance Ram running in EMEA", "N1Standard", "0.004237", unit="GiBy.h"),
    )
    assert hourly(prices, Kind.CORE, "n1") == Fraction("0.031611")
    assert hourly(prices, Kind.RAM, "n1") == Fraction("0.004237")


@pytest.mark.parametrize(
    ("words", "kind", "family"),
    [
        ("Compute optimized Core", Kind.CORE, "c2"),
        ("Compute optimized Instance Core", Kind.CORE, "c2"),
        ("Compute optimized Ram", Kind.RAM, "c2"),
        ("Memory-optimized Instance Core", Kind.CORE, "m1"),
        ("M3 Memory-optimized Instance Ram", Kind.RAM, "m3"),
        ("Memory Optimized Upgrade Premium for Memory-optimized Instance Core", Kind.CORE_UPGRADE, "m1"),
        ("Memory Optimized Upgrade Premium for Memory-optimized Instance Ram", Kind.RAM_UPGRADE, "m1"),
        ("N2D AMD Instance Core", Kind.CORE, "n2d"),
        ("T2A Arm Instance Ram", Kind.RAM, "t2a"),
        ("A3Ultra Instance Core", Kind.CORE, "a3ultra"),
        ("A3Plus Instance Ram", Kind.RAM, "a3plus"),
        ("M4Ultramem224 Instance Core", Kind.CORE, "m4ultramem224"),
    ],
)
def test_old_and_special_families_go_by_other_names(words: str, kind: Kind, family: str) -> None:
    group = "CPU" if words.endswith("Core") else "RAM"
    assert read_component(row(f"{words} running in Iowa", group)) == (Component(kind, family), ON_DEMAND)
    spot = row(f"Spot Preemptible {words} running in Iowa", group, usage="Preemptible")
    assert read_component(spot) == (Component(kind, family), SPOT)


def test_a_missing_space_before_instance_is_read() -> None:
    found = read_component(row("M4NUltramem224Instance Ram running in Iowa", "RAM"))
    assert found == (Component(Kind.RAM, "m4nultramem224"), ON_DEMAND)


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("Nvidia Tesla A100 GPU", Kind.GPU, "nvidia-tesla-a100"),
        ("Nvidia Tesla A100 80GB GPU", Kind.GPU, "nvidia-a100-80gb"),
        ("Nvidia H100 80GB GPU", Kind.GPU, "nvidia-h100-80gb"),
        ("Nvidia H100 80GB Mega GPU", Kind.GPU, "nvidia-h100-mega-80gb"),
        ("Nvidia H100 80GB Plus GPU", Kind.GPU, "nvidia-h100-mega-80gb"),
        ("H200 141GB GPU", Kind.GPU, "nvidia-h200-141gb"),
        ("Nvidia L4 GPU", Kind.GPU, "nvidia-l4"),
        ("RTX 6000 96GB", Kind.GPU, "nvidia-rtx-pro-6000"),
        ("A4 Nvidia B200 (1 gpu slice)", Kind.SLICE, "nvidia-b200"),
    ],
)
def test_gpus_are_found_under_what_the_catalogue_calls_them(words: str, kind: Kind, name: str) -> None:
    assert read_component(row(f"{words} running in Americas", "GPU")) == (Component(kind, name), ON_DEMAND)
    spot = row(f"{words} attached to Spot Preemptible VMs running in Americas", "GPU", usage="Preemptible")
    assert read_component(spot) == (Component(kind, name), SPOT)


def test_a_spot_row_that_is_filed_under_on_demand_is_spot() -> None:
    prices = units(
        row("A4 Nvidia B200 (1 gpu slice) running in Americas", "GPU", "16.11"),
        row("Spot Preemptible A4 Nvidia B200 (1 gpu slice) running in Americas", "GPU", "4.9542"),
    )
    assert hourly(prices, Kind.SLICE, "nvidia-b200") == Fraction("16.11")
    assert hourly(prices, Kind.SLICE, "nvidia-b200", SPOT) == Fraction("4.9542")


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("DWS Calendar Mode A4 Nvidia B200 (1 gpu slice) running in Americas", "GPU"),
        ("Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas", "GPU"),
        ("DWS Defined Duration H4D Instance Core running in Iowa", "CPU"),
        ("Calendar Mode A3 Instance Core running in Iowa", "CPU"),
        ("Reserved A2 Instance Core running in Americas", "CPU"),
        ("N2 Custom Instance Core running in Americas", "CPU"),
        ("N2 Custom Extended Instance Ram running in Americas", "RAM"),
        ("Custom Instance Core running in Americas", "CPU"),
        ("N2 Sole Tenancy Instance Core running in Americas", "CPU"),
        ("Sole Tenancy Premium for N2 Sole Tenancy Instance Core running in Americas", "CPU"),
        ("Commitment v1: N2 Cpu in Americas for 1 Year", "CPU"),
        ("1/8 vGPU no lssd running in Iowa", "GPU"),
        ("SSD backed Local Storage for DWS Calendar Mode running in Iowa", "LocalSSD"),
        ("Network Internet Data Transfer Out from Iowa to China", "PremiumInternetEgress"),
    ],
)
def test_rows_about_other_business_are_passed_over(words: str, group: str) -> None:
    assert read_component(row(words, group)) is None


def test_of_a_broad_and_a_regional_row_the_dearer_holds() -> None:
    broad = core("N2 Instance", "0.031", regions=(IOWA, "us-east1"))
    regional = core("N2 Instance", "0.033", place="Iowa")
    for rows in ((broad, regional), (regional, broad)):
        assert hourly(units(*rows), Kind.CORE, "n2") == Fraction("0.033")


def test_local_disks_are_priced_by_the_month_of_730_hours() -> None:
    prices = units(
        row("SSD backed Local Storage in Iowa", "LocalSSD", "0.08", unit="GiBy.mo"),
        row(
            "SSD backed Local Storage attached to Spot Preemptible VMs in Iowa",
            "LocalSSD",
            "0.0428",
            unit="GiBy.mo",
            usage="Preemptible",
        ),
        row("C4 Instance Local SSD running in Iowa", "LocalSSD", "0.16", unit="GiBy.mo"),
        row("C4A Arm Instance Local SSD running in Iowa", "LocalSSD", "0.17", unit="GiBy.mo"),
    )
    assert hourly(prices, Kind.DISK, ANY_FAMILY) == Fraction("0.08") / 730
    assert hourly(prices, Kind.DISK, ANY_FAMILY, SPOT) == Fraction("0.0428") / 730
    assert hourly(prices, Kind.DISK, "c4") == Fraction("0.16") / 730
    assert prices.families_with_own_disks == {"c4", "c4a"}


def test_a_free_allowance_comes_first_and_is_not_the_price() -> None:
    tiers = [("0", "0"), ("744", "0.0076")]
    prices = units(row("Micro Instance with burstable CPU running in Americas", "F1Micro", tiers))
    assert hourly(prices, Kind.WHOLE, "f1-micro") == Fraction("0.0076")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (core("N2 Instance", "0"), FREE),
        (row("N2 Instance Core running in Iowa", usd=[]), FREE),
        (row("N2 Instance Core running in Iowa", unit="mo"), STRANGE_UNIT),
        (ram("N2 Instance", "0.004", unit="h"), STRANGE_UNIT),
        (row("N2 Instance Core running in Iowa", currency="EUR"), STRANGE_UNIT),
    ],
)
def test_a_row_that_cannot_be_believed_is_refused_and_prices_nothing(bad: Sku, reason: str) -> None:
    prices = units(bad)
    assert not prices.usd_per_hour
    assert [refusal.reason for refusal in prices.refused] == [reason]
