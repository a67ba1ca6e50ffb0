import pytest

from placement.domain.errors import StoreError, UnknownDecision
from placement.store.decisions import StoredDecision
from placement.store.repository import Store
from tests.store.market import HOUR, NOON, price, sweep

TEXT = '{"fleet": "Läden", "n": 1.50}'


@pytest.fixture
def with_market(store: Store) -> Store:
    store.save_sweep(sweep(price(0.1)), NOON)
    return store


def keep(store: Store, *names: str) -> None:
    for hours, name in enumerate(names):
        store.save_decision(name, NOON + hours * HOUR, f"fleet-{name}", 1, TEXT, "{}")


def test_a_decision_comes_back_as_it_was(with_market: Store) -> None:
    with_market.save_decision("d-1", NOON, "shop", 1, TEXT, '{"id": "d-1"}')
    assert with_market.decision("d-1") == StoredDecision("d-1", NOON, "shop", 1, TEXT, '{"id": "d-1"}')


def test_a_decision_saved_again_stays_as_it_was(with_market: Store) -> None:
    keep(with_market, "d-1")
    with_market.save_decision("d-1", NOON + HOUR, "other", 1, "{}", "{}")
    assert with_market.decision("d-1").fleet_name == "fleet-d-1"


def test_a_decision_needs_a_catalog_version_that_is_there(with_market: Store) -> None:
    with pytest.raises(StoreError):
        with_market.save_decision("d-1", NOON, "shop", 7, TEXT, "{}")


def test_the_beginning_of_an_id_is_enough_where_it_fits_only_one(with_market: Store) -> None:
    keep(with_market, "abc1", "abd2", "ab", "x%y", "xzy")
    assert with_market.decision("abc").id == "abc1"
    assert with_market.decision("ab").id == "ab", "a whole id is no beginning of others"
    assert with_market.decision("x%").id == "x%y", "signs mean themselves"


@pytest.mark.parametrize("wanted", ["ABC", "abx", "", "%"])
def test_an_id_that_is_not_there_is_unknown(with_market: Store, wanted: str) -> None:
    keep(with_market, "abc1")
    with pytest.raises(UnknownDecision):
        with_market.decision(wanted)


def test_an_unknown_id_is_answered_with_what_may_be_meant(with_market: Store) -> None:
    with pytest.raises(UnknownDecision, match="nor any other yet"):
        with_market.decision("abc1")
    keep(with_market, "abc1", "abc2", "zzz")
    with pytest.raises(UnknownDecision, match="did you mean abc"):
        with_market.decision("abx1")
    with pytest.raises(UnknownDecision, match="the newest is zzz"):
        with_market.decision("0000")
    with pytest.raises(UnknownDecision, match="2 decisions begin with 'abc': abc1, abc2; write more of the id"):
        with_market.decision("abc")


def test_decisions_are_listed_newest_first(with_market: Store) -> None:
    keep(with_market, "a", "b", "c")
    assert [head.id for head in with_market.decisions()] == ["c", "b", "a"]
    (newest,) = with_market.decisions(limit=1)
    assert (newest.id, newest.created_at, newest.fleet_name, newest.catalog_version) == (
        "c",
        NOON + 2 * HOUR,
        "fleet-c",
        1,
    )
