from dataclasses import replace
from datetime import date

import pytest

from placement.domain.region import Region
from placement.residency.iso import countries
from placement.residency.operators import Operator, of, operators, partitions, provider_of
from tests.residency.judging import BEIJING, CELLAR, FRANKFURT, GOVERNMENT, MONTREAL, PARIS, SOVEREIGN, TOKYO


def test_every_row_has_a_source_and_a_day_of_reading() -> None:
    for row in operators():
        assert len(row.source) > 20
        assert row.read_on >= date(2026, 11, 1)
        assert {row.operator_country, row.parent_country} <= {None, *countries()}


def test_the_partitions_are_known_without_a_catalog() -> None:
    assert partitions() >= {"aws", "aws-cn", "aws-eusc", "aws-us-gov", "aws-iso-f", "azure", "azure-cn", "gcp"}
    assert provider_of("aws-eusc") == "aws"
    assert provider_of("nowhere") is None


@pytest.mark.parametrize(
    ("region", "operator", "operator_country", "parent_country"),
    [
        (FRANKFURT, "Amazon Web Services", "US", "US"),
        (GOVERNMENT, "Amazon Web Services", "US", "US"),
        (SOVEREIGN, "AWS European Sovereign Cloud GmbH", "DE", "US"),
        (BEIJING, "Beijing Sinnet Technology", "CN", None),
        (replace(BEIJING, name="cn-northwest-1"), "Ningxia Western Cloud Data Technology", "CN", None),
        (TOKYO, "Microsoft", "US", "US"),
        (PARIS, "S3NS", "FR", "FR"),
        (CELLAR, "Own", "DE", "DE"),
    ],
)
def test_a_region_has_the_operator_of_its_partition(
    region: Region, operator: str, operator_country: str, parent_country: str | None
) -> None:
    known = of(region)
    assert (known.operator, known.operator_country, known.parent_country) == (
        operator,
        operator_country,
        parent_country,
    )


@pytest.mark.parametrize(
    "region",
    [
        replace(FRANKFURT, partition=None),
        replace(FRANKFURT, partition="aws-new"),
        replace(BEIJING, name="cn-south-1"),
        Region("hetzner", "fsn1", "DE", partition="hetzner"),
    ],
)
def test_what_is_not_recorded_stays_unknown(region: Region) -> None:
    assert of(region) == region


def test_what_a_sheet_says_stays() -> None:
    assert of(replace(FRANKFURT, parent_country="IE")).parent_country == "IE"
    assert of(replace(FRANKFURT, operator="amazon web services")).operator == "amazon web services"


def test_a_sheet_that_names_another_company_is_not_filled_with_facts_about_this_one() -> None:
    other = replace(FRANKFURT, operator="ACME GmbH")
    assert of(other) == other
    moved = replace(FRANKFURT, operator_country="DE")
    assert of(moved) == moved


def test_a_row_about_a_region_comes_before_that_of_its_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    def row(regions: str, operator: str) -> Operator:
        return Operator("aws", "aws", regions, operator, "US", "US", "test", date(2026, 11, 25))

    table = (row("", "all"), row("eu-*", "some"), row("us-*", "others"))
    monkeypatch.setattr("placement.residency.operators.operators", lambda: table)
    assert of(FRANKFURT).operator == "some"
    assert of(MONTREAL).operator == "all"


def test_knowing_it_once_is_knowing_it_all() -> None:
    assert of(of(PARIS)) == of(PARIS)
