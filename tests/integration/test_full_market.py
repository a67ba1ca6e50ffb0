"""The full market, a folder outside of this project that PLACEMENT_FULL_MARKET names."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from placement.domain.money import NanoUsd
from placement.domain.sweep import Sweep
from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.integration.postgresql import running_server
from tests.store.market import HOUR, NOON, contents

PRICES = 163_035


@pytest.fixture(scope="module")
def market() -> Sweep:
    folder = os.environ.get("PLACEMENT_FULL_MARKET")
    if not folder:
        pytest.skip("PLACEMENT_FULL_MARKET names no folder")
    return PriceSheets(Path(folder)).sweep()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = Store.open(f"sqlite:///{tmp_path / 'market.db'}")
        opened.upgrade()
        yield opened
        opened.close()
        return
    server = running_server()
    with server.database() as name:
        opened = Store.open(server.url(name))
        opened.upgrade()
        yield opened
        opened.close()


def test_the_full_market_is_read_whole(market: Sweep) -> None:
    counts = (len(market.prices), len(market.regions), len(market.instance_types))
    assert counts == (PRICES, 133, 3097)


def test_the_full_market_is_stored_once_and_rebuilt_exactly(market: Sweep, store: Store) -> None:
    first = store.save_sweep(market, NOON)
    assert (first.rows, first.changed, first.ended) == (PRICES, PRICES, 0)
    before = contents(store.catalog())
    assert len(before["offerings"]["region"]) == PRICES
    assert sum(before["offerings"]["nano_usd_per_hour"]) == sum(p.usd_per_hour for p in market.prices)

    again = store.save_sweep(market, NOON + HOUR)
    assert (again.changed, again.ended) == (0, 0)
    doubled = [replace(p, usd_per_hour=NanoUsd(p.usd_per_hour * 2)) for p in market.prices[:1000]]
    third = store.save_sweep(replace(market, prices=[*doubled, *market.prices[1001:]]), NOON + 2 * HOUR)
    assert (third.changed, third.ended) == (1000, 1)
    assert len(store.catalog().offerings) == PRICES - 1
    assert contents(store.catalog(1)) == before
    assert sum(sum(row.offerings.values()) for row in store.freshness()) == PRICES - 1
