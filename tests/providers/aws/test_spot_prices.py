"""Of the rows of one type and zone the newest by time is the price, wherever it stands."""

from datetime import datetime, timedelta
from typing import Any

from placement.domain.money import rate_from_usd
from placement.domain.provider import PastPrice, Refusal
from placement.domain.sweep import Price
from providers.aws.spot_prices import spot_prices
from tests.providers.conformance import NOW

REGION, ZONES = "us-east-1", {"us-east-1a": "use1-az6"}
OFFERED = {("m5.large", "use1-az6")}


def row(usd: str, since: datetime, **other: Any) -> dict[str, Any]:
    said = {"InstanceType": "m5.large", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az6"}
    return {**said, "ProductDescription": "Linux/UNIX", "SpotPrice": usd, "Timestamp": since, **other}


def told(*rows: dict[str, Any]) -> list[Price | PastPrice | Refusal]:
    return list(spot_prices(rows, REGION, ZONES, OFFERED, NOW))


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def in_words(facts: list[Price | PastPrice | Refusal]) -> list[tuple[str, int, datetime | None] | str]:
    return [
        fact.reason
        if isinstance(fact, Refusal)
        else ("now", fact.usd_per_hour, fact.effective_from)
        if isinstance(fact, Price)
        else ("past", fact.price.usd_per_hour, fact.price.effective_from)
        for fact in facts
    ]


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [row("0.03", hours_ago(1)), row("0.02", hours_ago(40)), row("0.04", hours_ago(2))]
    expected = [
        ("past", rate_from_usd("0.02"), hours_ago(40)),
        ("past", rate_from_usd("0.04"), hours_ago(2)),
        ("now", rate_from_usd("0.03"), hours_ago(1)),
    ]
    assert in_words(told(*rows)) == expected
    assert in_words(told(*reversed(rows))) == expected


def test_a_row_that_comes_twice_counts_once() -> None:
    assert in_words(told(row("0.03", hours_ago(1)), row("0.030", hours_ago(1)))) == [
        ("now", rate_from_usd("0.03"), hours_ago(1))
    ]


def test_two_prices_since_the_same_moment_are_both_refused() -> None:
    rows = [row("0.03", hours_ago(1)), row("0.04", hours_ago(1)), row("0.02", hours_ago(3))]
    assert in_words(told(*rows)) == [
        ("past", rate_from_usd("0.02"), hours_ago(3)),
        "two spot prices since the same moment",
    ]


def test_a_newest_price_of_0_is_refused_and_the_one_before_does_not_take_its_place() -> None:
    assert in_words(told(row("0.0000", hours_ago(1)), row("0.02", hours_ago(3)))) == [
        ("past", rate_from_usd("0.02"), hours_ago(3)),
        "no price above 0",
    ]


def test_a_price_that_is_no_number_is_refused() -> None:
    assert in_words(told(row("cheap", hours_ago(1)))) == ["spot price that cannot be read"]


def test_a_price_of_a_time_to_come_is_refused() -> None:
    assert in_words(told(row("0.03", NOW + timedelta(minutes=1)))) == ["spot price of a time to come"]


def test_the_id_of_a_zone_counts_and_not_its_name_which_differs_from_account_to_account() -> None:
    (price,) = told(row("0.03", hours_ago(1), AvailabilityZone="us-east-1f"))
    assert isinstance(price, Price)
    assert price.zone == "use1-az6"


def test_a_row_without_a_zone_id_is_found_by_its_zone_name() -> None:
    (price,) = told(row("0.03", hours_ago(1), AvailabilityZoneId=None))
    assert isinstance(price, Price)
    assert price.zone == "use1-az6"


def test_rows_of_other_products_and_of_local_zones_are_left_out() -> None:
    assert not told(
        row("0.03", hours_ago(1), ProductDescription="Windows"),
        row("0.03", hours_ago(1), ProductDescription="Red Hat Enterprise Linux"),
        row("0.03", hours_ago(1), AvailabilityZone="us-east-1-bos-1a", AvailabilityZoneId="use1-bos1-az1"),
    )
