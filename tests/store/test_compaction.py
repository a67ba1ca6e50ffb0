"""What is old and not needed goes; every decision, and all of the time that is kept, stay as they were."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.errors import BadInput
from placement.domain.money import rate_from_usd
from placement.domain.region import Attestation
from placement.domain.sweep import CapacityHint, FailedCollection, Price, PricedTariff, Refused, StorageRate, Sweep
from placement.market.catalog import Catalog
from placement.store.compaction import Compacted
from placement.store.history import PricePoint, Subject
from placement.store.repository import Store
from tests.builders import tariff
from tests.store.market import (
    API,
    DUBLIN,
    FRANKFURT,
    HOUR,
    LARGE,
    NOON,
    SMALL,
    SPOT,
    contents,
    figure,
    observed,
    price,
    sweep,
)
from tests.store.rows import all_rows, empty
from tests.store.test_rebuilding import expected, shown, sweeps

ALWAYS = (NOON - 1000 * HOUR, NOON + 1000 * HOUR)
NOTHING = Compacted(0, 0, 0, 0)
LARGE_IN_FRANKFURT = Subject("aws", FRANKFURT.name, LARGE.name)


def swept(store: Store, hours: float, *prices: Price, **others: Any) -> int:
    """The version of a sweep at that time, which sees all of its prices then."""
    now = NOON + hours * HOUR
    return store.save_sweep(sweep(*observed(now, prices), **({"kind": API} | others)), now, accept_loss=True).version


def decided(store: Store, version: int, *rows: int, name: str = "") -> None:
    """A decision on the version that uses these rows of its catalog."""
    catalog = store.catalog(version)
    used = [catalog.offering(row) for row in rows]
    answer = {
        "placements": [
            {
                "workload": "web",
                "assignments": [
                    {
                        "region": offering.region.id,
                        "zone": offering.zone,
                        "instance_type": offering.instance_type.name,
                        "capacity_type": offering.capacity_type.value,
                    }
                    for offering in used
                ],
            }
        ]
    }
    store.save_decision(name or f"d-{version}", catalog.as_of, "shop", version, "{}", json.dumps(answer))


def history(store: Store, catalog: Catalog, row: int, begin: datetime = ALWAYS[0]) -> list[PricePoint]:
    offering = catalog.offering(row)
    place, kind = offering.region, offering.instance_type
    subject = Subject(place.provider, place.name, kind.name, offering.capacity_type, offering.zone)
    points = store.price_history(subject, begin, ALWAYS[1])
    return [point for point in points if point.zone == offering.zone]


def test_versions_before_the_time_go_and_those_since_stay(store: Store) -> None:
    versions = [swept(store, hours, price(0.1 + hours)) for hours in range(5)]
    then = [contents(store.catalog(version)) for version in versions]
    done = store.compact(NOON + 2 * HOUR)
    assert (done.versions, done.change_points) == (2, 2)
    assert [contents(store.catalog(version)) for version in versions[2:]] == then[2:]
    for version in versions[:2]:
        words = f"catalog version {version} was compacted and can no longer be rebuilt; the newest is 5"
        with pytest.raises(BadInput, match=words):
            store.catalog(version)
    assert [done.version for done in store.collections()] == versions, "the records of all collections stay"


def test_the_newest_version_stays_however_old_it_is(store: Store) -> None:
    for hours in range(3):
        swept(store, hours, price(0.1 + hours))
    newest = contents(store.catalog())
    assert store.compact(NOON + 500 * HOUR).versions == 2
    assert contents(store.catalog()) == newest


def test_there_may_be_nothing_to_remove(store: Store) -> None:
    assert store.compact(NOON) == NOTHING
    swept(store, 0, price(0.1))
    swept(store, 1, price(0.2))
    before = all_rows(store)
    assert store.compact(NOON) == NOTHING
    assert all_rows(store) == before


def test_a_version_that_a_decision_stands_on_stays_and_those_around_it_go(store: Store) -> None:
    versions = [swept(store, hours, price(0.1 + hours), price(1, SPOT)) for hours in range(5)]
    swept(store, 9, price(1, SPOT))
    decided(store, versions[2], 1)
    then = contents(store.catalog(versions[2]))
    assert store.compact(NOON + 9 * HOUR).versions == 4
    assert contents(store.catalog(versions[2])) == then
    for version in (1, 2, 4, 5):
        with pytest.raises(BadInput, match="was compacted"):
            store.catalog(version)


def test_what_changed_beside_prices_goes_and_stays_in_the_same_way(store: Store) -> None:
    versions = []
    for hours in range(4):
        attested = replace(
            FRANKFURT, attestations=(Attestation("iso-27001", date(2020, 1, 1), date(2030 + hours, 1, 1)),)
        )
        versions.append(
            swept(
                store,
                hours,
                price(0.1),
                regions=(replace(attested, city=f"city {hours}"), DUBLIN),
                instance_types=(replace(LARGE, vcpus=2 + hours), SMALL),
                egress=(PricedTariff(tariff("aws", "*", "internet", (0, 0.09 + hours)), date(2026, 9, 1)),),
                interruption=(figure(hours, hours + 1),),
                storage=(StorageRate("aws", FRANKFURT.name, rate_from_usd(0.02 + hours)),),
                hints=(CapacityHint("aws", FRANKFURT.name, None, ("m.large",), "score", str(hours), NOON),),
            )
        )
    decided(store, versions[1])
    then = [contents(store.catalog(version)) for version in versions]
    done = store.compact(NOON + 3 * HOUR)
    assert (done.versions, done.change_points) == (2, 14), "7 tables, each without the rows of 2 versions"
    for at in (1, 3):
        assert contents(store.catalog(versions[at])) == then[at]


def test_the_history_of_offerings_that_decisions_use_is_whole_and_that_of_others_begins_with_what_is_kept(
    store: Store,
) -> None:
    past = (
        price(0.5, effective_from=NOON - 50 * HOUR),
        price(0.6, effective_from=NOON - 40 * HOUR),
        price(0.05, SPOT, effective_from=NOON - 50 * HOUR),
        price(0.06, SPOT, effective_from=NOON - 40 * HOUR),
    )
    for hours in range(4):
        swept(store, hours, price(0.1 + hours), price(0.01 + hours, SPOT), past_prices=past)
    decided(store, 2, 0)
    catalog = store.catalog()
    whole, other = history(store, catalog, 0), history(store, catalog, 1)
    assert (len(whole), len(other)) == (6, 6)
    store.compact(NOON + 3 * HOUR)
    assert history(store, catalog, 0) == whole
    assert history(store, catalog, 1)[-1:] == other[-1:]
    assert len(history(store, catalog, 1)) < 6


def test_of_offerings_in_zones_those_that_a_decision_uses_are_kept(store: Store) -> None:
    for hours in range(4):
        swept(store, hours, price(0.1 + hours, SPOT, zone="a"), price(0.2 + hours, SPOT, zone="b"))
    decided(store, 2, 1)
    catalog = store.catalog()
    used, other = history(store, catalog, 1), history(store, catalog, 0)
    assert catalog.offering(1).zone == "b"
    store.compact(NOON + 3 * HOUR)
    assert history(store, catalog, 1) == used
    assert history(store, catalog, 0) == [other[1], other[3]], "that of the decision's version, and the last"


def test_another_sources_prices_of_an_offering_that_a_decision_uses_are_kept_too(store: Store) -> None:
    for hours in range(4):
        swept(store, hours, price(0.1 + hours), source="one")
        swept(store, hours, price(0.2 + hours), source="other")
    decided(store, 2, 0)
    whole = history(store, store.catalog(), 0)
    assert store.compact(NOON + 30 * HOUR).change_points == 0
    assert history(store, store.catalog(), 0) == whole


def test_an_infeasible_decision_keeps_its_version_and_no_history(store: Store) -> None:
    for hours in range(4):
        swept(store, hours, price(0.1 + hours))
    decided(store, 2)
    then = contents(store.catalog(2))
    assert store.compact(NOON + 3 * HOUR) == Compacted(2, 2, 0, 0)
    assert contents(store.catalog(2)) == then


def test_the_past_price_that_holds_at_the_time_is_kept_and_those_before_it_go(store: Store) -> None:
    past = [price(0.1 + day, effective_from=NOON + 24 * day * HOUR) for day in range(5)]
    others = [price(0.1 + day, kind=SMALL, effective_from=NOON + 24 * day * HOUR) for day in range(2)]
    swept(store, 0, past_prices=[*others, *past])
    boundary = NOON + 60 * HOUR
    since_then = store.price_history(LARGE_IN_FRANKFURT, boundary, ALWAYS[1])
    assert [(point.since - NOON) / HOUR for point in since_then] == [48, 72, 96]
    assert store.compact(boundary).past_prices == 3
    assert store.price_history(LARGE_IN_FRANKFURT, boundary, ALWAYS[1]) == since_then
    (other,) = store.price_history(replace(LARGE_IN_FRANKFURT, instance_type=SMALL.name), *ALWAYS)
    assert other.since == NOON + 24 * HOUR
    assert store.compact(boundary) == NOTHING


def test_a_history_that_goes_on_being_told_does_not_come_back_as_a_change(store: Store) -> None:
    """The window of the source begins before the boundary, with a price that has held for long."""
    swept(store, 0, past_prices=(price(0.1, effective_from=NOON - 90 * HOUR), price(0.2, effective_from=NOON - HOUR)))
    store.compact(NOON - 30 * HOUR)
    told_again = (price(0.1, effective_from=NOON - 20 * HOUR), price(0.2, effective_from=NOON - HOUR))
    swept(store, 1, past_prices=told_again)
    points = store.price_history(LARGE_IN_FRANKFURT, *ALWAYS)
    assert [(point.since - NOON) / HOUR for point in points] == [-90, -1]


def test_old_failures_go(store: Store) -> None:
    swept(store, 0, price(0.1))
    old = FailedCollection("aws", NOON - 2 * HOUR, NOON - HOUR, "aws: no answer")
    young = replace(old, failed_at=NOON, reason="aws: wrong key")
    store.save_failure(old)
    store.save_failure(young)
    assert store.compact(NOON).failures == 1
    assert store.failures() == [young]


def test_refused_rows_stay_with_the_records_of_their_collections(store: Store) -> None:
    refused = (Refused("no currency", 3, "row 1"),)
    swept(store, 0, price(0.1), refused=refused)
    swept(store, 1, price(0.2))
    store.compact(NOON + HOUR)
    assert store.collections()[0].refused == refused


def test_freshness_of_what_is_kept_does_not_change(store: Store) -> None:
    for hours in range(3):
        swept(store, hours, price(0.1), price(0.2 + hours, region=DUBLIN))
    fresh = store.freshness()
    store.compact(NOON + 2 * HOUR)
    assert store.freshness() == fresh


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """What a sweep says beside its prices."""
    some: dict[str, Any] = {"regions": (replace(FRANKFURT, city=draw(st.sampled_from(["A", "B"]))), DUBLIN)}
    kind = replace(LARGE, memory_gib=draw(st.sampled_from([8.0, 16.0])))
    some["instance_types"] = (kind, SMALL)
    if draw(st.booleans()):
        some["storage"] = (StorageRate("aws", FRANKFURT.name, rate_from_usd(draw(st.integers(1, 2)))),)
    if draw(st.booleans()):
        some["interruption"] = (figure(draw(st.integers(1, 2)), 10),)
    if draw(st.booleans()):
        tiers = [(0, 0.09), (100, 0.08)][: draw(st.integers(1, 2))]
        some["egress"] = (PricedTariff(tariff("aws", "*", "internet", *tiers), date(2026, 9, 1)),)
    some["past_prices"] = tuple(
        price(draw(st.integers(1, 2)), SPOT, kind=SMALL, effective_from=NOON - hours * HOUR)
        for hours in draw(st.lists(st.integers(-5, 5), max_size=2, unique=True))
    )
    return some


@st.composite
def runs(draw: st.DrawFn) -> list[Sweep]:
    return [replace(draw(sweeps()), **draw(facts())) for _ in range(draw(st.integers(1, 7)))]


def at_minute(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


# The store is shared by the examples of a run, and emptied for each.
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run=runs(), data=st.data())
def test_whatever_is_compacted_what_is_needed_is_rebuilt_exactly(
    store: Store, run: Sequence[Sweep], data: st.DataObject
) -> None:
    empty(store)
    for at, one in enumerate(run):
        store.save_sweep(one, at_minute(at), accept_loss=True)
    then = {version: store.catalog(version) for version in range(1, len(run) + 1)}
    used = {}
    for version in data.draw(st.sets(st.sampled_from(sorted(then)), max_size=3), "decisions on"):
        offerings = len(then[version].offerings)
        used[version] = data.draw(st.sets(st.integers(0, offerings - 1), max_size=2) if offerings else st.just(set()))
        decided(store, version, *used[version])
    whole = {(version, row): history(store, then[version], row) for version, rows in used.items() for row in rows}
    before = data.draw(st.integers(-1, len(run) + 1), "before minute") - data.draw(st.sampled_from([0, 0.5]))

    done = store.compact(at_minute(before))

    kept = {version for version in then if version - 1 >= before or version == len(run)} | used.keys()
    assert done.versions == len(then) - len(kept)
    for version, catalog in then.items():
        if version in kept:
            assert contents(store.catalog(version)) == contents(catalog)
        else:
            with pytest.raises(BadInput, match=f"version {version} was compacted and can no longer be rebuilt"):
                store.catalog(version)
    for (version, row), points in whole.items():
        assert history(store, then[version], row) == points
    left = all_rows(store)
    assert store.compact(at_minute(before)) == NOTHING
    assert all_rows(store) == left

    later = replace(data.draw(sweeps(), "later"), **data.draw(facts()))
    store.save_sweep(later, at_minute(len(run)), accept_loss=True)
    assert shown_prices(store) == {subject: (p.usd_per_hour, s) for subject, (p, s) in expected([*run, later]).items()}
    assert contents(store.catalog(len(run))) == contents(then[len(run)])


def shown_prices(store: Store) -> dict[Any, Any]:
    return {subject: (p.usd_per_hour, source) for subject, (p, source) in shown(store.catalog()).items()}
