"""Many series at once say what the history of each says alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from placement.domain.sweep import Price, PricedTariff
from placement.store.history import Subject
from placement.store.price_series import Named
from placement.store.repository import Store
from tests.builders import tariff
from tests.store.market import API, DUBLIN, FRANKFURT, HOUR, NOON, ON_DEMAND, SPOT, observed, price, sweep

WHERE = {FRANKFURT.name: FRANKFURT, DUBLIN.name: DUBLIN}


def swept(store: Store, hours: float, *prices: Price, source: str = "cloud", past: Sequence[Price] = ()) -> None:
    now = NOON + hours * HOUR
    found = sweep(*observed(now, prices), source=source, kind=API, past_prices=past)
    store.save_sweep(found, now, accept_loss=True)


@pytest.fixture
def busy(store: Store) -> Store:
    """Changes, a stated time, a withdrawal and return, zones, another source, and a told past."""
    told = [price(0.5, effective_from=NOON - 30 * HOUR), price(0.6, effective_from=NOON - 20 * HOUR)]
    swept(store, 0, price(0.1), price(0.03, SPOT, zone="a"), price(0.2, region=DUBLIN), past=told)
    swept(store, 1, price(0.1), price(0.04, SPOT, zone="a"))
    swept(store, 2, price(0.3, effective_from=NOON + 1.5 * HOUR), price(0.04, SPOT, zone="a"))
    swept(store, 3, price(0.15), source="other")
    swept(store, 4, price(0.1, effective_from=NOON - 40 * HOUR), price(0.2, region=DUBLIN))
    return store


@pytest.mark.parametrize("window", [(-100, 100), (-25, 0.5), (0, 4), (1.75, 3.5), (2, 2.5), (5, 9), (-100, -99)])
def test_series_are_those_of_the_history(busy: Store, window: tuple[float, float]) -> None:
    since, until = (NOON + hours * HOUR for hours in window)
    names = [
        Named(f"aws:{region}", "m.large", bought, zone)
        for region in WHERE
        for bought, zone in ((ON_DEMAND, None), (SPOT, "a"))
    ]
    known = busy.price_series(names, since, until)
    for name in names:
        subject = Subject("aws", name.region.removeprefix("aws:"), "m.large", name.capacity_type)
        alone: dict[str, list[tuple[int, int | None]]] = {}
        for point in busy.price_history(subject, since, until - timedelta(seconds=1)):
            alone.setdefault(point.source, []).append((int(point.since.timestamp()), point.usd_per_hour))
        assert {source: list(steps) for source, steps in known.get(name, {}).items()} == alone


def test_only_what_is_asked_for_is_told(busy: Store) -> None:
    wanted = Named("aws:eu-central-1", "m.large", SPOT, "a")
    assert list(busy.price_series([wanted, replace(wanted, instance_type="none")], NOON, NOON + HOUR)) == [wanted]
    assert busy.price_series([], NOON, NOON + HOUR) == {}


def test_a_version_is_found_by_its_time(busy: Store) -> None:
    hours = (-1, 0, 0.5, 3, 99)
    assert [busy.version_at(NOON + hour * HOUR) for hour in hours] == [None, 1, 1, 4, 5]


def test_only_changes_of_tariffs_are_told(store: Store) -> None:
    for hour, usd in enumerate((0.09, 0.09, 0.08)):
        row = PricedTariff(tariff("aws", "*", "internet", (0, usd)), date(2026, 10, 1))
        store.save_sweep(sweep(price(0.1 + hour), egress=[row]), NOON + hour * HOUR)
    assert store.changed_tariffs(NOON - HOUR, NOON + 9 * HOUR) == [NOON, NOON + 2 * HOUR]
    assert store.changed_tariffs(NOON, NOON + 2 * HOUR) == []
