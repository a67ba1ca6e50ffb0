"""Source `gcp-risk`: a share of the stops is told as such, and silence is told of as nothing."""

import json
from collections.abc import Sequence
from typing import TypeVar

import pytest

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Fact, PastPrice, Refusal, Surroundings
from placement.domain.region import Region
from placement.domain.sweep import CapacityHint, InterruptionFigure, Price
from placement.market.risk import hazard_per_hour
from providers.gcp import advice
from tests.providers.conformance import NOW
from tests.providers.gcp.cloud import GcpCloud, history, midnight
from tests.providers.gcp.market import FRANKFURT, IOWA, Row

Some = TypeVar("Some", bound=Fact)


def facts(cloud: GcpCloud, kind: type[Some], **environment: str) -> list[Some]:
    settings = Surroundings(environment, lambda: NOW)
    return [fact for fact in cloud.risk(settings).facts() if isinstance(fact, kind)]


def asked(cloud: GcpCloud, operation: str = "capacityHistory") -> list[Row]:
    return [json.loads(one.body) for one in cloud.proxies[0].asked if one.path.split("?")[0].endswith(operation)]


def failure(cloud: GcpCloud, **environment: str) -> str:
    with pytest.raises(CollectionFailed) as failed:
        facts(cloud, Region, **environment)
    return str(failed.value)


def tell(cloud: GcpCloud, shares: Sequence[float | str], usd: Sequence[float] = (), zone: str = "b") -> None:
    cloud.fake.history[f"{IOWA}-{zone} n2-standard-4"] = history(shares, usd)


def reasons(cloud: GcpCloud) -> set[str]:
    return {fact.reason for fact in facts(cloud, Refusal) if fact.subject == f"{IOWA} n2-standard-4"}


def test_the_mean_share_of_stops_is_taken_for_the_share_of_a_day(cloud: GcpCloud) -> None:
    tell(cloud, [0.1, 0.2, 0.6])
    (figure,) = [one for one in facts(cloud, InterruptionFigure) if one.region == IOWA]
    assert (figure.instance_type, figure.window, figure.observed_on) == ("n2-standard-4", "day", NOW.date())
    assert figure.pct_low == figure.pct_high == pytest.approx(30)
    assert "upper estimate" in figure.note
    assert hazard_per_hour(figure) > 0


def test_of_several_zones_the_lowest_and_the_highest_are_told(cloud: GcpCloud) -> None:
    tell(cloud, [0.1], zone="a")
    tell(cloud, [0.4], zone="b")
    cloud.fake.zones[f"zones/{IOWA}-a"] = cloud.fake.zones[f"zones/{IOWA}-b"]
    (figure,) = facts(cloud, InterruptionFigure, PLACEMENT_GCP_RISK_ZONES=f"{IOWA}-*", PLACEMENT_GCP_REGIONS=IOWA)
    assert figure.pct_low == pytest.approx(10)
    assert figure.pct_high == pytest.approx(40)


def test_a_type_without_history_has_no_figure(cloud: GcpCloud) -> None:
    cloud.fake.history[f"{IOWA}-b n2-standard-4"] = {"machineType": "n2-standard-4"}
    figures = facts(cloud, InterruptionFigure)
    assert {figure.region for figure in figures} == {FRANKFURT}
    assert not {figure.instance_type for figure in figures} & {"n2-standard-2"}


def test_a_day_without_a_figure_is_no_day_without_preemption(cloud: GcpCloud) -> None:
    days = history([0.2, 0.4])
    del days["preemptionHistory"][0]["preemptionRate"]
    cloud.fake.history[f"{IOWA}-b n2-standard-4"] = days
    (figure,) = [one for one in facts(cloud, InterruptionFigure) if one.region == IOWA]
    assert figure.pct_high == pytest.approx(40)


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ([0.0, 0.0], advice.NOTHING_PREEMPTED),
        ([0.1, 1.5], advice.NO_SHARE),
        ([-0.1], advice.NO_SHARE),
        (["NaN"], advice.NO_SHARE),
    ],
)
def test_a_share_that_cannot_be_believed_is_refused(cloud: GcpCloud, shares: list[float | str], reason: str) -> None:
    tell(cloud, shares)
    assert reasons(cloud) == {reason}
    assert {figure.region for figure in facts(cloud, InterruptionFigure)} == {FRANKFURT}


def test_a_type_that_google_does_not_know_is_refused(cloud: GcpCloud) -> None:
    del cloud.fake.history[f"{IOWA}-b n2-standard-4"]
    assert reasons(cloud) == {advice.NO_HISTORY}


def test_changes_of_the_spot_price_are_past_prices(cloud: GcpCloud) -> None:
    tell(cloud, [], [0.06, 0.06, 0.07, 0.07, 0.06])
    past = [fact.price for fact in facts(cloud, PastPrice) if fact.price.region == IOWA]
    assert [(price.effective_from, price.usd_per_hour) for price in past] == [
        (midnight(5), 60_000_000),
        (midnight(3), 70_000_000),
        (midnight(1), 60_000_000),
    ]
    assert {(price.zone, price.capacity_type, price.instance_type, price.observed_at) for price in past} == {
        (None, CapacityType.SPOT, "n2-standard-4", NOW)
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"listPrice": {"currencyCode": "EUR", "units": "1"}}, advice.NO_PRICE),
        ({"listPrice": {"currencyCode": "USD", "units": "0"}}, advice.NO_PRICE),
        ({"interval": {"startTime": "yesterday"}}, advice.NO_TIME),
        ({"interval": {"startTime": "2026-11-20T08:00:00"}}, advice.NO_TIME),
        ({"interval": {"startTime": "2027-11-20T08:00:00Z"}}, advice.NO_TIME),
    ],
)
def test_a_past_price_that_cannot_be_believed_is_refused(cloud: GcpCloud, change: Row, reason: str) -> None:
    days = history([], [0.06])
    days["priceHistory"][0].update(change)
    cloud.fake.history[f"{IOWA}-b n2-standard-4"] = days
    assert reasons(cloud) == {reason}
    assert {fact.price.region for fact in facts(cloud, PastPrice)} == {FRANKFURT}


def test_it_tells_no_present_price(cloud: GcpCloud) -> None:
    assert not facts(cloud, Price)


def test_the_regions_and_types_that_are_asked_about_are_described(cloud: GcpCloud) -> None:
    assert {fact.name for fact in facts(cloud, Region)} == {IOWA, FRANKFURT}
    assert [fact.name for fact in facts(cloud, InstanceType)] == ["n2-standard-2", "n2-standard-4"]


def test_one_type_in_one_zone_is_asked_about_at_a_time(cloud: GcpCloud) -> None:
    facts(cloud, Region)
    assert len(asked(cloud)) == 4
    assert {
        "types": ["PREEMPTION", "PRICE"],
        "instanceProperties": {"machineType": "n2-standard-4", "scheduling": {"provisioningModel": "SPOT"}},
        "locationPolicy": {"location": f"zones/{IOWA}-b"},
    } in asked(cloud)


def test_only_named_types_are_asked_about(cloud: GcpCloud) -> None:
    facts(cloud, Region, PLACEMENT_GCP_RISK_TYPES=" n2d-standard-? , e2-micro,none-such ", PLACEMENT_GCP_REGIONS=IOWA)
    names = {one["instanceProperties"]["machineType"] for one in asked(cloud)}
    assert names == {"n2d-standard-2", "n2d-standard-4", "n2d-standard-8", "e2-micro"}


def test_some_usual_types_are_asked_about_where_none_is_named(cloud: GcpCloud) -> None:
    facts(cloud, Region, PLACEMENT_GCP_RISK_TYPES="")
    names = {one["instanceProperties"]["machineType"] for one in asked(cloud)}
    assert {"n2-standard-4", "e2-standard-4"} <= names
    assert not {"e2-micro", "a2-highgpu-1g"} & names


def test_more_calls_than_allowed_are_refused_before_the_first(cloud: GcpCloud) -> None:
    words = failure(cloud, PLACEMENT_GCP_RISK_CALLS="7")
    assert words.startswith("gcp-risk: would ask 8 times, more than 7; name fewer in PLACEMENT_GCP_RISK_TYPES")
    assert not asked(cloud)
    assert facts(cloud, Region, PLACEMENT_GCP_RISK_CALLS="8")


def test_a_number_of_calls_is_a_whole_number(cloud: GcpCloud) -> None:
    with pytest.raises(Unconfigured, match="set PLACEMENT_GCP_RISK_CALLS to a whole number, not to 'many'"):
        facts(cloud, Region, PLACEMENT_GCP_RISK_CALLS="many")


def test_a_name_that_fits_no_type_is_an_error(cloud: GcpCloud) -> None:
    words = failure(cloud, PLACEMENT_GCP_RISK_TYPES="m5.large")
    assert words == "gcp-risk: no machine type of the regions is called m5.large"


def test_obtainability_is_a_hint_and_only_asked_for_if_wanted(cloud: GcpCloud) -> None:
    (hint,) = facts(cloud, CapacityHint, PLACEMENT_GCP_REGIONS=IOWA)
    assert (hint.region, hint.zone, hint.instance_types, hint.value) == (IOWA, None, ("n2-standard-4",), "0.9")
    assert hint.observed_at == NOW
    assert "0 to 1" in hint.measure
    assert any(fact.reason == advice.NO_ADVICE for fact in facts(cloud, Refusal))
    assert asked(cloud, "advice/capacity")[0]["instanceProperties"] == {"scheduling": {"provisioningModel": "SPOT"}}
    before = len(asked(cloud, "advice/capacity"))
    assert not facts(cloud, CapacityHint, PLACEMENT_GCP_OBTAINABILITY="")
    assert len(asked(cloud, "advice/capacity")) == before
