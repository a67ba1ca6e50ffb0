from dataclasses import replace
from datetime import date

import pytest

from placement.domain.money import rate_from_usd
from placement.domain.offering import CAPACITY_TYPES, InstanceType
from placement.domain.region import Attestation, Region
from placement.domain.sweep import PricedTariff, SourceKind, StorageRate
from placement.market.risk import hazard_of_band, prior_hazard_per_hour
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
    RESERVED,
    SMALL,
    SPOT,
    contents,
    figure,
    price,
    sweep,
    usd_of,
)

THE_OFFERING = (FRANKFURT.name, LARGE.name, ON_DEMAND)


def test_a_catalog_holds_what_was_swept_in_its_order(store: Store) -> None:
    zoned = price(0.02, SPOT, zone="eu-central-1b", estimated=True, observed_at=NOON - HOUR)
    prices = (
        price(0.2, region=DUBLIN),
        price(0.05, RESERVED, capacity=3),
        zoned,
        price(0.03, SPOT, kind=SMALL),
        price(0.1),
    )
    store.save_sweep(sweep(*prices), NOON)
    catalog = store.catalog()
    assert (catalog.version, catalog.as_of, catalog.sources, catalog.zones) == (1, NOON, ("list",), ("eu-central-1b",))
    assert [region.id for region in catalog.regions] == ["aws:eu-central-1", "aws:eu-west-1"]
    assert catalog.instance_types == (LARGE, SMALL)
    shown = [
        (
            o.region.name,
            o.capacity_type,
            o.usd_per_hour,
            o.instance_type.name,
            o.zone,
            o.observed_at,
            o.estimated,
            o.capacity,
        )
        for o in map(catalog.offering, range(len(catalog.offerings)))
    ]
    assert shown == [
        ("eu-central-1", ON_DEMAND, rate_from_usd(0.1), "m.large", None, NOON, False, None),
        ("eu-central-1", SPOT, rate_from_usd(0.02), "m.large", "eu-central-1b", NOON - HOUR, True, None),
        ("eu-central-1", SPOT, rate_from_usd(0.03), "m.small", None, NOON, False, None),
        ("eu-central-1", RESERVED, rate_from_usd(0.05), "m.large", None, NOON, False, 3),
        ("eu-west-1", ON_DEMAND, rate_from_usd(0.2), "m.large", None, NOON, False, None),
    ]
    assert not catalog.offerings.nano_usd_per_hour.flags.writeable


def test_all_that_is_known_of_a_region_and_a_type_comes_back(store: Store) -> None:
    region = Region(
        "dc", "fra-1", "DE", "Frankfurt", "europe", 50.1, 0.0, "dc-west", "DE-HE", "Acme", "FR", "US",
        (Attestation("bsi-c5", date(2024, 2, 29), date(2027, 1, 1)), Attestation("iso-27001", date(2020, 1, 1))),
    )  # fmt: skip
    kind = InstanceType("dc", "gpu.4", 4.5, 0.75, "arm64", True, 2, "L4", 48.0)
    store.save_sweep(sweep(price(1, region=region, kind=kind), regions=(region,), instance_types=(kind,)), NOON)
    catalog = store.catalog()
    assert catalog.regions == (region,)
    assert catalog.instance_types == (kind,)


def test_a_region_without_a_partition_lies_in_that_of_its_provider(store: Store) -> None:
    store.save_sweep(sweep(price(1)), NOON)
    assert {region.partition for region in store.catalog().regions} == {"aws"}


def test_tariffs_and_storage_rates_come_back(store: Store) -> None:
    tiered = tariff("aws", "*", "internet", (0, 0.09), (10240, 0.085), (51200.5, 0.07))
    flat = tariff("aws", FRANKFURT.name, "other-region", (0, 0))
    said = [PricedTariff(row, date(2026, 9, 1)) for row in (flat, tiered)]
    rate = StorageRate("aws", DUBLIN.name, rate_from_usd("0.023"))
    store.save_sweep(sweep(price(1), egress=said, storage=[rate]), NOON)
    assert store.catalog().tariffs == (tiered, flat)
    assert store.catalog().nano_usd_per_gb_month.tolist() == [-1, 23_000_000]


def test_spot_has_the_hazard_of_its_figure_or_the_prior_and_all_else_none(store: Store) -> None:
    prices = [price(0.1, kind) for kind in CAPACITY_TYPES]
    store.save_sweep(sweep(*prices, price(0.2, SPOT, DUBLIN), interruption=[figure(20, None)]), NOON)
    hazards = [store.catalog().offering(index).hazard_per_hour for index in range(4)]
    assert hazards == [0, hazard_of_band(20, None, "month"), 0, prior_hazard_per_hour("aws")]


def test_the_newest_of_several_interruption_figures_counts(store: Store) -> None:
    older, newer = figure(15, 20, date(2026, 5, 1)), figure(0, 5, date(2026, 6, 1))
    store.save_sweep(sweep(price(0.1, SPOT), kind=API, source="advisor", interruption=[newer]), NOON)
    store.save_sweep(sweep(price(0.1, SPOT), interruption=[older]), NOON)
    assert store.catalog().offering(0).hazard_per_hour == hazard_of_band(0, 5, "month")


@pytest.mark.parametrize("sheet_first", [True, False])
def test_a_sheet_beats_an_api_whichever_came_first(store: Store, sheet_first: bool) -> None:
    sweeps = [sweep(price(0.3), source="negotiated"), sweep(price(0.1), source="cloud", kind=API)]
    for one in sweeps if sheet_first else reversed(sweeps):
        store.save_sweep(one, NOON)
    assert usd_of(store.catalog()) == {THE_OFFERING: (0.3, "negotiated")}


@pytest.mark.parametrize("kind", SourceKind)
def test_of_two_sources_of_a_kind_the_later_collected_counts(store: Store, kind: SourceKind) -> None:
    store.save_sweep(sweep(price(0.1), source="a", kind=kind), NOON)
    store.save_sweep(sweep(price(0.2), source="b", kind=kind), NOON)
    assert usd_of(store.catalog()) == {THE_OFFERING: (0.2, "b")}
    store.save_sweep(sweep(price(0.1), source="a", kind=kind), NOON + HOUR)
    assert usd_of(store.catalog()) == {THE_OFFERING: (0.1, "a")}
    assert usd_of(store.catalog(2)) == {THE_OFFERING: (0.2, "b")}


def test_where_the_sheet_ends_an_offering_the_api_prices_it_again(store: Store) -> None:
    store.save_sweep(sweep(price(0.1), price(0.4, zone="eu-central-1a"), source="cloud", kind=API), NOON)
    store.save_sweep(sweep(price(0.3), source="negotiated"), NOON)
    assert len(store.catalog().offerings) == 2, "a zone is an offering of its own"
    store.save_sweep(sweep(source="negotiated"), NOON + HOUR)
    assert sorted(store.catalog().offerings.nano_usd_per_hour.tolist()) == [100_000_000, 400_000_000]


def test_what_is_overruled_stays_visible(store: Store) -> None:
    store.save_sweep(sweep(price(0.1), price(0.2, SPOT), source="cloud", kind=API), NOON)
    store.save_sweep(sweep(price(0.3, observed_at=NOON + HOUR), source="negotiated"), NOON)
    fresh = {row.source: row for row in store.freshness()}
    assert dict(fresh["cloud"].offerings) == {ON_DEMAND: 1, SPOT: 1}
    assert dict(fresh["negotiated"].offerings) == {ON_DEMAND: 1}
    assert fresh["negotiated"].oldest_observed_at == NOON + HOUR
    assert [row.source for row in store.freshness(1)] == ["cloud"]


def test_freshness_counts_by_region_with_the_oldest_and_the_newest(store: Store) -> None:
    old = price(0.2, kind=SMALL, observed_at=NOON - 48 * HOUR)
    store.save_sweep(sweep(price(0.1), price(0.3, SPOT), old, price(0.1, region=DUBLIN)), NOON)
    here, there = store.freshness()
    assert (here.source, here.provider, here.region) == ("list", "aws", FRANKFURT.name)
    assert dict(here.offerings) == {ON_DEMAND: 2, SPOT: 1}
    assert (here.oldest_observed_at, here.newest_observed_at) == (NOON - 48 * HOUR, NOON)
    assert (there.oldest_observed_at, there.newest_observed_at) == (NOON, NOON)


def test_regions_and_types_of_two_sources_merge_field_by_field(store: Store) -> None:
    known = replace(FRANKFURT, city="Frankfurt", lat=50.1, lon=8.7, continent=None)
    corrected = replace(
        FRANKFURT, lat=0.0, parent_country="US", attestations=(Attestation("bsi-c5", date(2024, 1, 1)),)
    )
    attested = replace(known, attestations=(Attestation("iso-27001", date(2020, 1, 1)),))
    gpu = replace(LARGE, gpu_count=8, gpu_model="A100", burstable=True)
    bare = replace(LARGE, vcpus=3, architecture=None)
    store.save_sweep(sweep(price(1), source="cloud", kind=API, regions=[attested], instance_types=[gpu]), NOON)
    store.save_sweep(sweep(price(1), source="sheet", regions=[corrected], instance_types=[bare]), NOON)
    (region,), (kind,) = store.catalog().regions, store.catalog().instance_types
    assert (region.city, region.continent, region.lat, region.lon) == ("Frankfurt", "europe", 0.0, 8.7)
    assert region.parent_country == "US"
    assert [a.scheme for a in region.attestations] == ["bsi-c5", "iso-27001"]
    assert (kind.vcpus, kind.architecture, kind.gpu_count, kind.burstable) == (3, "x86_64", 8, True)


def test_a_tariff_is_taken_whole_from_the_stronger_source(store: Store) -> None:
    listed = tariff("aws", "*", "internet", (0, 0.09), (10240, 0.05))
    negotiated = tariff("aws", "*", "internet", (0, 0.04))
    other = tariff("aws", "*", "other-region", (0, 0.02))
    store.save_sweep(sweep(price(1), egress=[PricedTariff(negotiated, date(2026, 9, 1))]), NOON)
    cloud = [PricedTariff(row, date(2026, 9, 1)) for row in (listed, other)]
    store.save_sweep(sweep(price(1), source="cloud", kind=API, egress=cloud), NOON)
    assert store.catalog().tariffs == (negotiated, other)


def test_the_same_market_in_another_order_is_the_same_catalog(store: Store) -> None:
    prices = [price(0.1), price(0.1, kind=SMALL), price(0.1, SPOT), price(0.1, region=DUBLIN)]
    store.save_sweep(sweep(*prices), NOON)
    first = contents(store.catalog())
    backwards = sweep(*prices[::-1], regions=(DUBLIN, FRANKFURT), instance_types=(SMALL, LARGE))
    assert store.save_sweep(backwards, NOON).changed == 0
    assert contents(store.catalog()) == first | {"version": 2}
