"""The table of where regions lie."""

import csv
from importlib.resources import files

import pycountry

from providers.known_regions import known_regions

REGIONS = known_regions("providers.gcp", "gcp")
CONTINENTS = {"africa", "asia", "europe", "north-america", "oceania", "south-america"}


def test_every_region_has_a_country_and_a_continent() -> None:
    assert len(REGIONS) > 40
    for region in REGIONS.values():
        assert pycountry.countries.get(alpha_2=region.country), region
        assert region.continent in CONTINENTS, region
        assert (region.partition, region.parent_country) == ("gcp", "US")


def test_subdivisions_are_of_their_country() -> None:
    for region in REGIONS.values():
        if region.subdivision:
            found = pycountry.subdivisions.get(code=region.subdivision)  # type: ignore[no-untyped-call]
            assert found, region
            assert found.country_code == region.country


def test_places_lie_on_the_side_of_the_world_that_their_continent_does() -> None:
    for region in REGIONS.values():
        if region.lat is not None and region.lon is not None:
            assert (region.lon < -30) == (region.continent in ("north-america", "south-america")), region
            assert region.lat > 0 or region.continent in ("africa", "asia", "oceania", "south-america"), region


def test_every_row_says_where_it_is_from() -> None:
    text = files("providers.gcp").joinpath("regions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert all(row["source"] and row["read_on"] for row in rows)
    assert [row["region"] for row in rows] == sorted({row["region"] for row in rows})
