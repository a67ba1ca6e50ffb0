"""The most specific tariff row prices a pair."""

from dataclasses import replace

import pytest

from placement.domain.tariff import EgressTariff
from placement.market.egress import FREE, NO_TARIFF
from tests.builders import BELGIUM, DUBLIN, FRANKFURT, IOWA, VIRGINIA, catalog, offering, tariff

GOV = replace(VIRGINIA, name="us-gov-east-1", partition="aws-us-gov")
PLACES = (FRANKFURT, DUBLIN, VIRGINIA, IOWA, BELGIUM, GOV)


def found(rows: list[EgressTariff], src: str, dst: str | None) -> EgressTariff | None:
    market = catalog([offering(region) for region in PLACES], rows)
    egress, index = market.egress, market.region_index
    number = egress.to_internet[index[src]] if dst is None else egress.between[index[src], index[dst]]
    return None if number < 0 else rows[number]


def row(src: str, dst: str, provider: str = "aws") -> EgressTariff:
    return tariff(provider, src, dst, (0, 0.01))


DOMESTIC = [
    row("eu-central-1", "us-east-1"),
    row("eu-central-1", "north-america"),
    row("europe", "north-america"),
    row("eu-central-1", "other-region"),
    row("europe", "*"),
    row("*", "north-america"),
    row("*", "other-region"),
    row("*", "*"),
]


@pytest.mark.parametrize("best", range(len(DOMESTIC)))
def test_within_a_partition_rows_are_looked_up_from_the_most_specific(best: int) -> None:
    rows = [*reversed(DOMESTIC[best:]), row("*", "internet")]
    assert found(rows, "aws:eu-central-1", "aws:us-east-1") == DOMESTIC[best]


@pytest.mark.parametrize("only", DOMESTIC, ids=str)
def test_within_a_partition_any_one_of_these_rows_prices_the_pair(only: EgressTariff) -> None:
    assert found([only], "aws:eu-central-1", "aws:us-east-1") == only


@pytest.mark.parametrize(
    "other",
    [
        row("eu-west-1", "us-east-1"),
        row("eu-central-1", "eu-west-1"),
        row("eu-central-1", "europe"),
        row("north-america", "*"),
        row("*", "europe"),
        row("europe", "other-region"),
        row("*", "us-east-1"),
        row("*", "*", "gcp"),
        row("*", "internet"),
        row("*", "same-region-cross-zone"),
    ],
    ids=str,
)
def test_within_a_partition_rows_of_other_places_price_nothing(other: EgressTariff) -> None:
    assert found([other], "aws:eu-central-1", "aws:us-east-1") is None


CROSSING = [
    row("eu-central-1", "internet:US"),
    row("europe", "internet:US"),
    row("*", "internet:US"),
    row("eu-central-1", "internet"),
    row("europe", "internet"),
    row("*", "internet"),
]


@pytest.mark.parametrize("best", range(len(CROSSING)))
def test_to_another_provider_the_country_counts_before_the_origin(best: int) -> None:
    rows = [*reversed(CROSSING[best:]), row("*", "*")]
    assert found(rows, "aws:eu-central-1", "gcp:us-central1") == CROSSING[best]


@pytest.mark.parametrize("only", CROSSING, ids=str)
def test_to_another_provider_any_one_of_these_rows_prices_the_pair(only: EgressTariff) -> None:
    assert found([only], "aws:eu-central-1", "gcp:us-central1") == only


@pytest.mark.parametrize(
    "other",
    [
        row("*", "internet:BE"),
        row("us-east-1", "internet"),
        row("north-america", "internet"),
        row("*", "internet", "gcp"),
        row("*", "*"),
    ],
    ids=str,
)
def test_to_another_provider_rows_of_other_places_price_nothing(other: EgressTariff) -> None:
    assert found([other], "aws:eu-central-1", "gcp:us-central1") is None


def test_the_row_of_the_targets_country_prices_only_that_country() -> None:
    rows = [row("*", "internet:US"), row("*", "internet")]
    assert found(rows, "aws:eu-central-1", "gcp:us-central1") == rows[0]
    assert found(rows, "aws:eu-central-1", "gcp:europe-west1") == rows[1]


def test_between_providers_the_sender_pays_by_its_own_list() -> None:
    rows = [row("*", "internet"), row("*", "internet", "gcp")]
    assert found(rows, "aws:eu-central-1", "gcp:us-central1") == rows[0]
    assert found(rows, "gcp:us-central1", "aws:eu-central-1") == rows[1]


def test_another_partition_of_the_same_provider_is_reached_over_the_internet() -> None:
    rows = [row("*", "*"), row("*", "internet")]
    assert found(rows, "aws:us-east-1", "aws:us-gov-east-1") == rows[1]


def test_people_are_reached_by_the_plain_internet_row_whatever_the_country() -> None:
    rows = [row("*", "internet:DE"), row("*", "internet")]
    assert found(rows, "aws:eu-central-1", None) == rows[1]


def test_a_region_whose_continent_is_unknown_is_priced_by_its_name_or_by_any() -> None:
    lost = replace(DUBLIN, continent=None)
    rows = [row("europe", "europe"), row("eu-central-1", "europe"), row("*", "other-region")]
    market = catalog([offering(FRANKFURT), offering(lost)], rows)
    assert market.egress.between.tolist() == [[FREE, 2], [2, FREE]]


def test_a_pair_without_a_row_has_no_price() -> None:
    market = catalog([offering(FRANKFURT), offering(DUBLIN)], [row("us-east-1", "other-region")])
    egress = market.egress
    assert egress.between.tolist() == [[FREE, NO_TARIFF], [NO_TARIFF, FREE]]
    assert egress.to_internet.tolist() == [NO_TARIFF, NO_TARIFF]


def test_zones_have_a_row_of_their_own() -> None:
    rows = [row("*", "same-region-cross-zone"), row("eu-west-1", "same-region-cross-zone")]
    egress = catalog([offering(FRANKFURT), offering(DUBLIN), offering(IOWA)], rows).egress
    assert egress.cross_zone.tolist() == [0, 1, NO_TARIFF]
