"""What a word means of a region: yes, no, or nobody knows."""

from dataclasses import replace
from datetime import date

import pytest

from placement.domain.policy import Dimension, GroupMember, PolicySet
from placement.domain.region import Attestation, Region
from placement.residency.matching import all_hold, holds
from placement.residency.operators import of
from placement.residency.vocabulary import Vocabulary
from tests.residency.judging import (
    BEIJING,
    CALGARY,
    CANADA,
    CELLAR,
    FRANKFURT,
    LONDON,
    MONTREAL,
    PARIS,
    SOVEREIGN,
    TODAY,
    VIRGINIA,
)

GROUPS = (
    ("partners", (GroupMember("CH"), GroupMember("nordics"), GroupMember("aws:us-*"))),
    ("nordics", (GroupMember("NO"), GroupMember("SE"), GroupMember("FI", date(2027, 1, 1)))),
    ("once", (GroupMember("GB", None, date(2020, 1, 31)), GroupMember("DE"))),
    ("ours", (GroupMember("europe"), GroupMember("CA-QC"))),
    ("loop", (GroupMember("loop"), GroupMember("pool"), GroupMember("DE"))),
    ("pool", (GroupMember("loop"), GroupMember("FR"))),
)
WORDS = Vocabulary(PolicySet(groups=GROUPS), TODAY)
UNPARTED = replace(FRANKFURT, partition=None)


@pytest.mark.parametrize(
    ("word", "region", "truth"),
    [
        ("DE", FRANKFURT, True),
        ("FR", FRANKFURT, False),
        ("CA-QC", MONTREAL, True),
        ("CA-QC", CALGARY, False),
        ("CA-QC", CANADA, None),
        ("CA-QC", FRANKFURT, False),
        ("DE-HE", UNPARTED, True),
        ("FR-IDF", replace(PARIS, subdivision="FR-78"), True),
        ("FR-78", replace(PARIS, subdivision="FR-IDF"), None),
        ("FR-78", replace(PARIS, subdivision="FR-BRE"), False),
        ("europe", FRANKFURT, True),
        ("Europe", VIRGINIA, False),
        ("europe", CELLAR, None),
        ("EU", FRANKFURT, True),
        ("eea", LONDON, False),
        ("EFTA", replace(LONDON, country="CH"), True),
        ("eu-locations", PARIS, True),
        ("us-locations", VIRGINIA, True),
        ("asia-locations", BEIJING, False),
        ("aws:eu-*", FRANKFURT, True),
        ("aws:eu-*", SOVEREIGN, False),
        ("gcp:*", FRANKFURT, False),
        ("aws", SOVEREIGN, True),
        ("gcp", FRANKFURT, False),
        ("aws-eusc", SOVEREIGN, True),
        ("aws-eusc", FRANKFURT, False),
        ("aws-eusc", UNPARTED, None),
        ("gcp-s3ns", UNPARTED, False),
        ("own-cloud", UNPARTED, None),
        ("partners", replace(LONDON, country="SE"), True),
        ("partners", VIRGINIA, True),
        ("partners", LONDON, False),
        ("nordics", replace(LONDON, country="FI"), False),
        ("once", LONDON, False),
        ("once", FRANKFURT, True),
        ("ours", CELLAR, None),
        ("ours", CANADA, None),
        ("ours", MONTREAL, True),
        ("ours", BEIJING, False),
        ("loop", PARIS, True),
        ("loop", LONDON, False),
    ],
)
def test_a_place_word_covers_a_region_or_not_or_nobody_knows(word: str, region: Region, truth: bool | None) -> None:
    assert WORDS.covers(word, region) is truth


def test_a_member_that_joins_later_counts_from_its_day_on() -> None:
    helsinki = replace(LONDON, country="FI")
    assert Vocabulary(PolicySet(groups=GROUPS), date(2026, 12, 31)).covers("partners", helsinki) is False
    assert Vocabulary(PolicySet(groups=GROUPS), date(2027, 1, 1)).covers("partners", helsinki) is True


def test_a_member_that_left_counted_until_its_last_day() -> None:
    assert Vocabulary(PolicySet(groups=GROUPS), date(2020, 1, 31)).covers("once", LONDON) is True
    assert Vocabulary(PolicySet(groups=GROUPS), date(2020, 2, 1)).covers("once", LONDON) is False


def test_a_group_of_ones_own_cannot_change_what_the_law_calls_by_that_name() -> None:
    words = Vocabulary(PolicySet(groups=(("EU", (GroupMember("US"),)), ("DE", (GroupMember("US"),)))), TODAY)
    assert words.covers("EU", VIRGINIA) is False
    assert words.covers("DE", VIRGINIA) is False


HELD = (
    Attestation("iso-27001", date(2020, 1, 1)),
    Attestation("soc-2", date(2020, 1, 1), date(2026, 11, 24)),
    Attestation("c5", date(2020, 1, 1), TODAY),
    Attestation("hds", date(2026, 11, 26)),
    Attestation("pci-dss", date(2020, 1, 1), date(2021, 1, 1)),
    Attestation("pci-dss", date(2026, 1, 1)),
)
HOLDER = replace(FRANKFURT, attestations=HELD)


@pytest.mark.parametrize(
    ("dimension", "words", "region", "truth"),
    [
        (Dimension.PROVIDER, ["gcp", "aws"], FRANKFURT, True),
        (Dimension.PROVIDER, ["gcp"], FRANKFURT, False),
        (Dimension.PARTITION, ["aws-*"], SOVEREIGN, True),
        (Dimension.PARTITION, ["aws-eusc"], FRANKFURT, False),
        (Dimension.PARTITION, ["aws-eusc"], UNPARTED, None),
        (Dimension.OPERATOR, ["s3ns"], PARIS, True),
        (Dimension.OPERATOR, ["*sinnet*"], BEIJING, True),
        (Dimension.OPERATOR, ["S3NS"], FRANKFURT, False),
        (Dimension.OPERATOR, ["S3NS"], UNPARTED, None),
        (Dimension.OPERATOR_COUNTRY, ["EU"], SOVEREIGN, True),
        (Dimension.OPERATOR_COUNTRY, ["EU"], FRANKFURT, False),
        (Dimension.OPERATOR_COUNTRY, ["nordics", "DE"], CELLAR, True),
        (Dimension.PARENT_COUNTRY, ["US"], SOVEREIGN, True),
        (Dimension.PARENT_COUNTRY, ["US"], BEIJING, None),
        (Dimension.PARENT_COUNTRY, ["ours"], SOVEREIGN, None),
        (Dimension.ATTESTATION, ["iso-27001"], HOLDER, True),
        (Dimension.ATTESTATION, ["ISO-27001", "c5"], HOLDER, True),
        (Dimension.ATTESTATION, ["soc-2"], HOLDER, False),
        (Dimension.ATTESTATION, ["hds"], HOLDER, False),
        (Dimension.ATTESTATION, ["pci-dss"], HOLDER, True),
        (Dimension.ATTESTATION, ["fedramp"], HOLDER, None),
        (Dimension.ATTESTATION, ["iso-27001", "fedramp"], HOLDER, None),
        (Dimension.ATTESTATION, ["soc-2", "fedramp"], HOLDER, False),
        (Dimension.ATTESTATION, ["iso-27001"], FRANKFURT, None),
    ],
)
def test_a_dimension_holds_or_not_or_nobody_knows(
    dimension: Dimension, words: list[str], region: Region, truth: bool | None
) -> None:
    assert holds(dimension, words, of(region), WORDS) is truth


@pytest.mark.parametrize(
    ("place", "operator", "truth"),
    [("DE", "DE", False), ("DE", "US", True), ("FR", "US", False), ("europe", "US", True)],
)
def test_all_dimensions_must_hold(place: str, operator: str, truth: bool) -> None:
    terms = ((Dimension.PLACE, (place,)), (Dimension.OPERATOR_COUNTRY, (operator,)))
    assert all_hold(terms, of(FRANKFURT), WORDS) is truth


def test_what_is_false_is_not_made_unknown_by_what_else_is_unknown() -> None:
    terms = ((Dimension.PLACE, ("FR",)), (Dimension.OPERATOR, ("S3NS",)))
    assert all_hold(terms, UNPARTED, WORDS) is False


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("EU", "DE", True),
        ("EU", "EEA", True),
        ("NO", "EU", False),
        ("CA", "CA-QC", True),
        ("CA-QC", "CA-ON", False),
        ("nordics", "NO", True),
        ("nordics", "FI", False),
        ("ours", "JP", True),
        ("moon", "moon", True),
    ],
)
def test_two_words_mean_some_of_the_same_people(one: str, other: str, same: bool) -> None:
    assert WORDS.same_people(one, other) is same
    assert WORDS.same_people(other, one) is same
