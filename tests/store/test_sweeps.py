import subprocess
import sys
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from placement.domain.errors import BadInput, EmptyCatalog, StoreBusy
from placement.domain.money import NanoUsd, rate_from_usd
from placement.domain.region import Attestation
from placement.domain.sweep import Collection, PricedTariff, StorageRate, Sweep
from placement.store import tables
from placement.store.engine import Database
from placement.store.repository import Store
from tests.builders import tariff
from tests.store.market import (
    API,
    DUBLIN,
    FRANKFURT,
    HOUR,
    LARGE,
    NOON,
    ON_DEMAND,
    SHEET,
    SMALL,
    SPOT,
    contents,
    figure,
    observed,
    price,
    sweep,
    usd_of,
)

PRICES = (price(0.1), price(0.03, SPOT), price(0.11, region=DUBLIN), price(0.05, kind=SMALL))
ATTESTED = replace(FRANKFURT, attestations=(Attestation("iso-27001", date(2020, 1, 1)),))


def everything() -> Sweep:
    """A sweep that has something to say of every table."""
    return sweep(
        *PRICES,
        price(0.04, SPOT, zone="eu-central-1a", capacity=3, estimated=True, note="guessed", observed_at=NOON - HOUR),
        regions=(ATTESTED, DUBLIN),
        egress=(PricedTariff(tariff("aws", "*", "internet", (0, 0.09), (10240, 0.085)), date(2026, 9, 1), "a list"),),
        interruption=(figure(5, 10),),
        storage=(StorageRate("aws", FRANKFURT.name, rate_from_usd(0.02)),),
    )


def row_counts(store: Store) -> dict[str, int]:
    """Rows of each table that may grow only when something changes."""
    kept = [table for name, table in tables.metadata.tables.items() if name != "collection"]
    with store.engine.connect() as connection:
        return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in kept}


def test_the_first_sweep_makes_version_1(store: Store) -> None:
    assert store.latest_version() is None
    made = store.save_sweep(everything(), NOON)
    assert made == Collection(1, "list", SHEET, NOON, rows=5, changed=5, ended=0)
    assert store.latest_version() == 1
    assert store.collections() == [made]


def test_the_same_sweep_twice_writes_nothing_but_its_collection(store: Store) -> None:
    store.save_sweep(everything(), NOON)
    before, first = row_counts(store), contents(store.catalog())
    made = store.save_sweep(everything(), NOON + HOUR)
    assert (made.version, made.rows, made.changed, made.ended) == (2, 5, 0, 0)
    assert row_counts(store) == before
    assert contents(store.catalog()) == first | {"version": 2, "as_of": NOON + HOUR}


def test_a_changed_price_is_one_change_point_and_the_old_version_stays(store: Store) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    before, first = row_counts(store), contents(store.catalog())
    made = store.save_sweep(sweep(price(0.2), *PRICES[1:]), NOON + HOUR)
    assert (made.changed, made.ended) == (1, 0)
    assert row_counts(store) == before | {"price": before["price"] + 1}
    assert usd_of(store.catalog())[FRANKFURT.name, LARGE.name, ON_DEMAND] == (0.2, "list")
    assert contents(store.catalog(1)) == first


def test_an_offering_that_is_no_longer_listed_ends_and_may_come_back(store: Store) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    without = store.save_sweep(sweep(*PRICES[1:]), NOON + HOUR)
    assert (without.rows, without.changed, without.ended) == (3, 0, 1)
    assert (FRANKFURT.name, LARGE.name, ON_DEMAND) not in usd_of(store.catalog())
    still_without = store.save_sweep(sweep(*PRICES[1:]), NOON + 2 * HOUR)
    assert still_without.ended == 0
    again = store.save_sweep(sweep(*PRICES), NOON + 3 * HOUR)
    assert (again.changed, again.ended) == (1, 0)
    assert [len(store.catalog(version).offerings) for version in (1, 2, 3, 4)] == [4, 3, 3, 4]
    assert usd_of(store.catalog(4)) == usd_of(store.catalog(1))


def test_prices_seen_again_an_hour_later_are_fresher_without_a_new_row(store: Store) -> None:
    store.save_sweep(sweep(*PRICES, kind=API), NOON)
    before = row_counts(store)
    made = store.save_sweep(sweep(*observed(NOON + HOUR, PRICES), kind=API), NOON + HOUR)
    assert made.changed == 0
    assert row_counts(store) == before
    for version, moment in ((1, NOON), (2, NOON + HOUR)):
        catalog = store.catalog(version)
        assert {catalog.offering(index).observed_at for index in range(4)} == {moment}


def test_a_price_with_a_date_of_its_own_keeps_it(store: Store) -> None:
    old = price(0.05, kind=SMALL, observed_at=NOON - 24 * HOUR)
    store.save_sweep(sweep(*PRICES[:3], old), NOON)
    store.save_sweep(sweep(*observed(NOON + HOUR, PRICES[:3]), old), NOON + HOUR)
    catalog = store.catalog()
    dates = {catalog.offering(index).instance_type.name: catalog.offering(index).observed_at for index in range(4)}
    assert dates == {SMALL.name: NOON - 24 * HOUR, LARGE.name: NOON + HOUR}


def test_a_price_that_was_once_like_the_rest_and_is_not_seen_again_stays_old(store: Store) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    made = store.save_sweep(sweep(PRICES[0], *observed(NOON + HOUR, PRICES[1:])), NOON + HOUR)
    assert made.changed == 0
    catalog = store.catalog()
    times = sorted(catalog.offering(index).observed_at for index in range(4))
    assert times == [NOON, NOON + HOUR, NOON + HOUR, NOON + HOUR]


@pytest.mark.parametrize("change", [{"estimated": True}, {"capacity": 4}])
def test_what_is_said_of_a_price_beside_its_amount_is_a_change(store: Store, change: dict[str, Any]) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    changed = replace(PRICES[0], **change)
    assert store.save_sweep(sweep(changed, *PRICES[1:]), NOON).changed == 1
    offerings = [store.catalog().offering(index) for index in range(4)]
    assert sum(getattr(o, name) == value for o in offerings for name, value in change.items()) == 1


def test_facts_beside_prices_change_and_end_with_their_source_and_old_versions_keep_them(store: Store) -> None:
    store.save_sweep(everything(), NOON)
    first = contents(store.catalog())
    store.save_sweep(sweep(*PRICES), NOON + HOUR)
    second = store.catalog()
    assert second.tariffs == ()
    assert second.nano_usd_per_gb_month.tolist() == [-1, -1]
    assert second.regions[0].attestations == ()
    dearer = replace(everything(), storage=(StorageRate("aws", FRANKFURT.name, rate_from_usd(0.03)),))
    store.save_sweep(dearer, NOON + 2 * HOUR)
    assert store.catalog().nano_usd_per_gb_month.tolist() == [30_000_000, -1]
    assert contents(store.catalog(1)) == first
    assert contents(store.catalog(2)) == contents(second)


def test_each_source_ends_only_what_is_its_own(store: Store) -> None:
    store.save_sweep(sweep(PRICES[0], source="first"), NOON)
    store.save_sweep(sweep(PRICES[3], source="second"), NOON)
    store.save_sweep(sweep(source="second"), NOON + HOUR)
    assert usd_of(store.catalog()) == {(FRANKFURT.name, LARGE.name, ON_DEMAND): (0.1, "first")}


@pytest.mark.parametrize(
    ("contradiction", "words"),
    [
        (sweep(*PRICES, regions=(FRANKFURT,)), "does not describe the region"),
        (sweep(*PRICES, instance_types=(LARGE,)), "does not describe the instance type"),
        (sweep(*PRICES, price(0.3)), "two prices for m.large on_demand in aws:eu-central-1"),
        (sweep(replace(PRICES[0], usd_per_hour=NanoUsd(0))), "no price above 0"),
        (sweep(*PRICES, kind=API), "is the name of a source of kind sheet already"),
    ],
)
def test_a_sweep_that_contradicts_itself_changes_nothing(store: Store, contradiction: Sweep, words: str) -> None:
    store.save_sweep(sweep(PRICES[0]), NOON)
    before = contents(store.catalog())
    with pytest.raises(BadInput, match=words):
        store.save_sweep(contradiction, NOON + HOUR)
    assert contents(store.catalog()) == before
    assert len(store.collections()) == 1


def test_a_failure_just_before_the_end_leaves_the_old_version(store: Store) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    before = contents(store.catalog()), row_counts(store)

    def fail(connection: Connection) -> None:
        raise RuntimeError("power cut")

    event.listen(store.engine, "commit", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        store.save_sweep(everything(), NOON + HOUR)
    event.remove(store.engine, "commit", fail)
    assert (contents(store.catalog()), row_counts(store)) == before
    assert store.save_sweep(everything(), NOON + HOUR).version == 2


KILLED = """
import os, signal, sys
from sqlalchemy import event
from placement.store.repository import Store
from tests.store.market import NOON, price, sweep
store = Store.open(sys.argv[1])
event.listen(store.engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
store.save_sweep(sweep(price(9.9)), NOON)
"""


def test_a_process_killed_while_it_writes_leaves_the_old_version(store: Store, database: str) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    before = contents(store.catalog())
    done = subprocess.run([sys.executable, "-c", KILLED, database], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert contents(store.catalog()) == before
    assert store.save_sweep(sweep(price(9.9)), NOON + HOUR).version == 2


def test_a_second_writer_is_told_that_the_store_is_busy_while_readers_go_on(store: Store, database: str) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    impatient = Store.open(database, busy_timeout_s=0.05)
    other = Database(database, 1.0)
    with other.writing():
        with pytest.raises(StoreBusy, match="try again"):
            impatient.save_sweep(sweep(*PRICES), NOON)
        assert impatient.catalog().version == 1
    assert impatient.save_sweep(sweep(*PRICES), NOON).version == 2
    impatient.close()
    other.engine.dispose()


def test_an_empty_store_has_no_catalog(store: Store) -> None:
    with pytest.raises(EmptyCatalog, match="placement catalog load"):
        store.catalog()
    assert store.collections() == []
    assert store.freshness() == []


@pytest.mark.parametrize("version", [0, 2, -1])
def test_a_version_that_is_not_there_is_named_with_the_newest(store: Store, version: int) -> None:
    store.save_sweep(sweep(*PRICES), NOON)
    with pytest.raises(BadInput, match=f"no catalog version {version}; the newest is 1"):
        store.catalog(version)


def test_a_moment_without_a_time_zone_is_a_mistake_of_the_program(store: Store) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        store.save_sweep(sweep(*PRICES), NOON.replace(tzinfo=None))
