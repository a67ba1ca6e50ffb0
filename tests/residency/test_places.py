import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.region import Region
from placement.residency.places import parse_place

TODAY = date(2026, 11, 1)
PROVIDERS = {"aws", "azure", "gcp", "onprem"}
FRANKFURT = Region("aws", "eu-central-1", "DE", continent="europe")
LONDON = Region("aws", "eu-west-2", "GB", continent="europe")
MONTREAL = Region("aws", "ca-central-1", "CA", continent="north-america", subdivision="CA-QC")
CANADA_WEST = Region("aws", "ca-west-1", "CA", continent="north-america")
BELGIUM = Region("gcp", "europe-west1", "BE", continent="europe")
OSLO = Region("azure", "norwayeast", "NO", continent="europe")
CELLAR = Region("onprem", "cellar", "DE")
REGIONS = (FRANKFURT, LONDON, MONTREAL, CANADA_WEST, BELGIUM, OSLO, CELLAR)


def matched(word: str, as_of: date = TODAY) -> set[Region]:
    place = parse_place(word, PROVIDERS)
    return {region for region in REGIONS if place.matches(region, as_of)}


@pytest.mark.parametrize(
    ("word", "regions"),
    [
        ("gcp", {BELGIUM}),
        ("aws:eu-central-1", {FRANKFURT}),
        ("aws:eu-*", {FRANKFURT, LONDON}),
        ("aws:c?-*", {MONTREAL, CANADA_WEST}),
        ("*:eu*", {FRANKFURT, LONDON, BELGIUM}),
        ("DE", {FRANKFURT, CELLAR}),
        ("NO", {OSLO}),
        ("CA-QC", {MONTREAL}),
        ("EU", {FRANKFURT, BELGIUM, CELLAR}),
        ("eea", {FRANKFURT, BELGIUM, CELLAR, OSLO}),
        ("Europe", {FRANKFURT, LONDON, BELGIUM, OSLO}),
        ("north-america", {MONTREAL, CANADA_WEST}),
        ("oceania", set()),
        ("FJ", set()),
    ],
)
def test_a_word_matches_the_regions_that_lie_there(word: str, regions: set[Region]) -> None:
    assert matched(word) == regions


def test_a_region_whose_subdivision_is_unknown_never_matches_one() -> None:
    assert CANADA_WEST not in matched("CA-QC") | matched("CA-AB")


def test_a_region_whose_continent_is_unknown_never_matches_one() -> None:
    assert CELLAR not in matched("europe")


def test_london_was_in_the_union_until_it_left() -> None:
    assert LONDON in matched("EU", date(2020, 1, 31))
    assert LONDON not in matched("EU", date(2020, 2, 1))


def test_a_pattern_tells_upper_from_lower_case() -> None:
    assert matched("aws:EU-*") == set()


def test_the_words_of_law_come_before_a_provider_of_that_name() -> None:
    providers = {"EU", "DE", "europe"}
    assert parse_place("EU", providers).kind == "group"
    assert parse_place("DE", providers).kind == "country"
    assert parse_place("europe", providers).kind == "continent"
    assert parse_place("EU:*", providers).matches(Region("EU", "x", "US"), TODAY)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("de", "did you mean 'DE'?"),
        ("ca-qc", "did you mean 'CA-QC'?"),
        ("UK", "did you mean 'GB'?"),
        ("germany", "did you mean 'DE'?"),
        ("DEU", "did you mean 'DE'?"),
        ("asw", "did you mean 'aws'?"),
        ("eurpe", "did you mean 'europe'?"),
        ("eu-central-1", "did you mean 'aws:eu-central-1'?"),
        ("aws:eu-centrl-1", "there is no region 'aws:eu-centrl-1'; did you mean 'aws:eu-central-1'?"),
        ("gpc:europe-*", "there is no provider 'gpc', known are aws, azure, gcp, onprem; did you mean 'gcp'?"),
        ("aws:", "regions are written provider:region, such as gcp:europe-*"),
        (":eu", "regions are written provider:region"),
        ("XX", "an ISO 3166 country (DE) or subdivision (CA-QC), a group (EU, EEA, EFTA, eu-locations"),
        ("CA-ZZ", "use a provider (aws, azure, gcp, onprem), provider:region (gcp:europe-*)"),
        ("", "use a provider"),
        ("q" * 100_000, "use a provider"),
    ],
)
def test_an_unknown_word_is_refused_with_what_would_be_right(word: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"no place|no region") as refusal:
        parse_place(word, PROVIDERS, [region.id for region in REGIONS])
    assert hint in str(refusal.value)
    assert len(str(refusal.value)) < 500


def test_an_unknown_word_can_be_refused_without_a_suggestion() -> None:
    for word in ("de", "asw", "eu-central-1", "aws:eu-centrl-1"):
        with pytest.raises(ValueError, match=word) as refusal:
            parse_place(word, PROVIDERS, ["aws:eu-central-1"], suggest=False)
        assert "did you mean" not in str(refusal.value)


def test_a_region_is_checked_only_against_a_list_of_regions() -> None:
    assert matched("aws:nowhere") == set()


@given(
    st.sampled_from(["EU", "EEA", "DE", "CA-QC", "aws", "europe", "aws:*", "*:*west*", "gcp:europe-west1"]),
    st.lists(st.sampled_from(REGIONS), max_size=9),
    st.dates(),
)
def test_the_mask_says_what_matching_one_by_one_says(word: str, regions: list[Region], as_of: date) -> None:
    place = parse_place(word, PROVIDERS)
    assert place.mask(regions, as_of).tolist() == [place.matches(region, as_of) for region in regions]


@given(st.text())
def test_any_word_is_a_place_or_refused(word: str) -> None:
    try:
        place = parse_place(word, PROVIDERS, ["aws:eu-central-1"])
    except ValueError:
        return
    assert place.mask(REGIONS, TODAY).shape == (len(REGIONS),)


def test_the_list_of_countries_is_not_loaded_for_words_that_are_no_codes() -> None:
    program = (
        "import sys; from placement.residency.places import parse_place; "
        "parse_place('EU', {'aws'}); parse_place('aws:eu-*', {'aws'}); parse_place('asia', {'aws'}); "
        "parse_place('aws', {'aws'}); print('pycountry' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
