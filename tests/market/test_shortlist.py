"""The shortlist is exact: it finds what a scan of every row finds."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placement.domain.fleet import Globs, Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.market.catalog import Catalog
from placement.market.shortlist import Screened, cheapest
from placement.optimizer.constraints.screens import SCREENS
from tests.builders import DUBLIN, FRANKFURT, TODAY, catalog, offering, workload
from tests.market.random_markets import random_catalog, random_workload

randoms = st.randoms(use_true_random=False)


def scan(market: Catalog, asked: Workload, kinds: tuple[CapacityType, ...]) -> list[int]:
    """Rows that no screen rejects, one by one."""
    rows = range(len(market.offerings))
    return [
        row
        for row in rows
        if (offer := market.offering(row)).capacity_type in kinds
        and all(screen.rejects(asked, offer, TODAY) is None for screen in SCREENS)
    ]


@given(randoms, st.integers(1, 8))
def test_the_cheapest_are_those_of_a_full_scan_with_ties_in_catalog_order(draw: Random, top: int) -> None:
    market, asked = random_catalog(draw), random_workload(draw)
    found = cheapest(Screened(asked, market, SCREENS, TODAY), asked.capacity.types, top)
    scanned = scan(market, asked, asked.capacity.types)
    by_price = sorted(scanned, key=lambda row: (market.offering(row).usd_per_hour, row))
    assert found.tolist() == by_price[:top]


def test_the_cheapest_are_found_beyond_the_first_chunk_of_rows() -> None:
    elsewhere = [offering(FRANKFURT, 0.01, zone=f"z{number}") for number in range(2100)]
    market = catalog([offering(DUBLIN, 0.005), *elsewhere, offering(DUBLIN, 0.5), offering(DUBLIN, 0.4)])
    asked = Screened(workload(places=Globs(allow=("IE",))), market, SCREENS, TODAY)
    found = cheapest(asked, (CapacityType.ON_DEMAND,), 2)
    assert [market.offering(int(row)).usd_per_hour for row in found] == [5_000_000, 400_000_000]


def test_where_nothing_fits_the_shortlist_is_empty() -> None:
    asked = Screened(workload(vcpus=512), catalog([offering()]), SCREENS, TODAY)
    assert cheapest(asked, (CapacityType.ON_DEMAND, CapacityType.SPOT), 3).tolist() == []


@given(randoms)
def test_admissible_rows_are_those_of_a_full_scan(draw: Random) -> None:
    market, asked = random_catalog(draw), random_workload(draw)
    screened = Screened(asked, market, SCREENS, TODAY)
    assert np.flatnonzero(screened.admissible()).tolist() == scan(market, asked, CAPACITY_TYPES)
    for kind in CapacityType:
        for cheapest_first in (False, True):
            rows = np.concatenate([[], *screened.rows(kind, cheapest_first=cheapest_first)])
            assert sorted(rows.tolist()) == scan(market, asked, (kind,))


@given(randoms)
def test_segments_hold_each_region_and_capacity_type_cheapest_first(draw: Random) -> None:
    market = random_catalog(draw)
    columns, seen = market.offerings, 0
    for region in range(len(market.regions)):
        for kind in CapacityType:
            rows = market.segment(region, kind)
            assert set(columns.region[rows]) <= {region}
            assert set(columns.capacity_type[rows]) <= {CAPACITY_TYPES.index(kind)}
            prices = columns.nano_usd_per_hour[rows].tolist()
            assert prices == sorted(prices)
            seen += len(prices)
    assert seen == len(columns)


@given(randoms)
def test_rows_by_price_hold_each_capacity_type_once_and_cheapest_first(draw: Random) -> None:
    market = random_catalog(draw)
    price = market.offerings.nano_usd_per_hour
    for kind in CapacityType:
        rows = market.rows_by_price(kind).tolist()
        of_kind = [row for row in range(len(price)) if market.offering(row).capacity_type is kind]
        assert rows == sorted(of_kind, key=lambda row: (price[row], row))
