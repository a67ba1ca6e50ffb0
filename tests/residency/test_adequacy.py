from datetime import date

import pycountry
import pytest

from placement.residency.adequacy import adequate, decisions
from placement.residency.groups import countries_of, is_group
from tests.residency.judging import TODAY


def unconditional(origin: str, as_of: date = TODAY) -> set[str]:
    """Countries that are adequate whoever the importer is."""
    countries = {country.alpha_2 for country in pycountry.countries}
    return {to for to in countries if any(not d.conditions for d in adequate(origin, to, as_of))}


def test_every_row_has_known_places_a_source_and_a_day_of_reading() -> None:
    codes = {country.alpha_2 for country in pycountry.countries}
    for row in decisions():
        assert all(is_group(word) or word in codes for word in (row.origin, row.destination))
        assert len(row.source) > 20
        assert row.read_on >= date(2026, 11, 1)
        assert row.valid_to is None or row.valid_from < row.valid_to


def test_no_decision_stands_there_twice() -> None:
    rows = [(row.origin, row.destination, row.valid_from) for row in decisions()]
    assert len(rows) == len(set(rows))


def test_the_unions_list_is_the_fourteen_and_brazil() -> None:
    outside = unconditional("DE") - countries_of("EEA", TODAY)
    assert outside == {"AD", "AR", "BR", "CH", "FO", "GB", "GG", "IL", "IM", "JE", "JP", "KR", "NZ", "UY"}


@pytest.mark.parametrize(
    ("day", "holds"), [(date(2026, 1, 25), False), (date(2026, 1, 26), True), (date(2026, 11, 25), True)]
)
def test_brazil_is_adequate_for_the_union_from_its_decision_on(day: date, holds: bool) -> None:
    assert ("BR" in unconditional("FR", day)) is holds


def test_brazil_is_not_yet_adequate_for_the_three_of_the_economic_area_that_are_not_in_the_union() -> None:
    assert [bool(adequate(country, "BR", TODAY)) for country in ("IS", "LI", "NO", "SE")] == [False, False, False, True]


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2021, 6, 27), False),
        (date(2021, 6, 28), True),
        (date(2025, 6, 28), True),
        (date(2025, 12, 19), True),
        (date(2025, 12, 28), True),
        (date(2031, 12, 27), True),
        (date(2031, 12, 28), False),
    ],
)
def test_the_united_kingdom_is_adequate_without_a_gap_until_its_last_day(day: date, holds: bool) -> None:
    assert ("GB" in unconditional("NO", day)) is holds


@pytest.mark.parametrize(
    ("origin", "destination", "words"),
    [
        ("DE", "CA", "commercial organisation"),
        ("DE", "US", "certified under the EU-US Data Privacy Framework"),
        ("GB", "US", "UK Extension"),
        ("CH", "US", "Swiss-US Data Privacy Framework"),
        ("CH", "CA", "PIPEDA"),
    ],
)
def test_canada_and_the_united_states_are_adequate_only_for_some_importers(
    origin: str, destination: str, words: str
) -> None:
    (decision,) = adequate(origin, destination, TODAY)
    assert words in decision.conditions
    assert destination not in unconditional(origin)


def test_the_lists_of_the_exporters_differ() -> None:
    assert "KR" in unconditional("GB")
    assert "JP" in unconditional("GB")
    assert not {"JP", "KR"} & unconditional("CH")
    assert "MC" in unconditional("CH")
    assert "MC" not in unconditional("DE")


def test_inside_the_economic_area_nothing_is_a_third_country_since_the_regulation_holds_there() -> None:
    assert {"NO", "IS", "LI", "FR"} <= unconditional("DE")
    assert not adequate("DE", "NO", date(2018, 7, 19))
    assert adequate("DE", "NO", date(2018, 7, 20))


def test_a_country_that_decides_nothing_has_no_list() -> None:
    assert unconditional("IN") == set()
