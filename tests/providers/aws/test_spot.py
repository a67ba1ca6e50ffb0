"""Spot prices from EC2: which regions are asked, how pages end, what is told and what is silence."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Fact, Notice, PastPrice, Refusal
from placement.domain.region import Region
from placement.domain.sweep import Price
from tests.providers.aws.cloud import AwsCloud
from tests.providers.aws.market import CLOSED, EU, FEW, NOWHERE, TYPES, US, described
from tests.providers.conformance import NOW
from tests.providers.wire.faults import Answer, Asked, Fault, instead, status


def refusal(code: str, http_status: int = 400) -> Fault:
    body = f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>"
    return instead(Answer(http_status, {"content-type": "text/xml"}, body.encode()))


def in_region(region: str) -> Callable[[Asked], bool]:
    return lambda asked: f"/{region}/ec2/" in asked.headers["authorization"]


def action(name: str) -> Callable[[Asked], bool]:
    return lambda asked: f"Action={name}&".encode() in asked.body


def spot(cloud: AwsCloud) -> list[Fact]:
    """What the source says of one region."""
    return cloud.facts("aws-spot", PLACEMENT_AWS_REGIONS=EU)


def prices(facts: list[Fact]) -> list[Price]:
    return [fact for fact in facts if isinstance(fact, Price)]


def notices(facts: list[Fact]) -> list[str]:
    return [fact.words for fact in facts if isinstance(fact, Notice)]


def test_without_credentials_it_says_what_to_set(unsigned: AwsCloud, cloud: AwsCloud) -> None:
    with pytest.raises(Unconfigured, match="aws-spot: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"):
        cloud.facts("aws-spot", AWS_ACCESS_KEY_ID="")


def test_each_type_and_zone_has_one_price_and_the_zone_is_its_id(cloud: AwsCloud) -> None:
    found = prices(cloud.facts("aws-spot"))
    assert Counter((price.region, price.zone) for price in found) == {
        (EU, "euc1-az2"): len(TYPES),
        (US, "use1-az6"): len(TYPES),
        (US, FEW): 5,
    }
    assert {price.capacity_type for price in found} == {CapacityType.SPOT}
    assert {price.observed_at for price in found} == {NOW}


def test_the_row_that_was_in_force_when_the_window_opens_is_kept_with_its_own_time(cloud: AwsCloud) -> None:
    (found,) = [price for price in prices(spot(cloud)) if price.instance_type == "m5.xlarge"]
    assert found.effective_from == NOW - timedelta(days=2, minutes=1)
    assert found.usd_per_hour == rate_from_usd("0.069")


def test_earlier_rows_are_past_prices(cloud: AwsCloud) -> None:
    past = [fact.price for fact in spot(cloud) if isinstance(fact, PastPrice)]
    (found,) = [price for price in past if price.instance_type == "m5.large"]
    assert (found.effective_from, found.usd_per_hour) == (NOW - timedelta(hours=30), rate_from_usd("0.03105"))


def test_windows_and_local_zones_are_left_out(cloud: AwsCloud) -> None:
    facts = cloud.facts("aws-spot")
    assert max(price.usd_per_hour for price in prices(facts)) < rate_from_usd(5)
    assert not [fact for fact in facts if isinstance(fact, Refusal)]


def test_an_offering_without_a_spot_row_is_silence_and_no_refusal(cloud: AwsCloud) -> None:
    cloud.market.spot[EU] = [row for row in cloud.market.spot[EU] if row["InstanceType"] != "r5.8xlarge"]
    facts = spot(cloud)
    assert (EU, "r5.8xlarge") not in {(price.region, price.instance_type) for price in prices(facts)}
    assert not [fact for fact in facts if isinstance(fact, Refusal)]


def test_a_spot_row_of_a_type_that_is_not_offered_there_is_refused(cloud: AwsCloud) -> None:
    cloud.market.offerings[US].remove(("m5.large", "use1-az6"))
    facts = cloud.facts("aws-spot")
    assert [fact for fact in facts if isinstance(fact, Refusal)] == [
        Refusal("spot price of an instance type that is not offered there", f"{US} use1-az6 m5.large spot")
    ]


def test_a_type_that_ec2_describes_and_no_zone_offers_is_left_out(cloud: AwsCloud) -> None:
    cloud.market.types.append(described("m5.24xlarge", 96, 384))
    assert "m5.24xlarge" not in {f.name for f in spot(cloud) if isinstance(f, InstanceType)}


def test_a_type_that_is_offered_and_not_described_is_refused(cloud: AwsCloud) -> None:
    cloud.market.types = [row for row in cloud.market.types if row["InstanceType"] != "m5.large"]
    facts = cloud.facts("aws-spot")
    assert Refusal("instance type that is offered and not described", f"{US} m5.large") in facts
    assert "m5.large" not in {price.instance_type for price in prices(facts)}


def test_types_come_once_although_every_region_describes_them(cloud: AwsCloud) -> None:
    found = Counter(fact.name for fact in cloud.facts("aws-spot") if isinstance(fact, InstanceType))
    assert set(found.values()) == {1}


def test_a_region_that_the_account_has_not_opted_in_to_is_left_out_with_a_notice(cloud: AwsCloud) -> None:
    facts = cloud.facts("aws-spot")
    assert f"{CLOSED} is left out: the account has not opted in to it" in notices(facts)
    assert [fact.name for fact in facts if isinstance(fact, Region)] == [EU, US]
    assert not [asked for asked in cloud.ec2.asked if f"/{CLOSED}/" in asked.headers["authorization"]]


def test_a_region_that_does_not_know_the_credentials_is_left_out_with_a_notice(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(refusal("AuthFailure", 401), times=99, only=in_region(EU))
    facts = cloud.facts("aws-spot")
    assert {price.region for price in prices(facts)} == {US}
    assert f"{EU} is left out: it does not know this account's credentials (AuthFailure)" in notices(facts)


def test_credentials_that_no_region_knows_fail_the_sweep(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(refusal("AuthFailure", 401), times=99)
    with pytest.raises(CollectionFailed, match="aws-spot: DescribeRegions in us-east-1 is refused: AuthFailure"):
        spot(cloud)


def test_a_region_that_fails_otherwise_fails_the_sweep(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(refusal("UnauthorizedOperation", 403), times=99, only=in_region(EU))
    with pytest.raises(CollectionFailed, match=rf"aws-spot: Describe\w+ in {EU} is refused: UnauthorizedOperation"):
        cloud.facts("aws-spot")


def test_a_region_of_which_no_country_is_known_is_not_asked(cloud: AwsCloud) -> None:
    cloud.market.regions[NOWHERE] = "opted-in"
    assert Refusal("no country is known for the region", NOWHERE) in cloud.facts("aws-spot")
    assert not [asked for asked in cloud.ec2.asked if f"/{NOWHERE}/" in asked.headers["authorization"]]


def test_a_sweep_without_any_region_fails(cloud: AwsCloud) -> None:
    with pytest.raises(CollectionFailed, match="aws-spot: no region is left to ask"):
        cloud.facts("aws-spot", PLACEMENT_AWS_REGIONS=CLOSED)


def test_a_sweep_without_any_price_fails(cloud: AwsCloud) -> None:
    cloud.market.spot = {US: [], EU: []}
    with pytest.raises(CollectionFailed, match="aws-spot: no region gives a spot price"):
        cloud.facts("aws-spot")


def test_a_region_that_offers_nothing_is_said_to_do_so(cloud: AwsCloud) -> None:
    cloud.market.offerings[EU], cloud.market.spot[EU] = [], []
    assert f"EC2 offers no instance type in {EU}" in notices(cloud.facts("aws-spot"))


def page(body: str) -> Fault:
    return instead(Answer(200, {"content-type": "text/xml"}, body.encode()))


def history(token: str) -> Fault:
    words = f"<spotPriceHistorySet/><nextToken>{token}</nextToken>"
    return page(f"<DescribeSpotPriceHistoryResponse>{words}</DescribeSpotPriceHistoryResponse>")


def test_a_page_may_be_empty_and_the_last_token_an_empty_text(cloud: AwsCloud) -> None:
    """The fake's second page always is, and its last token."""
    spot(cloud)
    answered = [asked for asked in cloud.ec2.asked if b"Action=DescribeSpotPriceHistory&" in asked.body]
    assert len(answered) == 3


def test_a_token_that_comes_again_fails_the_sweep(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(history("again"), times=99, only=action("DescribeSpotPriceHistory"))
    with pytest.raises(CollectionFailed, match="aws-spot: DescribeSpotPriceHistory gives the same page again"):
        spot(cloud)
    assert len([asked for asked in cloud.ec2.asked if b"Action=DescribeSpotPriceHistory&" in asked.body]) <= 4


def test_pages_that_never_end_fail_the_sweep(cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.aws.api._MOST_PAGES", 2)
    with pytest.raises(CollectionFailed, match=r"aws-spot: Describe\w+ does not end after 2 pages"):
        spot(cloud)


def test_an_answer_without_its_list_fails_the_sweep(cloud: AwsCloud) -> None:
    empty = page("<DescribeSpotPriceHistoryResponse/>")
    cloud.ec2.misbehave(empty, only=action("DescribeSpotPriceHistory"))
    with pytest.raises(
        CollectionFailed, match="aws-spot: an answer to DescribeSpotPriceHistory has no SpotPriceHistory"
    ):
        spot(cloud)


def test_an_answer_that_lacks_a_field_fails_the_sweep(cloud: AwsCloud) -> None:
    words = "<spotPriceHistorySet><item><productDescription>Linux/UNIX</productDescription>"
    words += "<availabilityZoneId>euc1-az2</availabilityZoneId></item></spotPriceHistorySet>"
    strange = page(f"<DescribeSpotPriceHistoryResponse>{words}</DescribeSpotPriceHistoryResponse>")
    cloud.ec2.misbehave(strange, only=action("DescribeSpotPriceHistory"))
    with pytest.raises(CollectionFailed, match=f"aws-spot: an answer of EC2 in {EU} cannot be read"):
        spot(cloud)


@pytest.mark.parametrize(
    ("code", "http_status"), [("RequestLimitExceeded", 503), ("Throttling", 400), ("ThrottlingException", 400)]
)
def test_throttling_is_asked_again_after_a_pause(cloud: AwsCloud, code: str, http_status: int) -> None:
    cloud.ec2.misbehave(refusal(code, http_status), times=2)
    assert prices(spot(cloud))
    assert len(cloud.pauses) == 2


def test_throttling_that_does_not_end_fails_the_sweep(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(refusal("RequestLimitExceeded", 503), times=99)
    with pytest.raises(CollectionFailed, match="answers with status 503, 3 times in a row"):
        spot(cloud)
    assert len(cloud.ec2.asked) == 3


def test_the_sdk_does_not_try_again_by_itself(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(refusal("TransactionInProgressException"), times=99)
    with pytest.raises(CollectionFailed, match="DescribeRegions in us-east-1 is refused: TransactionInProgress"):
        spot(cloud)
    assert len(cloud.ec2.asked) == 1


def test_a_failure_of_the_server_is_asked_again_as_often_as_any_other(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(status(500), times=99)
    with pytest.raises(CollectionFailed, match="answers with status 500, 3 times in a row"):
        spot(cloud)
    assert len(cloud.ec2.asked) == 3


def test_pricing_says_later_in_json_and_is_asked_again(cloud: AwsCloud) -> None:
    body = b'{"__type": "com.amazonaws.pricing#ThrottlingException", "message": "Rate exceeded"}'
    cloud.lists.misbehave(instead(Answer(400, {"content-type": "application/x-amz-json-1.1"}, body)), times=2)
    assert prices(cloud.facts("aws"))
    assert len(cloud.pauses) == 2
