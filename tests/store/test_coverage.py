"""A sweep of an API that lacks over a tenth of a region is refused, and what was known stays."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from placement.domain.errors import CoverageLost
from placement.domain.offering import InstanceType
from placement.domain.region import Region
from placement.domain.sweep import Collection, Price, SourceKind, Sweep
from placement.store.coverage import check_coverage
from placement.store.repository import Store
from tests.store.market import API, DUBLIN, FRANKFURT, HOUR, NOON, SHEET, SPOT, contents, observed, price, sweep
from tests.store.rows import all_rows

TYPES = tuple(InstanceType("aws", f"t{number:02}", 1, 2) for number in range(40))


def prices(count: int, region: Region = FRANKFURT, usd: float = 0.1) -> tuple[Price, ...]:
    return tuple(price(usd, region=region, kind=kind) for kind in TYPES[:count])


def api(listed: Sequence[Price], source: str = "cloud", kind: SourceKind = API, **others: Any) -> Sweep:
    return sweep(*listed, source=source, kind=kind, **({"instance_types": TYPES} | others))


def kept(store: Store, one: Sweep) -> Collection:
    return store.save_sweep(one, NOON + HOUR)


def refused(store: Store, one: Sweep) -> str:
    """What is said of a sweep that must be refused; nothing at all is written."""
    before = all_rows(store)
    with pytest.raises(CoverageLost) as lost:
        store.save_sweep(one, NOON + HOUR)
    assert all_rows(store) == before
    return str(lost.value)


@pytest.mark.parametrize(("had", "may_go"), [(10, 1), (20, 2), (30, 3), (39, 3), (19, 1), (9, 0), (1, 0)])
def test_a_tenth_of_a_region_may_go_at_once_and_no_more(store: Store, had: int, may_go: int) -> None:
    store.save_sweep(api(prices(had)), NOON)
    refused(store, api(prices(had)[may_go + 1 :]))
    assert kept(store, api(prices(had)[may_go:])).ended == may_go


def test_a_tenth_is_exactly_a_tenth_however_many_there_are() -> None:
    for had in range(10, 2001, 10):
        known = dict.fromkeys(range(had), "aws:eu-central-1")
        check_coverage("cloud", known, range(had // 10, had))
        with pytest.raises(CoverageLost):
            check_coverage("cloud", known, range(had // 10 + 1, had))


def test_the_refusal_names_the_region_how_much_is_lost_and_the_remedy(store: Store) -> None:
    store.save_sweep(api((*prices(20), *prices(20, DUBLIN))), NOON)
    assert refused(store, api((*prices(17), *prices(20, DUBLIN)))) == (
        "cloud: lost 3 of 20 offerings in aws:eu-central-1; over 10% at once is taken for an incomplete answer, and "
        "what was known stays. If they are gone indeed, or fewer regions are asked for: "
        "placement collect cloud --accept-loss"
    )


def test_the_worst_regions_are_named_first_and_the_others_counted(store: Store) -> None:
    regions = [replace(FRANKFURT, name=f"r{number}") for number in range(5)]
    store.save_sweep(api([p for region in regions for p in prices(10, region)], regions=regions), NOON)
    left = [p for number, region in enumerate(regions) for p in prices(8 - number, region)]
    assert (
        "lost 6 of 10 offerings in aws:r4, 5 of 10 offerings in aws:r3, 4 of 10 offerings in aws:r2 and as much in 2"
        in (refused(store, api(left, regions=regions)))
    )


def test_each_region_is_judged_alone(store: Store) -> None:
    store.save_sweep(api((*prices(40), *prices(5, DUBLIN))), NOON)
    assert "1 of 5 offerings in aws:eu-west-1;" in refused(store, api((*prices(40), *prices(4, DUBLIN))))
    assert kept(store, api((*prices(40)[4:], *prices(5, DUBLIN)))).ended == 4


def test_a_region_that_is_gone_as_a_whole_is_lost(store: Store) -> None:
    store.save_sweep(api((*prices(40), *prices(1, DUBLIN))), NOON)
    assert "1 of 1 offerings in aws:eu-west-1" in refused(store, api(prices(40), regions=(FRANKFURT,)))


def test_new_offerings_do_not_make_up_for_those_that_are_gone(store: Store) -> None:
    store.save_sweep(api(prices(10)), NOON)
    assert "2 of 10" in refused(store, api(prices(40)[2:]))


def test_an_offering_that_only_changes_is_not_lost(store: Store) -> None:
    store.save_sweep(api(prices(10)), NOON)
    assert kept(store, api(observed(NOON + HOUR, prices(10, usd=0.2)))).changed == 10


def test_the_same_types_bought_otherwise_are_other_offerings(store: Store) -> None:
    store.save_sweep(api(prices(10)), NOON)
    bought_as_spot = [replace(p, capacity_type=SPOT) for p in prices(10)]
    assert "10 of 10" in refused(store, api(bought_as_spot))


def test_a_loss_that_is_accepted_is_stored_and_is_what_later_sweeps_are_held_against(store: Store) -> None:
    store.save_sweep(api(prices(20)), NOON)
    made = store.save_sweep(api(prices(10)), NOON + HOUR, accept_loss=True)
    assert (made.rows, made.ended, len(store.catalog().offerings)) == (10, 10, 10)
    assert kept(store, api(prices(9))).ended == 1
    assert "2 of 9" in refused(store, api(prices(7)))


def test_offerings_that_ended_before_are_not_lost_again(store: Store) -> None:
    store.save_sweep(api(prices(20)), NOON)
    for left in (18, 17, 16):
        assert kept(store, api(prices(left))).rows == left
    assert kept(store, api(prices(20))).changed == 4, "and may come back"


def test_what_another_source_offers_in_the_region_does_not_count(store: Store) -> None:
    store.save_sweep(api(prices(40), source="other"), NOON)
    store.save_sweep(api(prices(10)), NOON)
    assert "cloud: lost 2 of 10" in refused(store, api(prices(8)))
    before = contents(store.catalog())["offerings"]
    assert kept(store, api(prices(1, DUBLIN), source="third")).rows == 1
    assert contents(store.catalog(2))["offerings"] == before


def test_sheets_may_lose_whatever_their_authors_remove(store: Store) -> None:
    store.save_sweep(api(prices(20), kind=SHEET), NOON)
    assert kept(store, api(prices(1), kind=SHEET)).ended == 19


def test_facts_beside_offerings_may_go(store: Store) -> None:
    store.save_sweep(api(prices(20)), NOON)
    assert kept(store, api(prices(20), instance_types=TYPES[:20])).ended == 0


def test_the_first_sweep_and_one_after_nothing_lose_nothing(store: Store) -> None:
    assert kept(store, api(())).rows == 0
    assert kept(store, api(prices(3))).changed == 3
