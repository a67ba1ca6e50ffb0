"""What a source says, and how much of it is believed."""

import gc
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.money import NanoUsd, rate_from_usd
from placement.domain.offering import InstanceType
from placement.domain.provider import Fact, Notice, PastPrice, Refusal
from placement.domain.region import Region
from placement.domain.sweep import CapacityHint, InterruptionFigure, Price, PricedTariff, Refused, StorageRate, Sweep
from placement.market.price_limits import Medians
from placement.planner.gathering import gather
from tests.builders import tariff
from tests.planner.scripted import Scripted, saying
from tests.store.market import (
    API,
    DUBLIN,
    FRANKFURT,
    HOUR,
    LARGE,
    NOON,
    RESERVED,
    SHEET,
    SMALL,
    SPOT,
    figure,
    price,
)

PARIS = Region("aws", "eu-west-3", "FR")
HUGE = InstanceType("aws", "m.huge", 96, 384)
NO_PRICE = "no price above 0"
ABSURD = "over 20 times the on-demand median of its instance type"
PAST = PastPrice(price(0.09, effective_from=NOON - 24 * HOUR))
HINT = CapacityHint("aws", FRANKFURT.name, "a", (LARGE.name, SMALL.name), "score, 1 to 10", "7", NOON)
STORAGE = StorageRate("aws", FRANKFURT.name, rate_from_usd(0.02))


def internet(usd: float = 0.09, **others: Any) -> PricedTariff:
    return PricedTariff(tariff("aws", "*", "internet", (0, usd)), date(2026, 10, 1), **others)


def no_other_medians() -> Medians:
    return {}


def gathered(*facts: Fact, known: Medians | None = None, **others: Any) -> Sweep:
    return gather(saying(*facts, **others), lambda: known or {})


def never_asked() -> Medians:
    raise AssertionError("the source's own prices are enough")


def test_all_kinds_of_facts_become_one_sweep_in_the_order_in_which_they_were_said() -> None:
    prices = (price(0.1), price(0.03, SPOT), price(0.11, region=DUBLIN), price(0.05, kind=SMALL))
    said = (*prices[:2], PAST, internet(), figure(5, 10), HINT, STORAGE, Notice("a limit"), *prices[2:])
    assert gathered(*said) == Sweep(
        source="cloud",
        kind=API,
        regions=(FRANKFURT, DUBLIN),
        instance_types=(LARGE, SMALL),
        prices=prices,
        egress=(internet(),),
        interruption=(figure(5, 10),),
        storage=(STORAGE,),
        hints=(HINT,),
        past_prices=(PAST.price,),
        warnings=("a limit",),
    )


def test_the_sweep_has_the_name_and_the_kind_of_its_source() -> None:
    swept = gathered(price(0.1), name="my-sheet", kind=SHEET)
    assert (swept.source, swept.kind) == ("my-sheet", SHEET)


FREE = replace(price(0.05, kind=SMALL), usd_per_hour=NanoUsd(0))
NEGATIVE = replace(price(0.05, SPOT, DUBLIN, zone="b"), usd_per_hour=NanoUsd(-1_000_000))


@pytest.mark.parametrize(
    ("unbelievable", "reason", "example"),
    [
        (FREE, NO_PRICE, "aws eu-central-1 m.small on_demand at 0 USD"),
        (NEGATIVE, NO_PRICE, "aws eu-west-1 b m.large spot at -0.001 USD"),
        (price(0.1, region=PARIS), "its region is not described", "aws eu-west-3 m.large on_demand at 0.1 USD"),
        (price(9, kind=HUGE), "its instance type is not described", "aws eu-central-1 m.huge on_demand at 9 USD"),
        (
            price(0.2, RESERVED, DUBLIN, capacity=-1),
            "a capacity below 0",
            "aws eu-west-1 m.large reserved at 0.2 USD",
        ),
        (price(2.01, SPOT), ABSURD, "aws eu-central-1 m.large spot at 2.01 USD"),
        (price(2.01, RESERVED, zone="a"), ABSURD, "aws eu-central-1 a m.large reserved at 2.01 USD"),
    ],
)
def test_a_price_that_cannot_be_believed_is_left_out_and_counted_with_an_example(
    unbelievable: Price, reason: str, example: str
) -> None:
    swept = gathered(price(0.1), unbelievable)
    assert swept.prices == (price(0.1),)
    assert swept.refused == (Refused(reason, 1, example),)


def test_refusals_are_counted_by_reason_with_the_first_as_example_and_the_most_frequent_first() -> None:
    others = [Refusal("no currency", f"row {number}") for number in range(3)]
    swept = gathered(price(0.1), Refusal("a tie", "row 8"), *others, FREE, replace(FREE, zone="a"))
    assert swept.refused == (
        Refused("no currency", 3, "row 0"),
        Refused(NO_PRICE, 2, "aws eu-central-1 m.small on_demand at 0 USD"),
        Refused("a tie", 1, "row 8"),
    )


def test_a_reason_that_the_source_has_as_well_is_counted_together() -> None:
    swept = gathered(price(0.1), Refusal(NO_PRICE, "row 1"), FREE)
    assert swept.refused == (Refused(NO_PRICE, 2, "row 1"),)


def test_regions_and_types_may_be_described_after_their_prices() -> None:
    swept = gather(Scripted((price(0.1), FRANKFURT, LARGE)), no_other_medians)
    assert (swept.prices, swept.refused) == ((price(0.1),), ())


def test_a_price_of_exactly_20_times_the_median_is_a_price() -> None:
    swept = gathered(price(0.1), price(2, SPOT))
    assert len(swept.prices) == 2


def test_the_sources_own_medians_count_before_those_known_from_elsewhere() -> None:
    swept = gathered(price(0.1), price(2.01, SPOT), price(1, SPOT, kind=SMALL), known={("aws", LARGE.name): rate(10)})
    assert {p.instance_type for p in swept.prices if p.capacity_type is SPOT} == {SMALL.name}


def rate(usd: float) -> NanoUsd:
    return rate_from_usd(usd)


def test_medians_from_elsewhere_judge_the_types_that_the_source_does_not_sell_on_demand() -> None:
    known = {("aws", LARGE.name): rate(0.1), ("gcp", SMALL.name): rate(0.001)}
    swept = gathered(price(2.01, SPOT), price(0.03, SPOT, DUBLIN), price(5, SPOT, kind=SMALL), known=known)
    assert swept.prices == (price(0.03, SPOT, DUBLIN), price(5, SPOT, kind=SMALL)), "nobody prices the small one"
    assert [(row.reason, row.rows) for row in swept.refused] == [(ABSURD, 1)]


def test_medians_from_elsewhere_are_asked_for_only_where_the_source_lacks_some() -> None:
    gather(saying(price(0.1), price(0.03, SPOT)), never_asked)
    with pytest.raises(AssertionError, match="are enough"):
        gather(saying(price(0.1), price(0.03, SPOT, kind=SMALL)), never_asked)


def test_of_two_regions_the_one_with_a_slip_shows() -> None:
    swept = gathered(price(0.1), price(2.5, region=DUBLIN))
    assert swept.prices == (price(0.1),)


def test_prices_of_nothing_do_not_draw_the_median_down() -> None:
    free = replace(price(1, region=DUBLIN), usd_per_hour=NanoUsd(0))
    below = replace(price(1, zone="a"), usd_per_hour=NanoUsd(-5))
    swept = gathered(price(0.1), free, below)
    assert swept.prices == (price(0.1),)
    assert [(row.reason, row.rows) for row in swept.refused] == [(NO_PRICE, 2)]


def test_a_fact_that_is_said_twice_counts_once() -> None:
    once = (price(0.1), price(0.03, SPOT), internet(), figure(5, 10), STORAGE, HINT, Notice("a limit"))
    twice = gathered(*(replace(fact) for fact in (*once, *once, FRANKFURT, LARGE)))
    assert twice == gathered(*once)


def test_what_says_the_same_in_other_words_counts_once_as_first_said() -> None:
    later = price(0.1, observed_at=NOON + HOUR, note="page 2", effective_from=NOON)
    swept = gathered(price(0.1), later, internet(), internet(note="page 2"))
    assert (swept.prices, swept.egress) == ((price(0.1),), (internet(),))


@pytest.mark.parametrize(
    ("one", "other", "subject"),
    [
        (price(0.1), price(0.2), "aws eu-central-1 m.large on_demand"),
        (price(0.1, SPOT, zone="a"), price(0.2, SPOT, zone="a"), "aws eu-central-1 a m.large spot"),
        (internet(0.09), internet(0.08), "aws * internet"),
        (figure(5, 10), figure(10, 15), "aws eu-central-1 m.large"),
        (figure(5, 10), figure(5, 10, window="hour"), "aws eu-central-1 m.large"),
        (STORAGE, replace(STORAGE, usd_per_gb_month=rate(0.03)), "aws eu-central-1"),
    ],
)
def test_two_different_figures_of_one_subject_fail_the_sweep(one: Fact, other: Fact, subject: str) -> None:
    with pytest.raises(CollectionFailed) as failed:
        gathered(price(0.3, region=DUBLIN), one, other)
    assert str(failed.value) == f"cloud: says two different things of {subject}; neither can be believed"


def test_zones_capacity_types_and_regions_are_subjects_of_their_own() -> None:
    prices = (
        price(0.1),
        price(0.11, zone="a"),
        price(0.12, zone="b"),
        price(0.13, SPOT),
        price(0.14, SPOT, zone="a"),
        price(0.15, region=DUBLIN),
    )
    assert gathered(*prices).prices == prices


BEYOND = "no interruption figure from 0 to under 100 %"


@pytest.mark.parametrize(
    ("low", "high"),
    [(-1, 5), (10, 5), (5, 101), (100, 100), (96, None), (float("nan"), 5), (5, float("nan")), (5, float("inf"))],
)
def test_an_interruption_figure_without_a_hazard_is_refused(low: float, high: float | None) -> None:
    swept = gathered(price(0.1), figure(low, high))
    assert swept.interruption == ()
    assert swept.refused == (Refused(BEYOND, 1, "aws eu-central-1 m.large"),)


@pytest.mark.parametrize(("low", "high"), [(0, 5), (20, None), (0, 0), (95, 100), (94.9, None)])
def test_an_interruption_figure_with_a_hazard_is_kept(low: float, high: float | None) -> None:
    assert gathered(figure(low, high)).interruption == (figure(low, high),)


def test_a_rate_below_0_for_storage_or_egress_is_refused_and_one_of_0_is_free() -> None:
    below = NanoUsd(-1)
    swept = gathered(
        price(0.1),
        replace(STORAGE, usd_per_gb_month=below),
        StorageRate("aws", DUBLIN.name, NanoUsd(0)),
        internet(-0.09),
        PricedTariff(tariff("aws", "*", "other-region", (0, 0.0)), date(2026, 10, 1)),
    )
    assert [rate.region for rate in swept.storage] == [DUBLIN.name]
    assert [priced.tariff.dst for priced in swept.egress] == ["other-region"]
    assert swept.refused == (Refused("a rate below 0", 2, "storage in aws eu-central-1"),)


@pytest.mark.parametrize("alone", [price(0.1), PAST, internet(), figure(5, 10), HINT, STORAGE])
def test_a_source_may_say_one_kind_of_fact_only(alone: Fact) -> None:
    swept = gathered(alone)
    told = (swept.prices, swept.past_prices, swept.egress, swept.interruption, swept.hints, swept.storage)
    assert sum(map(len, told)) == 1


@pytest.mark.parametrize("facts", [(), (Notice("all is well"),)])
def test_a_source_that_says_nothing_usable_fails(facts: Sequence[Fact]) -> None:
    with pytest.raises(CollectionFailed) as failed:
        gathered(*facts)
    assert str(failed.value) == "cloud: nothing that it says can be used"


def test_a_source_all_of_whose_rows_are_refused_fails_with_the_commonest_reason() -> None:
    refusals = [Refusal("no currency", f"row {number}") for number in range(1200)]
    with pytest.raises(CollectionFailed) as failed:
        gathered(FREE, *refusals)
    reason = "1,200 rows were refused: no currency (row 0)"
    assert str(failed.value) == f"cloud: nothing that it says can be used; {reason}"


def test_notices_are_kept_in_their_order_and_each_once() -> None:
    swept = gathered(Notice("b"), price(0.1), Notice("a"), Notice("b"))
    assert swept.warnings == ("b", "a")


def test_past_prices_are_kept_beside_the_price_of_now() -> None:
    earlier = PastPrice(price(0.08, effective_from=NOON - 48 * HOUR))
    swept = gathered(earlier, PAST, price(0.1, effective_from=NOON - HOUR))
    assert swept.past_prices == (earlier.price, PAST.price)
    assert len(swept.prices) == 1


@pytest.mark.parametrize(
    ("usd", "reason", "example"),
    [
        (0, "no price above 0", "past price of aws eu-central-1 m.large on_demand at 0 USD"),
        (-1, "no price above 0", "past price of aws eu-central-1 m.large on_demand at -1 USD"),
        (2.01, ABSURD, "past price of aws eu-central-1 m.large on_demand at 2.01 USD"),
    ],
)
def test_a_past_price_is_judged_as_one_of_now(usd: float, reason: str, example: str) -> None:
    unbelievable = PastPrice(price(usd, effective_from=NOON - 48 * HOUR))
    swept = gathered(price(0.1), PAST, unbelievable)
    assert swept.past_prices == (PAST.price,)
    assert swept.refused == (Refused(reason, 1, example),)


def test_a_source_of_past_prices_alone_is_judged_by_medians_from_elsewhere() -> None:
    absurd = PastPrice(price(2.01, SPOT, effective_from=NOON - HOUR))
    swept = gathered(PAST, absurd, known={("aws", LARGE.name): rate(0.1)})
    assert swept.past_prices == (PAST.price,)


def test_what_its_past_prices_cost_does_not_move_the_median() -> None:
    """The median is of the on-demand prices of now."""
    past = [PastPrice(price(50, effective_from=NOON - hours * HOUR)) for hours in (1, 2, 3)]
    assert gathered(price(0.1), *past).past_prices == ()


def test_who_watches_is_told_of_the_region_and_how_many_prices_there_are() -> None:
    types = tuple(InstanceType("aws", f"t{number}", 1, 2) for number in range(700))
    prices = [price(0.1, region=region, kind=kind) for region in (FRANKFURT, DUBLIN) for kind in types]
    told: list[tuple[str, int]] = []
    gather(saying(*types, *prices), no_other_medians, lambda region, rows: told.append((region, rows)))
    assert told == [(FRANKFURT.name, 1), (FRANKFURT.name, 501), (DUBLIN.name, 1001)]


def test_a_source_that_fails_half_way_gives_nothing() -> None:
    with pytest.raises(CollectionFailed, match="page 2 is missing"):
        gather(saying(price(0.1), CollectionFailed("cloud: page 2 is missing")), no_other_medians)
    assert gc.isenabled()


def test_what_is_no_fact_at_all_is_not_passed_over() -> None:
    stray: Any = tariff("aws", "*", "internet", (0, 0.09))
    with pytest.raises(AssertionError):
        gathered(price(0.1), stray)


def test_an_interruption_figure_may_be_of_a_region_that_another_source_describes() -> None:
    elsewhere = InterruptionFigure("aws", PARIS.name, HUGE.name, 5, 10, "month", date(2026, 10, 1))
    assert gathered(elsewhere).interruption == (elsewhere,)
