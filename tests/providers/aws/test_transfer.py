"""Traffic is priced once for each way that it can go, and never twice or not at all."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.money import rate_from_usd
from placement.domain.provider import Refusal
from placement.domain.sweep import PricedTariff
from placement.domain.tariff import EgressTariff, TariffTier
from providers.aws.price_rows import PriceRow
from providers.aws.transfer import is_transfer, tariffs
from tests.providers.aws.cloud import AwsCloud
from tests.providers.aws.market import EU, TIERS, US, Row, flat, transfer, transfers
from tests.providers.conformance import NOW


def rows(*listed: Row, src: str = US) -> list[PriceRow]:
    """The rows in scope, as either way to the list gives them."""
    found = [
        PriceRow(
            said["product"]["sku"],
            said["product"]["productFamily"],
            said["product"]["attributes"],
            price["unit"],
            price["beginRange"],
            price["endRange"],
            price["pricePerUnit"].get("USD", ""),
            "2026-11-01",
        )
        for said in listed
        for term in said["terms"]["OnDemand"].values()
        for price in term["priceDimensions"].values()
    ]
    return [row for row in found if is_transfer(row, src)]


def priced(*listed: Row, src: str = US) -> dict[str, EgressTariff]:
    facts = tariffs(rows(*listed, src=src), src, {US, EU}, NOW)
    return {fact.tariff.dst: fact.tariff for fact in facts if isinstance(fact, PricedTariff)}


def refused(*listed: Row) -> list[Refusal]:
    return [fact for fact in tariffs(rows(*listed), US, {US, EU}, NOW) if isinstance(fact, Refusal)]


OUT = ("AWS Outbound", "External")
METER = "DataTransfer-Out-Bytes"


def test_traffic_to_the_internet_has_the_tiers_of_the_list_in_gb() -> None:
    assert priced(*transfers(US))["internet"].tiers == (
        TariffTier(0, rate_from_usd("0.09")),
        TariffTier(10240, rate_from_usd("0.085")),
        TariffTier(51200, rate_from_usd("0.07")),
        TariffTier(153600, rate_from_usd("0.05")),
    )


def test_the_free_100_gb_of_the_account_are_not_taken_off() -> None:
    assert priced(*transfers(US))["internet"].cost(100) == 100 * rate_from_usd("0.09")


@given(st.lists(st.floats(0, 400_000), min_size=2, max_size=2))
def test_the_cost_of_traffic_to_the_internet_never_falls_with_volume(volumes: list[float]) -> None:
    tariff = priced(*transfers(US))["internet"]
    low, high = sorted(volumes)
    assert tariff.cost(low) <= tariff.cost(high)


def test_the_cost_has_no_step_where_a_tier_begins() -> None:
    tariff = priced(*transfers(US))["internet"]
    for _, end in pairwise((0, *(tier.from_gb for tier in tariff.tiers[1:]))):
        assert tariff.cost(end + 0.001) - tariff.cost(end - 0.001) < rate_from_usd("0.0002")


def test_traffic_to_another_region_has_a_rate_for_the_ordered_pair() -> None:
    other = transfer(EU, "InterRegion Outbound", US, flat("0.0300"), f"{EU}-{US}-AWS-Out-Bytes")
    assert priced(*transfers(US))[EU].tiers == (TariffTier(0, rate_from_usd("0.02")),)
    assert priced(other, src=EU)[US].tiers == (TariffTier(0, rate_from_usd("0.03")),)


def test_traffic_between_zones_is_paid_at_both_ends() -> None:
    assert priced(*transfers(US))["same-region-cross-zone"].tiers == (TariffTier(0, rate_from_usd("0.02")),)


def test_the_meters_between_zones_at_0_do_not_make_them_free() -> None:
    listed = transfer(US, "IntraRegion-xAZ-Out", US, flat("0.0000"), "USE1-DataTransfer-xAZ-Out-Bytes")
    assert "same-region-cross-zone" not in priced(listed)


def test_traffic_of_a_local_zone_is_not_that_of_its_region() -> None:
    local = [row for row in transfers(US) if row["product"]["attributes"]["fromRegionCode"] != US]
    assert local
    assert not rows(*local)
    assert not rows(transfer(US, *OUT, flat("0.1300"), METER, fromRegionCode="us-east-1-bos-1"))
    assert not rows(transfer(US, *OUT, flat("0.1300"), METER, fromLocationType="AWS Local Zone"))


def test_traffic_to_a_region_without_a_country_has_no_tariff() -> None:
    assert set(priced(*transfers(US))) == {"internet", EU, "same-region-cross-zone"}


def test_the_meter_of_plain_traffic_overrules_that_of_one_operation() -> None:
    special = transfer(US, *OUT, flat("0.0100"), METER, operation="Special")
    assert len(priced(transfer(US, *OUT, list(TIERS), METER), special)["internet"].tiers) == 4


def test_where_all_meters_are_of_operations_they_must_agree() -> None:
    same = [transfer(US, *OUT, flat("0.0900"), METER, operation=name) for name in ("A", "B")]
    assert priced(*same)["internet"].tiers == (TariffTier(0, rate_from_usd("0.09")),)
    other = transfer(US, *OUT, flat("0.0800"), METER, operation="C")
    assert refused(*same, other) == [Refusal("two tariffs for the same traffic", f"{US} -> internet")]


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        ([(0, 10, "0.09"), (20, "Inf", "0.08")], "tiers of a tariff do not follow each other from 0 to Inf"),
        ([(0, 10, "0.09"), (5, "Inf", "0.08")], "tiers of a tariff do not follow each other from 0 to Inf"),
        ([(1, "Inf", "0.09")], "tiers of a tariff do not follow each other from 0 to Inf"),
        ([(0, 10240, "0.09")], "tiers of a tariff do not follow each other from 0 to Inf"),
        ([(0, "some", "0.09")], "tiers of a tariff cannot be read"),
        ([(0, "Inf", "0.0000000000")], "tariff of 0"),
        ([(0, "Inf", "")], "price is not in USD"),
    ],
)
def test_a_tariff_that_cannot_be_believed_is_refused(tiers: list[tuple[object, object, str]], reason: str) -> None:
    assert refused(transfer(US, *OUT, tiers, METER)) == [Refusal(reason, f"{US} -> internet")]


def test_a_first_tier_that_is_free_is_kept() -> None:
    free = transfer(US, *OUT, [(0, 1, "0.0000"), (1, "Inf", "0.0900")], METER)
    assert priced(free)["internet"].tiers == (TariffTier(0, rate_from_usd(0)), TariffTier(1, rate_from_usd("0.09")))


def test_a_page_that_comes_twice_counts_once() -> None:
    listed = list(transfers(US))
    assert priced(*listed, *listed) == priced(*listed)


def test_tariffs_are_only_asked_for_regions_within_the_limit(cloud: AwsCloud) -> None:
    facts = cloud.facts("aws", PLACEMENT_AWS_REGIONS=EU)
    found = {(f.tariff.src, f.tariff.dst) for f in facts if isinstance(f, PricedTariff)}
    assert found == {(EU, "internet"), (EU, "same-region-cross-zone")}
