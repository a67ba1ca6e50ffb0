"""A source is swept whole or not at all, and what went wrong can be read afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from placement.domain.errors import (
    BadInput,
    BadSheet,
    CollectionFailed,
    CoverageLost,
    Flaw,
    SweepRunning,
    Unconfigured,
)
from placement.domain.money import NanoUsd
from placement.domain.offering import InstanceType
from placement.domain.provider import Fact, Notice, PastPrice, Refusal
from placement.domain.sweep import Collection, FailedCollection, Refused
from placement.planner.collecting import collect
from placement.store.history import Subject
from placement.store.repository import Store
from tests.planner.scripted import Scripted, saying
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
    observed,
    price,
    usd_of,
)
from tests.store.rows import all_rows

PRICES = (price(0.1), price(0.03, SPOT), price(0.11, region=DUBLIN), price(0.05, kind=SMALL))
SECRET = "hunter2"


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def failure(store: Store, source: Scripted, moment: datetime = NOON + HOUR) -> str:
    """What is said of a sweep that must fail."""
    with pytest.raises((CollectionFailed, BadInput)) as failed:
        collect(store, source, at(moment))
    return str(failed.value)


def test_what_a_source_says_is_stored_and_given_back_with_its_notices(store: Store) -> None:
    clock = iter((NOON, NOON + HOUR))
    record, swept = collect(store, saying(*PRICES, Notice("a limit")), lambda: next(clock))
    assert record == Collection(1, "cloud", API, NOON + HOUR, rows=4, changed=4, ended=0, started_at=NOON)
    assert swept.warnings == ("a limit",)
    assert store.collections() == [record]
    assert usd_of(store.catalog())[FRANKFURT.name, LARGE.name, ON_DEMAND] == (0.1, "cloud")
    assert store.failures() == []


def test_refused_rows_are_kept_with_the_collection(store: Store) -> None:
    free = replace(price(1, SPOT, DUBLIN), usd_per_hour=NanoUsd(0))
    absurd = price(9, SPOT, kind=SMALL)
    refusals = [Refusal("no currency", f"row {number}") for number in range(3)]
    collect(store, saying(*PRICES, free, absurd, *refusals), at(NOON))
    collect(store, saying(*PRICES), at(NOON + HOUR))
    first, second = store.collections()
    assert first.refused == (
        Refused("no currency", 3, "row 0"),
        Refused("no price above 0", 1, "aws eu-west-1 m.large spot at 0 USD"),
        Refused("over 20 times the on-demand median of its instance type", 1, "aws eu-central-1 m.small spot at 9 USD"),
    )
    assert (first.rows, second.refused) == (4, ())


def test_a_failure_keeps_its_reason_and_what_the_source_said_before(store: Store) -> None:
    collect(store, saying(*PRICES), at(NOON))
    before = all_rows(store)
    moments = iter((NOON + HOUR, NOON + 2 * HOUR))
    broken = saying(price(0.5), CollectionFailed("cloud: page 2 is missing"))
    with pytest.raises(CollectionFailed, match=r"^cloud: page 2 is missing$"):
        collect(store, broken, lambda: next(moments))
    (kept,) = store.failures()
    assert kept == FailedCollection("cloud", NOON + HOUR, NOON + 2 * HOUR, "cloud: page 2 is missing")
    assert all_rows(store) | {"failed_collection": []} == before


def test_a_source_that_says_too_little_fails_with_a_record(store: Store) -> None:
    collect(store, saying(*PRICES), at(NOON))
    before = contents(store.catalog())
    words = failure(store, saying())
    assert [failed.reason for failed in store.failures()] == [words] == ["cloud: nothing that it says can be used"]
    assert contents(store.catalog()) == before


def test_a_source_that_contradicts_itself_fails_with_a_record(store: Store) -> None:
    words = failure(store, saying(*PRICES, price(0.2)))
    assert "two different things of aws eu-central-1 m.large on_demand" in words
    assert [failed.reason for failed in store.failures()] == [words]
    assert store.collections() == []


def test_lost_coverage_is_a_failure_with_a_record_until_the_loss_is_accepted(store: Store) -> None:
    collect(store, saying(*PRICES), at(NOON))
    with pytest.raises(CoverageLost, match=r"lost 1 of 3 offerings in aws:eu-central-1.*--accept-loss") as lost:
        collect(store, saying(*PRICES[1:]), at(NOON + HOUR))
    assert [failed.reason for failed in store.failures()] == [str(lost.value)]
    assert store.latest_version() == 1
    record, _ = collect(store, saying(*PRICES[1:]), at(NOON + HOUR), accept_loss=True)
    assert (record.version, record.ended) == (2, 1)


def test_a_name_that_belongs_to_a_source_of_another_kind_is_a_failure_with_a_record(store: Store) -> None:
    collect(store, saying(*PRICES, kind=SHEET), at(NOON))
    words = failure(store, saying(*PRICES))
    assert "is the name of a source of kind sheet already" in words
    assert [failed.reason for failed in store.failures()] == [words]


def test_flaws_of_a_sheet_are_its_reason(store: Store) -> None:
    words = failure(store, saying(BadSheet([Flaw("prices.csv", 2, None, "usd_per_hour", "-1 is below 0")])))
    assert words == "prices.csv:2: usd_per_hour: -1 is below 0"
    assert [failed.reason for failed in store.failures()] == [words]


@pytest.mark.parametrize("reason", [Unconfigured, SweepRunning])
def test_what_is_no_failure_of_the_source_keeps_no_record(store: Store, reason: type[CollectionFailed]) -> None:
    collect(store, saying(*PRICES), at(NOON))
    before = all_rows(store)
    with pytest.raises(reason, match=r"^cloud: set KEY$"):
        collect(store, saying(price(0.3), reason("set KEY")), at(NOON + HOUR))
    assert all_rows(store) == before


def test_a_second_sweep_of_the_provider_is_turned_away_without_asking_it(store: Store) -> None:
    asked = RuntimeError("it was asked")
    before = all_rows(store)
    with store.sweeping("aws"), pytest.raises(SweepRunning, match=r"^aws: another sweep of this provider is running"):
        collect(store, saying(asked, name="aws-spot"), at(NOON))
    assert all_rows(store) == before
    collect(store, saying(*PRICES), at(NOON))


def test_a_failed_sweep_lets_the_next_one_in(store: Store) -> None:
    failure(store, saying(CollectionFailed("cloud: no")), NOON)
    with pytest.raises(Unconfigured):
        collect(store, saying(Unconfigured("cloud: set KEY")), at(NOON))
    assert collect(store, saying(*PRICES), at(NOON))[0].version == 1


def test_a_failure_names_its_source(store: Store) -> None:
    assert failure(store, saying(CollectionFailed("no answer within 5 s"))) == "cloud: no answer within 5 s"
    with pytest.raises(CoverageLost, match=r"^cloud: half of it$"):
        collect(store, saying(CoverageLost("half of it")), at(NOON))


def test_an_adapter_that_breaks_is_a_failed_collection_without_the_words_of_its_exception(store: Store) -> None:
    collect(store, saying(*PRICES), at(NOON))
    before = contents(store.catalog())
    words = failure(store, saying(price(0.5), KeyError(SECRET)))
    assert words.startswith("cloud: its adapter fails with KeyError (scripted.py, line ")
    assert words.endswith("PLACEMENT_DEBUG=1 shows more")
    (kept,) = store.failures()
    assert kept.reason == words
    assert SECRET not in words
    assert contents(store.catalog()) == before


def test_who_looks_for_the_mistake_in_an_adapter_sees_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENT_DEBUG", "1")
    with pytest.raises(KeyError, match=SECRET):
        collect(store, saying(KeyError(SECRET)), at(NOON))
    assert store.failures() == []


def test_a_user_who_interrupts_is_no_failure(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        collect(store, saying(*PRICES, KeyboardInterrupt()), at(NOON))
    assert (store.failures(), store.collections()) == ([], [])
    collect(store, saying(*PRICES), at(NOON))


def test_sheets_win_over_apis_and_both_are_visible(store: Store) -> None:
    collect(store, saying(price(0.07), name="negotiated", provider="onprem", kind=SHEET), at(NOON))
    collect(store, saying(*PRICES), at(NOON + HOUR))
    usd = usd_of(store.catalog())
    assert usd[FRANKFURT.name, LARGE.name, ON_DEMAND] == (0.07, "negotiated")
    assert usd[FRANKFURT.name, SMALL.name, ON_DEMAND] == (0.05, "cloud")
    shown = [(row.source, row.kind, row.region, row.offerings) for row in store.freshness()]
    assert shown == [
        ("cloud", API, FRANKFURT.name, {ON_DEMAND: 2, SPOT: 1}),
        ("cloud", API, DUBLIN.name, {ON_DEMAND: 1}),
        ("negotiated", SHEET, FRANKFURT.name, {ON_DEMAND: 1}),
    ]


def test_an_unchanged_sweep_writes_its_collection_and_no_price_and_makes_all_prices_fresher(store: Store) -> None:
    collect(store, saying(*PRICES), at(NOON))
    before = all_rows(store)
    collect(store, saying(*observed(NOON + HOUR, PRICES)), at(NOON + HOUR))
    after = all_rows(store)
    assert len(after.pop("collection")) == len(before.pop("collection")) + 1
    assert after == before
    assert {row.oldest_observed_at for row in store.freshness()} == {NOON + HOUR}
    assert {row.oldest_observed_at for row in store.freshness(1)} == {NOON}
    assert set(store.catalog().offerings.observed_at.tolist()) == {int((NOON + HOUR).timestamp())}


def test_prices_of_types_that_a_source_sells_only_as_spot_are_judged_by_what_the_store_knows(store: Store) -> None:
    collect(store, saying(price(0.1), price(0.12, region=DUBLIN)), at(NOON))
    spot = saying(price(2.01, SPOT), price(2, SPOT, DUBLIN), price(99, SPOT, kind=SMALL), name="cloud-spot")
    record, swept = collect(store, spot, at(NOON))
    assert swept.prices == (price(2, SPOT, DUBLIN), price(99, SPOT, kind=SMALL)), "nobody sells the small one"
    assert [(row.rows, row.example) for row in record.refused] == [(1, "aws eu-central-1 m.large spot at 2.01 USD")]


def test_past_prices_come_to_the_history_and_not_to_the_catalog(store: Store) -> None:
    past = PastPrice(price(0.09, effective_from=NOON - 24 * HOUR))
    now = price(0.1, effective_from=NOON - HOUR)
    collect(store, saying(past, now), at(NOON))
    points = store.price_history(Subject("aws", FRANKFURT.name, LARGE.name), NOON - 48 * HOUR, NOON)
    assert [(point.usd_per_hour, point.since) for point in points] == [
        (90_000_000, NOON - 24 * HOUR),
        (100_000_000, NOON - HOUR),
    ]
    assert len(store.catalog().offerings) == 1


@pytest.mark.parametrize(
    "fact", [price(0.2, SPOT, capacity=-1), replace(price(1, SPOT), usd_per_hour=NanoUsd(-1))], ids=["capacity", "usd"]
)
def test_what_the_database_would_refuse_never_comes_so_far(store: Store, fact: Fact) -> None:
    record, _ = collect(store, saying(price(0.1), fact), at(NOON))
    assert (record.rows, [row.rows for row in record.refused]) == (1, [1])


def test_who_watches_is_told_of_the_regions(store: Store) -> None:
    types = tuple(InstanceType("aws", f"t{number}", 1, 2) for number in range(600))
    told: list[tuple[str, int]] = []

    def watch(region: str, rows: int) -> None:
        told.append((region, rows))

    collect(store, saying(*types, *(price(1, kind=kind) for kind in types)), at(NOON), watch=watch)
    assert told == [(FRANKFURT.name, 1), (FRANKFURT.name, 501)]


def test_a_recording_older_than_what_is_stored_does_not_pass_for_the_newest(store: Store) -> None:
    collect(store, saying(*PRICES), at(NOON + HOUR))
    assert failure(store, saying(*PRICES), NOON) == (
        "cloud: would be collected as of 2026-11-01 12:00 UTC, before what was stored on 2026-11-01 13:00; "
        "replay recordings into a database of their own"
    )
    assert store.latest_version() == 1
