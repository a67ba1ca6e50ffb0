"""What an offering cost over time, from what sweeps saw and from what sources tell of the past."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from placement.domain.errors import BadInput
from placement.domain.offering import InstanceType
from placement.domain.sweep import Price
from placement.store import tables
from placement.store.history import PricePoint, Subject
from placement.store.repository import Store
from tests.store.market import (
    API,
    DUBLIN,
    FRANKFURT,
    HOUR,
    LARGE,
    NOON,
    ON_DEMAND,
    SMALL,
    SPOT,
    contents,
    observed,
    price,
    sweep,
)
from tests.store.rows import all_rows

LARGE_IN_FRANKFURT = Subject("aws", FRANKFURT.name, LARGE.name)
Shown = list[tuple[float, float | None, bool]]
"""(hours after NOON, USD an hour, stated)"""


def swept(store: Store, hours: float, *prices: Price, source: str = "cloud", past: Sequence[Price] = ()) -> None:
    """A sweep at that time, which sees all of its prices then."""
    now = NOON + hours * HOUR
    listed = observed(now, prices)
    store.save_sweep(sweep(*listed, source=source, kind=API, past_prices=past), now, accept_loss=True)


def since(hours: float) -> datetime:
    return NOON + hours * HOUR


def told(hours: float, usd: float, **others: Any) -> Price:
    return price(usd, effective_from=since(hours), **others)


def points(
    store: Store, from_hours: float = -1000, to_hours: float = 1000, subject: Subject = LARGE_IN_FRANKFURT
) -> list[PricePoint]:
    return store.price_history(subject, since(from_hours), since(to_hours))


def shown(found: Sequence[PricePoint]) -> Shown:
    return [
        (
            (point.since - NOON) / HOUR,
            None if point.usd_per_hour is None else point.usd_per_hour / 1e9,
            point.stated,
        )
        for point in found
    ]


def test_each_change_that_sweeps_saw_is_a_point_first_seen_then(store: Store) -> None:
    for hours, usd in enumerate((0.1, 0.2, 0.3)):
        swept(store, hours, price(usd))
    assert points(store) == [
        PricePoint("cloud", None, ON_DEMAND, since(hours), price(usd).usd_per_hour, False)
        for hours, usd in enumerate((0.1, 0.2, 0.3))
    ]


def test_the_price_that_holds_when_the_window_opens_is_shown_with_its_own_time(store: Store) -> None:
    for hours, usd in enumerate((0.1, 0.2, 0.3, 0.4)):
        swept(store, hours, price(usd))
    assert shown(points(store, 1.5, 2.5)) == [(1, 0.2, False), (2, 0.3, False)]
    assert shown(points(store, 1, 2)) == [(1, 0.2, False), (2, 0.3, False)], "both ends are inside"
    assert shown(points(store, 50, 60)) == [(3, 0.4, False)]
    assert shown(points(store, -3, -1)) == []
    assert shown(points(store, -3, 0)) == [(0, 0.1, False)]


def test_prices_that_did_not_change_are_one_point(store: Store) -> None:
    for hours in range(3):
        swept(store, hours, price(0.1, note=f"page {hours}", capacity=hours))
    assert shown(points(store)) == [(0, 0.1, False)]


def test_an_offering_that_is_gone_has_a_point_without_a_price_until_it_is_back(store: Store) -> None:
    other = price(1, region=DUBLIN)
    swept(store, 0, price(0.1), other)
    swept(store, 1, other)
    swept(store, 2, other)
    assert shown(points(store)) == [(0, 0.1, False), (1, None, False)]
    swept(store, 3, price(0.1), other)
    assert shown(points(store)) == [(0, 0.1, False), (1, None, False), (3, 0.1, False)]
    assert shown(points(store, 1.5, 2)) == [(1, None, False)]


def test_a_price_counts_from_when_its_source_says_that_it_holds(store: Store) -> None:
    swept(store, 0, told(-100, 0.1))
    swept(store, 1, told(0.5, 0.2))
    swept(store, 2, price(0.3))
    assert shown(points(store)) == [(-100, 0.1, True), (0.5, 0.2, True), (2, 0.3, False)]


def test_an_offering_that_comes_back_at_an_old_price_is_back_since_it_was_seen_again(store: Store) -> None:
    """A list price holds since long ago, by the source's word; while it was gone nobody could pay it."""
    other = price(1, region=DUBLIN)
    swept(store, 0, told(-100, 0.1), other)
    swept(store, 1, other)
    swept(store, 2, told(-100, 0.1), other)
    assert shown(points(store)) == [(-100, 0.1, True), (1, None, False), (2, 0.1, False)]
    swept(store, 3, other)
    swept(store, 4, told(3.5, 0.2), other)
    assert shown(points(store))[3:] == [(3, None, False), (3.5, 0.2, True)]


def test_the_price_of_now_is_the_last_point_whatever_its_source_says_since_when(store: Store) -> None:
    swept(store, 0, told(-1, 0.1))
    swept(store, 1, told(-5, 0.2))
    assert shown(points(store)) == [(-1, 0.1, True), (1, 0.2, False)]


def test_prices_of_one_moment_are_shown_as_the_last_of_them(store: Store) -> None:
    swept(store, 0, price(0.1))
    swept(store, 0, price(0.2))
    assert shown(points(store))[-1] == (0, 0.2, False)


def test_what_a_source_tells_of_the_past_comes_before_what_was_seen(store: Store) -> None:
    swept(store, 0, told(-1, 0.3), past=(told(-3, 0.1), told(-2, 0.2)))
    assert shown(points(store)) == [(-3, 0.1, True), (-2, 0.2, True), (-1, 0.3, True)]


def test_what_is_told_fills_in_what_happened_between_sweeps(store: Store) -> None:
    swept(store, 0, told(-1, 0.1))
    swept(store, 4, told(3, 0.4), past=(told(-1, 0.1), told(1, 0.2), told(2, 0.3)))
    assert [usd for _, usd, _ in shown(points(store))] == [0.1, 0.2, 0.3, 0.4]
    assert shown(points(store, 1.5, 2.5)) == [(1, 0.2, True), (2, 0.3, True)]


def test_what_is_told_is_part_of_no_catalog(store: Store) -> None:
    swept(store, 0, told(-1, 0.3))
    before = contents(store.catalog())
    swept(store, 0, told(-1, 0.3), past=(told(-3, 0.1), told(-2, 0.2, kind=SMALL)))
    assert contents(store.catalog()) == before | {"version": 2}
    assert shown(points(store, subject=replace(LARGE_IN_FRANKFURT, instance_type=SMALL.name))) == [(-2, 0.2, True)]


def test_the_past_that_is_told_again_writes_nothing(store: Store) -> None:
    past = (told(-3, 0.1), told(-2, 0.2), told(-2, 0.3, capacity_type=SPOT, zone="a"), told(-1, 0.1))
    swept(store, 0, price(0.5), past=past)
    before = all_rows(store)
    swept(store, 1, price(0.5), past=past)
    swept(store, 2, price(0.5), past=past[1:])
    swept(store, 3, price(0.5), past=(*past, *past))
    after = all_rows(store)
    assert len(after.pop("collection")) == len(before.pop("collection")) + 3
    assert after == before


def test_a_window_whose_edge_moves_on_writes_only_what_is_new(store: Store) -> None:
    """A history of the last days begins with the price that held then, as if it had changed at that moment."""
    swept(store, 0, past=(told(-10, 0.1), told(-5, 0.2)))
    swept(store, 1, past=(told(-9, 0.1), told(-5, 0.2)))
    swept(store, 6, past=(told(-4, 0.2), told(5, 0.3)))
    assert shown(points(store)) == [(-10, 0.1, True), (-5, 0.2, True), (5, 0.3, True)]
    assert len(all_rows(store)["past_price"]) == 3


def test_a_past_without_a_beginning_is_refused_and_changes_nothing(store: Store) -> None:
    before = all_rows(store)
    with pytest.raises(
        BadInput, match=r"cloud tells a past price of m\.large on_demand in aws:eu-central-1 and not since when"
    ):
        swept(store, 0, price(0.1), past=(price(0.1),))
    assert all_rows(store) == before


def test_more_offerings_than_one_statement_asks_about_keep_their_own_past(store: Store) -> None:
    types = tuple(InstanceType("aws", f"t{number:04}", 1, 2) for number in range(1203))
    past = [told(-3 - number % 7, 0.1 + number % 5, kind=kind) for number, kind in enumerate(types)]
    past += [told(-1, 0.01, kind=kind) for kind in types]
    for _ in range(2):
        store.save_sweep(sweep(source="cloud", kind=API, instance_types=types, past_prices=past), NOON)
        assert len(all_rows(store)["past_price"]) == len(past)
    for number in (0, 499, 500, 999, 1202):
        found = points(store, subject=replace(LARGE_IN_FRANKFURT, instance_type=types[number].name))
        assert shown(found) == [(-3 - number % 7, 0.1 + number % 5, True), (-1, 0.01, True)]


def test_zones_and_capacity_types_and_sources_are_series_of_their_own(store: Store) -> None:
    swept(store, 0, price(0.1), price(0.03, SPOT, zone="a"), price(0.04, SPOT, zone="b"))
    swept(store, 1, price(0.1), source="other")
    swept(store, 2, price(0.1), price(0.05, SPOT, zone="a"), price(0.04, SPOT, zone="b"))
    assert [(p.source, p.zone, p.capacity_type, (p.since - NOON) / HOUR) for p in points(store)] == [
        ("cloud", None, ON_DEMAND, 0),
        ("cloud", "a", SPOT, 0),
        ("cloud", "a", SPOT, 2),
        ("cloud", "b", SPOT, 0),
        ("other", None, ON_DEMAND, 1),
    ]
    in_zone = points(store, subject=replace(LARGE_IN_FRANKFURT, zone="a"))
    assert shown(in_zone) == [(0, 0.03, False), (2, 0.05, False)]
    assert {p.capacity_type for p in points(store, subject=replace(LARGE_IN_FRANKFURT, capacity_type=ON_DEMAND))} == {
        ON_DEMAND
    }
    assert len(points(store, 3, 4)) == 4, "each series has the price that holds when the window opens"


@pytest.mark.parametrize(
    "other", [{"provider": "gcp"}, {"region": DUBLIN.name}, {"instance_type": SMALL.name}, {"zone": "b"}]
)
def test_what_was_not_asked_for_is_not_shown(store: Store, other: dict[str, Any]) -> None:
    swept(store, 0, price(0.1, zone="a"), price(0.2, SPOT, DUBLIN), past=(told(-1, 0.3, zone="a"),))
    expected = [(0.0, 0.2, False)] if "region" in other else []
    assert shown(points(store, subject=replace(LARGE_IN_FRANKFURT, **other))) == expected


_numbers = count()
DAY = timedelta(days=1)


def past_points(store: Store) -> int:
    with store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(tables.past_price)).scalar_one()


@st.composite
def windows(draw: st.DrawFn) -> list[tuple[int, int]]:
    """(first, last) of some windows, in any order, that together leave no gap."""
    found = [(start := draw(st.integers(0, 20)), start + draw(st.integers(0, 10)))]
    for _ in range(draw(st.integers(0, 6))):
        low, high = min(first for first, _ in found), max(last for _, last in found)
        first = draw(st.integers(max(0, low - 10), high))
        found.append((first, max(low, first + draw(st.integers(0, 10)))))
    return draw(st.permutations(found))


# Each example has an instance type of its own in the store that all share.
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(daily=st.lists(st.integers(1, 3), min_size=50, max_size=50), told_windows=windows(), as_changes=st.booleans())
def test_overlapping_windows_of_one_history_give_exactly_its_changes(
    store: Store, daily: list[int], told_windows: list[tuple[int, int]], as_changes: bool
) -> None:
    kind = InstanceType("aws", f"own-{next(_numbers)}", 1, 2)
    for first, last in told_windows:
        days = [d for d in range(first, last + 1) if not as_changes or d == first or daily[d] != daily[d - 1]]
        past = tuple(price(daily[d], SPOT, kind=kind, effective_from=NOON + d * DAY) for d in days)
        one = sweep(source="cloud", kind=API, instance_types=(kind,), past_prices=past)
        store.save_sweep(one, NOON + 100 * DAY)
    begin, end = min(first for first, _ in told_windows), max(last for _, last in told_windows)
    changes = [(begin, daily[begin])]
    changes += [
        (later, daily[later]) for earlier, later in pairwise(range(begin, end + 1)) if daily[later] != daily[earlier]
    ]
    found = store.price_history(Subject("aws", FRANKFURT.name, kind.name), NOON - DAY, NOON + 200 * DAY)
    assert [((p.since - NOON) // DAY, (p.usd_per_hour or 0) / 1e9) for p in found] == changes
    before = past_points(store)
    whole = tuple(price(daily[d], SPOT, kind=kind, effective_from=NOON + d * DAY) for d in range(begin, end + 1))
    store.save_sweep(sweep(source="cloud", kind=API, instance_types=(kind,), past_prices=whole), NOON + 100 * DAY)
    assert past_points(store) == before
