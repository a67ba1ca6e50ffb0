import math
from dataclasses import replace

import pytest

from placement.domain.region import Region
from placement.market.distance import round_trip_ms
from tests.builders import DUBLIN, FRANKFURT, VIRGINIA


def test_frankfurt_to_virginia_takes_about_ninety_milliseconds() -> None:
    assert 80 < round_trip_ms([FRANKFURT, VIRGINIA])[0, 1] < 105


def test_a_quarter_of_the_equator_takes_as_long_as_light_in_a_fibre_one_and_four_tenths_as_long() -> None:
    quarter = [Region("onprem", name, "EC", lat=0.0, lon=lon) for name, lon in (("here", -10.0), ("there", 80.0))]
    km = math.pi / 2 * 6371
    assert round_trip_ms(quarter)[0, 1] == pytest.approx(1 + 2 * 1.4 * km / 200)


def test_the_antimeridian_is_no_wall() -> None:
    either_side = [
        Region("onprem", name, "FJ", lat=-17.0, lon=lon) for name, lon in (("east", 179.9), ("west", -179.9))
    ]
    assert round_trip_ms(either_side)[0, 1] < 2


def test_two_regions_in_one_place_are_still_two() -> None:
    twins = [FRANKFURT, replace(FRANKFURT, provider="gcp")]
    assert round_trip_ms(twins)[0, 1] == 1


def test_within_a_region_there_is_no_round_trip_and_pairs_are_symmetric() -> None:
    ms = round_trip_ms([FRANKFURT, DUBLIN, VIRGINIA])
    assert (ms.diagonal() == 0).all()
    assert (ms == ms.T).all()


def test_without_coordinates_nothing_is_within_reach() -> None:
    ms = round_trip_ms([FRANKFURT, replace(DUBLIN, lat=None), replace(DUBLIN, lon=None)])
    assert [math.isinf(number) for number in ms[0]] == [False, True, True]
    assert (ms.diagonal() == 0).all()
