"""The Spot Instance Advisor's bands, as AWS means them and of the day that they are from."""

from datetime import date

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Fact, Refusal
from placement.domain.sweep import InterruptionFigure
from tests.providers.aws.cloud import AwsCloud
from tests.providers.aws.market import EU, TYPES, US
from tests.providers.aws.test_spot import notices
from tests.providers.conformance import NOW
from tests.providers.wire.faults import Answer, instead


def figures(facts: list[Fact]) -> dict[tuple[str, str], InterruptionFigure]:
    return {(fact.region, fact.instance_type): fact for fact in facts if isinstance(fact, InterruptionFigure)}


def test_the_upper_ends_of_the_file_are_not_those_of_the_bands(unsigned: AwsCloud) -> None:
    names = [name for name, _, _ in TYPES[:5]]
    found = figures(unsigned.facts("aws-risk"))
    bands = [(found[US, name].pct_low, found[US, name].pct_high) for name in names]
    assert bands == [(0, 5), (5, 10), (10, 15), (15, 20), (20, None)]
    assert {figure.window for figure in found.values()} == {"month"}


def test_figures_are_those_of_linux(unsigned: AwsCloud) -> None:
    unsigned.market.advisor["spot_advisor"]["eu-north-1"] = {"Windows": {"m5.large": {"s": 1, "r": 0}}}
    found = figures(unsigned.facts("aws-risk"))
    assert found[US, "m5.large"].pct_high == 5
    assert ("eu-north-1", "m5.large") not in found


def test_a_region_or_type_that_is_left_out_has_no_figure(unsigned: AwsCloud) -> None:
    del unsigned.market.advisor["spot_advisor"][EU]
    del unsigned.market.advisor["spot_advisor"][US]["Linux"]["m5.large"]
    found = figures(unsigned.facts("aws-risk"))
    assert {region for region, _ in found} == {US}
    assert (US, "m5.large") not in found


def test_a_limit_to_a_region_that_the_file_leaves_out_is_no_error(unsigned: AwsCloud) -> None:
    assert not figures(unsigned.facts("aws-risk", PLACEMENT_AWS_REGIONS="me-south-1"))


def test_a_region_of_which_no_country_is_known_is_refused(unsigned: AwsCloud) -> None:
    advisor = unsigned.market.advisor["spot_advisor"]
    advisor["nowhere-1"] = advisor[US]
    facts = unsigned.facts("aws-risk")
    assert Refusal("no country is known for the region", "nowhere-1") in facts
    assert ("nowhere-1", "m5.large") not in figures(facts)


def test_the_figures_are_of_the_day_on_which_the_file_was_changed(unsigned: AwsCloud) -> None:
    figure = figures(unsigned.facts("aws-risk"))[US, "m5.large"]
    assert (figure.observed_on, figure.note) == (date(2026, 11, 19), "AWS Spot Instance Advisor, date of the file")


@pytest.mark.parametrize("header", [None, "yesterday", "Thu, 19 Nov 2099 09:30:00 GMT"])
def test_without_a_date_they_are_of_the_day_of_asking_and_say_so(unsigned: AwsCloud, header: str | None) -> None:
    unsigned.market.advisor_changed = header
    figure = figures(unsigned.facts("aws-risk"))[US, "m5.large"]
    assert figure.observed_on == NOW.date()
    assert figure.note == "AWS Spot Instance Advisor, no date of its own: day of asking"


def test_a_file_that_has_not_changed_for_long_is_told(unsigned: AwsCloud) -> None:
    unsigned.market.advisor_changed = "Mon, 13 May 2024 00:00:00 GMT"
    assert notices(unsigned.facts("aws-risk")) == [
        "the Spot Instance Advisor's file was last changed on 2024-05-13; its figures may be stale"
    ]


def test_a_band_that_the_file_does_not_explain_is_refused(unsigned: AwsCloud) -> None:
    unsigned.market.advisor["spot_advisor"][US]["Linux"] |= {"m5.large": {"s": 70, "r": 9}, "m5.xlarge": {"s": 70}}
    facts = unsigned.facts("aws-risk")
    refused = [fact for fact in facts if isinstance(fact, Refusal)]
    assert [fact.subject for fact in refused] == [f"{US} m5.large", f"{US} m5.xlarge"]
    assert {fact.reason for fact in refused} == {"interruption band that the file does not explain"}


def test_a_band_whose_meaning_is_not_known_fails_the_sweep(unsigned: AwsCloud) -> None:
    unsigned.market.advisor["ranges"].append({"index": 5, "label": ">30%", "dots": 5, "max": 40})
    with pytest.raises(
        CollectionFailed, match="aws-risk: the advisor has a band up to 40 %, whose meaning is not known"
    ):
        unsigned.facts("aws-risk")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "not in the form that is known"),
        (b"[]", "not in the form that is known"),
        (b'{"ranges": [], "spot_advisor": {}}', "has no region"),
        (b'{"ranges": [], "spot_advisor": {"us-east-1": 3}}', "not in the form that is known"),
        (b"<html>", "does not answer with JSON"),
    ],
)
def test_a_file_in_another_form_fails_the_sweep(unsigned: AwsCloud, body: bytes, words: str) -> None:
    unsigned.lists.misbehave(instead(Answer(200, {}, body)))
    with pytest.raises(CollectionFailed, match=f"^aws-risk: .*{words}"):
        unsigned.facts("aws-risk")
