"""What happened in collections beside the market is kept with them."""

from dataclasses import replace

from placement.domain.sweep import FailedCollection, Refused
from placement.store.repository import Store
from tests.store.market import HOUR, NOON, price, sweep
from tests.store.rows import all_rows

FAILED = FailedCollection("aws-spot", NOON, NOON + HOUR, "aws-spot: no answer within 5 s")


def test_a_failure_comes_back_as_it_was_although_its_source_never_succeeded(store: Store) -> None:
    store.save_failure(FAILED)
    assert store.failures() == [FAILED]
    assert store.collections() == []
    assert store.latest_version() is None


def test_a_source_that_fails_again_and_again_for_one_reason_keeps_one_record_the_last(store: Store) -> None:
    again = [replace(FAILED, started_at=NOON + n * HOUR, failed_at=NOON + (n + 1) * HOUR) for n in range(50)]
    for one in again:
        store.save_failure(one)
    assert store.failures() == [again[-1]]


def test_other_reasons_and_other_sources_have_records_of_their_own_oldest_first(store: Store) -> None:
    other_reason = replace(FAILED, failed_at=NOON + 3 * HOUR, reason="aws-spot: wrong key")
    other_source = replace(FAILED, failed_at=NOON + 2 * HOUR, source="aws")
    for one in (FAILED, other_reason, other_source):
        store.save_failure(one)
    assert store.failures() == [FAILED, other_source, other_reason]
    again = replace(FAILED, failed_at=NOON + 4 * HOUR)
    store.save_failure(again)
    assert store.failures() == [other_source, other_reason, again]


def test_a_failure_is_no_change_of_the_market(store: Store) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    before = all_rows(store)
    store.save_failure(replace(FAILED, source="list"))
    assert all_rows(store) | {"failed_collection": []} == before


def test_a_reason_may_have_many_lines_and_signs(store: Store) -> None:
    odd = replace(FAILED, reason="prices.csv:2: Preis\t'1,5' ist keine Zahl\nprices.csv:3: \\N \"%s\" 💰")
    store.save_failure(odd)
    assert store.failures() == [odd]


def test_refused_rows_come_back_with_their_collection_the_most_frequent_reason_first(store: Store) -> None:
    many = (Refused("b", 2, "row \t1\n"), Refused("c", 7, "Läden \\N"), Refused("a", 2, ""))
    first = store.save_sweep(sweep(price(0.1), refused=many), NOON)
    second = store.save_sweep(sweep(price(0.1)), NOON + HOUR)
    third = store.save_sweep(sweep(price(0.1), refused=many[:1]), NOON + HOUR)
    assert first.refused == many
    assert [done.refused for done in store.collections()] == [(many[1], many[2], many[0]), (), (many[0],)]
    assert store.collections()[1:] == [second, third]


def test_when_a_sweep_began_is_kept_where_it_is_known(store: Store) -> None:
    store.save_sweep(sweep(price(0.1)), NOON + HOUR, NOON)
    store.save_sweep(sweep(price(0.1)), NOON + 2 * HOUR)
    assert [done.started_at for done in store.collections()] == [NOON, None]
