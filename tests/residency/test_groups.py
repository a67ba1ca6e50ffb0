from datetime import date

import pycountry
import pytest

from placement.residency.groups import GROUPS, countries_of, is_group, memberships

TODAY = date(2026, 11, 1)
FOUNDERS = {"BE", "DE", "FR", "IT", "LU", "NL"}


def test_the_european_union_has_27_members_today() -> None:
    members = countries_of("EU", TODAY)
    assert len(members) == 27
    assert members >= FOUNDERS | {"HR", "IE", "CY"}
    assert not members & {"GB", "CH", "NO"}


def test_the_economic_area_is_the_union_and_three_more() -> None:
    assert countries_of("EEA", TODAY) == countries_of("EU", TODAY) | {"IS", "LI", "NO"}


@pytest.mark.parametrize(("day", "is_member"), [(date(2020, 1, 31), True), (date(2020, 2, 1), False)])
@pytest.mark.parametrize("group", ["EU", "EEA", "eu-locations"])
def test_the_united_kingdom_belongs_to_neither_after_its_last_day(group: str, day: date, is_member: bool) -> None:
    assert ("GB" in countries_of(group, day)) is is_member


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(1957, 12, 31), 0),
        (date(1958, 1, 1), 6),
        (date(1973, 1, 1), 9),
        (date(1981, 1, 1), 10),
        (date(1986, 1, 1), 12),
        (date(1995, 1, 1), 15),
        (date(2004, 4, 30), 15),
        (date(2004, 5, 1), 25),
        (date(2007, 1, 1), 27),
        (date(2013, 7, 1), 28),
        (date(2020, 2, 1), 27),
    ],
)
def test_the_union_grew_on_these_days(day: date, count: int) -> None:
    assert len(countries_of("EU", day)) == count


@pytest.mark.parametrize(
    ("day", "members"),
    [
        (date(1960, 5, 2), set()),
        (date(1960, 5, 3), {"AT", "CH", "DK", "GB", "NO", "PT", "SE"}),
        (date(1990, 1, 1), {"AT", "CH", "FI", "IS", "NO", "SE"}),
        (TODAY, {"CH", "IS", "LI", "NO"}),
    ],
)
def test_the_free_trade_association_had_these_members(day: date, members: set[str]) -> None:
    assert countries_of("EFTA", day) == members


def test_there_are_groups_as_the_clouds_have_them() -> None:
    assert countries_of("eu-locations", TODAY) == countries_of("EU", TODAY)
    assert countries_of("us-locations", TODAY) == {"US"}
    assert countries_of("US-Locations", date.min) == {"US"}
    assert countries_of("asia-locations", TODAY) >= {"JP", "IN", "SG"}


def test_a_group_may_be_written_in_any_case() -> None:
    assert is_group("eea")
    assert countries_of("eu", TODAY) == countries_of("EU", TODAY)


def test_a_word_that_is_no_group_has_no_members() -> None:
    assert not is_group("DE")
    with pytest.raises(ValueError, match="'ASEAN' is not a group of countries, those are EU, EEA"):
        countries_of("ASEAN", TODAY)


def test_every_row_is_a_country_with_a_source_and_a_day_of_reading() -> None:
    codes = {country.alpha_2 for country in pycountry.countries}
    for row in memberships():
        assert row.country in codes
        assert "https://" in row.source or "http://" in row.source
        assert row.read_on >= date(2026, 11, 1)
        assert row.valid_to is None or row.valid_from < row.valid_to
    assert {row.group for row in memberships()} == set(GROUPS)


def test_no_country_stands_in_a_group_twice() -> None:
    pairs = [(row.group, row.country) for row in memberships()]
    assert len(pairs) == len(set(pairs))
