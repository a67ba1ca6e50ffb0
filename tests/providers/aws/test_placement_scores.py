"""Placement scores are an extra: asked where the settings say so, and nothing depends on them."""

import pytest

from placement.domain.provider import Fact, Notice
from placement.domain.sweep import CapacityHint, Price
from providers.aws import placement_scores
from providers.aws.api import Api
from tests.providers.aws.cloud import AwsCloud
from tests.providers.aws.market import EU, US
from tests.providers.aws.test_spot import action, refusal
from tests.providers.conformance import NOW
from tests.providers.wire.faults import status

GROUP = "m5.xlarge+m6a.xlarge+r5.xlarge:20"


def scored(cloud: AwsCloud, groups: str, regions: str = "") -> list[Fact]:
    return cloud.facts("aws-spot", PLACEMENT_AWS_PLACEMENT_SCORES=groups, PLACEMENT_AWS_REGIONS=regions)


def hints(facts: list[Fact]) -> list[CapacityHint]:
    return [fact for fact in facts if isinstance(fact, CapacityHint)]


def asked_for(cloud: AwsCloud) -> list[bytes]:
    return [asked.body for asked in cloud.ec2.asked if b"Action=GetSpotPlacementScores&" in asked.body]


def test_scores_are_of_zones_by_their_ids_and_no_price_or_risk(cloud: AwsCloud) -> None:
    found = hints(scored(cloud, GROUP))
    assert [(hint.region, hint.zone, hint.value) for hint in found] == [(US, "use1-az6", "9"), (EU, "euc1-az2", "3")]
    assert {hint.instance_types for hint in found} == {("m5.xlarge", "m6a.xlarge", "r5.xlarge")}
    assert {hint.measure for hint in found} == {"placement score for 20 instances in one zone, 1 to 10"}
    assert {hint.observed_at for hint in found} == {NOW}
    assert b"TargetCapacity=20&" in asked_for(cloud)[0]


def test_no_score_is_asked_unless_the_settings_name_types(cloud: AwsCloud) -> None:
    assert not hints(scored(cloud, ""))
    assert not asked_for(cloud)


def test_scores_of_regions_outside_the_sweep_are_left_out(cloud: AwsCloud) -> None:
    assert [hint.region for hint in hints(scored(cloud, GROUP, EU))] == [EU]


class Unasked(Api):
    """It fails where anything is asked."""

    def __init__(self) -> None:
        super().__init__("aws-spot", None)


@pytest.mark.parametrize("few", ["m5.xlarge:20", "m5.xlarge+m6a.xlarge:20", "m5.xlarge+m6a.xlarge+m5.xlarge:20"])
def test_fewer_than_three_types_always_score_low_and_are_not_asked(few: str) -> None:
    words = f"PLACEMENT_AWS_PLACEMENT_SCORES: {few} has fewer than 3 types, which AWS always gives a low score"
    assert list(placement_scores.hints(Unasked(), few, {EU}, NOW)) == [Notice(words)]


@pytest.mark.parametrize("wrong", ["m5.xlarge", "a+b+c", "a+b+c:0", "a++c:2", ":3"])
def test_a_group_that_cannot_be_read_is_a_notice(wrong: str) -> None:
    (notice,) = placement_scores.hints(Unasked(), f" {wrong} ,", {EU}, NOW)
    assert isinstance(notice, Notice)
    assert repr(wrong) in notice.words


def test_a_refused_call_is_a_notice_and_prices_stay(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(refusal("MaxConfigLimitExceeded"), times=99, only=action("GetSpotPlacementScores"))
    facts = scored(cloud, GROUP, EU)
    assert Notice(f"no placement score of {GROUP}: MaxConfigLimitExceeded") in facts
    assert any(isinstance(fact, Price) for fact in facts)


def test_no_answer_is_a_notice_and_prices_stay(cloud: AwsCloud) -> None:
    cloud.ec2.misbehave(status(503), times=99, only=action("GetSpotPlacementScores"))
    facts = scored(cloud, GROUP, EU)
    assert Notice(f"no placement score of {GROUP}: no answer") in facts
    assert any(isinstance(fact, Price) for fact in facts)
