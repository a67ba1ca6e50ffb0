"""What of the price list is an offering, and what a row must say to be believed; both ways to it say the same."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Fact, Notice, Refusal
from placement.domain.region import Region
from placement.domain.sweep import Price
from tests.providers.aws.cloud import AwsCloud, Servers, cloud_of
from tests.providers.aws.market import EU, TYPES, US, Row, machine
from tests.providers.conformance import NOW
from tests.providers.wire.faults import Answer, instead


def prices(facts: list[Fact], region: str = US) -> dict[str, Price]:
    return {fact.instance_type: fact for fact in facts if isinstance(fact, Price) and fact.region == region}


def refused(facts: list[Fact]) -> set[tuple[str, str]]:
    return {(fact.reason, fact.subject) for fact in facts if isinstance(fact, Refusal)}


def test_the_files_and_the_api_give_the_same_facts(servers: Servers, cloud: AwsCloud) -> None:
    signed = cloud.facts("aws")
    with cloud_of(servers, signs=False) as unsigned:
        assert unsigned.facts("aws") == signed
        assert not unsigned.ec2.asked
        assert {asked.method for asked in unsigned.lists.asked} == {"GET"}
    assert {asked.method for asked in cloud.lists.asked} == {"POST"}


def test_a_price_is_that_of_the_region_with_its_date(unsigned: AwsCloud) -> None:
    found = prices(unsigned.facts("aws"), EU)["m5.large"]
    assert found.usd_per_hour == rate_from_usd("0.115")
    assert (found.capacity_type, found.zone, found.estimated) == (CapacityType.ON_DEMAND, None, False)
    assert (found.observed_at, found.effective_from) == (NOW, datetime(2026, 11, 1, tzinfo=UTC))


def test_regions_and_types_come_once_and_before_their_prices(unsigned: AwsCloud) -> None:
    known: set[str] = set()
    for fact in unsigned.facts("aws"):
        if isinstance(fact, Region | InstanceType):
            assert fact.name not in known
            known.add(fact.name)
        if isinstance(fact, Price):
            assert {fact.region, fact.instance_type} <= known


def test_windows_sql_dedicated_hosts_reservations_and_capacity_blocks_are_no_offerings(unsigned: AwsCloud) -> None:
    found = [fact for fact in unsigned.facts("aws") if isinstance(fact, Price)]
    assert Counter(fact.region for fact in found) == {US: len(TYPES) + 1, EU: len(TYPES) + 1}
    assert not [fact for fact in found if fact.usd_per_hour == rate_from_usd("0.7777")]


def test_bare_metal_is_listed_as_dedicated_and_is_an_offering(unsigned: AwsCloud) -> None:
    assert prices(unsigned.facts("aws"))["m5.metal"].usd_per_hour == rate_from_usd("4.608")


def test_a_price_of_0_is_refused_and_never_a_price(unsigned: AwsCloud) -> None:
    facts = unsigned.facts("aws")
    assert "t3.nano" not in prices(facts)
    assert ("no price above 0", f"{US} t3.nano on_demand") in refused(facts)


def changed(row: Row, **dimension: object) -> Row:
    for term in row["terms"]["OnDemand"].values():
        for price in term["priceDimensions"].values():
            price.update(dimension)
    return row


@pytest.mark.parametrize(
    ("dimension", "reason"),
    [
        ({"pricePerUnit": {"CNY": "1.5"}}, "price is not in USD"),
        ({"unit": "Quantity"}, "price is not one for every hour"),
        ({"endRange": "100"}, "price is not one for every hour"),
        ({"pricePerUnit": {"USD": "much"}}, "price or its date cannot be read"),
    ],
)
@pytest.mark.parametrize("signs", [True, False])
def test_a_price_that_is_not_usd_for_every_hour_is_refused(
    servers: Servers, signs: bool, dimension: dict[str, object], reason: str
) -> None:
    with cloud_of(servers, signs=signs) as cloud:
        cloud.market.products.append(changed(machine(US, "m5.24xlarge", "4.6"), **dimension))
        facts = cloud.facts("aws")
    assert "m5.24xlarge" not in prices(facts)
    assert (reason, f"{US} m5.24xlarge on_demand") in refused(facts)


def test_a_price_of_a_day_to_come_is_refused(unsigned: AwsCloud) -> None:
    row = machine(US, "m5.24xlarge", "4.6")
    for term in row["terms"]["OnDemand"].values():
        term["effectiveDate"] = "2026-12-01T00:00:00Z"
    unsigned.market.products.append(row)
    assert ("price holds only from a later day on", f"{US} m5.24xlarge on_demand") in refused(unsigned.facts("aws"))


def test_a_machine_of_unknown_size_is_refused(unsigned: AwsCloud) -> None:
    unsigned.market.products.append(machine(US, "m5.24xlarge", "4.6", memory="NA"))
    facts = unsigned.facts("aws")
    assert "m5.24xlarge" not in prices(facts)
    assert ("vCPUs or memory cannot be read", f"{US} m5.24xlarge on_demand") in refused(facts)


def test_local_and_wavelength_zones_are_no_regions(cloud: AwsCloud) -> None:
    facts = cloud.facts("aws")
    assert [fact.name for fact in facts if isinstance(fact, Region)] == [EU, US]
    assert {subject for reason, subject in refused(facts) if "country" in reason} == {"nowhere-1"}


def test_a_region_without_prices_is_said_to_be_so(unsigned: AwsCloud) -> None:
    unsigned.market.codes.append("eu-north-1")
    notices = [fact.words for fact in unsigned.facts("aws") if isinstance(fact, Notice)]
    assert notices == [
        "the AWS Price List has no on-demand price in eu-north-1",
        "the AWS Price List has no tariff for traffic from eu-north-1",
    ]


@pytest.mark.parametrize("signs", [True, False])
def test_a_list_without_any_price_fails_the_sweep(servers: Servers, signs: bool) -> None:
    with cloud_of(servers, signs=signs) as cloud:
        cloud.market.products.clear()
        with pytest.raises(CollectionFailed, match="aws: the price list has no on-demand price in any region"):
            cloud.facts("aws")


def test_get_products_is_asked_for_at_most_100_with_all_filters(cloud: AwsCloud) -> None:
    cloud.facts("aws")
    bodies = [asked.body for asked in cloud.lists.asked if b'"AmazonEC2"' in asked.body and b"Filters" in asked.body]
    words = (b"regionCode", b"operatingSystem", b"preInstalledSw", b"capacitystatus", b"marketoption", b"tenancy")
    assert bodies
    for body in bodies:
        assert b'"MaxResults": 100' in body
        assert all(word in body for word in (*words, b"licenseModel"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b'{"FormatVersion": "aws_v1"}', "aws: an answer to GetProducts has no PriceList"),
        (b'{"PriceList": ["{\\"product\\": "]}', "aws: a product in the answer to GetProducts cannot be read"),
        (b'{"PriceList": ["{}"]}', "aws: a product in the answer to GetProducts cannot be read"),
        (b'{"PriceList": ["[]"]}', "aws: a product in the answer to GetProducts cannot be read"),
        (b"{half", "aws: an answer to GetProducts has no PriceList"),
    ],
)
def test_an_answer_of_the_api_that_is_not_whole_fails_the_sweep(cloud: AwsCloud, answer: bytes, words: str) -> None:
    page = instead(Answer(200, {"content-type": "application/x-amz-json-1.1"}, answer))
    cloud.lists.misbehave(page, only=lambda asked: b"Filters" in asked.body)
    with pytest.raises(CollectionFailed, match=words):
        cloud.facts("aws")


def test_products_without_a_price_on_demand_are_left_out(cloud: AwsCloud) -> None:
    row = machine(US, "m5.24xlarge", "4.6")
    row["terms"] = {}
    cloud.market.products.append(row)
    assert "m5.24xlarge" not in prices(cloud.facts("aws"))


def test_of_two_equal_prices_the_older_date_counts(cloud: AwsCloud) -> None:
    again = machine(US, "m5.large", "0.0960000000", usagetype="again")
    for term in again["terms"]["OnDemand"].values():
        term["effectiveDate"] = "2026-10-01T00:00:00Z"
    cloud.market.products.append(again)
    same = [f for f in cloud.facts("aws") if isinstance(f, Price) and (f.region, f.instance_type) == (US, "m5.large")]
    assert [fact.effective_from for fact in same] == [
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
    ]


def test_a_product_may_have_no_instance_type(unsigned: AwsCloud) -> None:
    row = machine(US, "m5.large", "1")
    del row["product"]["attributes"]["instanceType"]
    unsigned.market.products.append(row)
    assert ("vCPUs or memory cannot be read", f"{US}  on_demand") in refused(unsigned.facts("aws"))
