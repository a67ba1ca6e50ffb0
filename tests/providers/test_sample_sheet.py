import re
from collections import Counter
from datetime import date

import numpy as np
import pytest

from placement.domain.money import rate_from_usd, rate_in_usd
from placement.domain.offering import CapacityType
from placement.domain.sweep import Price, Sweep
from placement.domain.tariff import TariffTier
from placement.market.egress import NO_TARIFF, EgressMap
from providers.onprem import PriceSheets, sample_folder

OLDEST_FIGURE = date(2022, 9, 1)
COMPILED = date(2026, 11, 23)


@pytest.fixture(scope="module")
def sample() -> Sweep:
    return PriceSheets(sample_folder()).sweep()


@pytest.fixture(scope="module")
def egress(sample: Sweep) -> EgressMap:
    return EgressMap.of(tuple(sample.regions), tuple(row.tariff for row in sample.egress))


def tariff(sample: Sweep, name: str) -> tuple[TariffTier, ...]:
    return next(row.tariff.tiers for row in sample.egress if row.tariff.name == name)


def by_key(sample: Sweep, capacity_type: CapacityType) -> dict[tuple[str, str, str], Price]:
    return {
        (price.provider, price.region, price.instance_type): price
        for price in sample.prices
        if price.capacity_type is capacity_type
    }


def test_the_sample_loads_without_a_warning(sample: Sweep) -> None:
    assert list(sample.warnings) == []


def test_the_sample_spans_four_providers_and_the_world(sample: Sweep) -> None:
    assert {region.provider for region in sample.regions} == {"aws", "azure", "gcp", "onprem"}
    assert len(sample.regions) >= 24
    assert len({region.country for region in sample.regions}) >= 14
    continents = {region.continent for region in sample.regions}
    assert continents == {"africa", "asia", "europe", "north-america", "oceania", "south-america"}
    assert "CA-QC" in {region.subdivision for region in sample.regions}


def test_every_region_says_where_it_is_and_who_stands_behind_it(sample: Sweep) -> None:
    for region in sample.regions:
        assert None not in (region.city, region.partition, region.parent_country), region.id
        assert region.lat is not None, region.id
        assert region.lon is not None, region.id
        assert abs(region.lat) <= 90, region.id
        assert abs(region.lon) <= 180, region.id


def test_the_sample_has_arm_gpu_and_burstable_types(sample: Sweep) -> None:
    types = sample.instance_types
    assert len(types) >= 60
    assert {t.architecture for t in types} == {"x86_64", "arm64"}
    for provider in ("aws", "azure", "gcp"):
        mine = [t for t in types if t.provider == provider]
        assert any(t.burstable for t in mine)
        assert any(t.architecture == "arm64" for t in mine)
        assert any(t.gpu_count and t.gpu_model and t.gpu_memory_gib for t in mine)


def test_the_sample_is_small_but_a_market(sample: Sweep) -> None:
    assert 1200 <= len(sample.prices) <= 2500
    kinds = Counter((price.provider, price.capacity_type) for price in sample.prices)
    for provider in ("aws", "azure", "gcp"):
        assert kinds[provider, CapacityType.ON_DEMAND] >= 100
        assert kinds[provider, CapacityType.SPOT] >= 100
    assert kinds["onprem", CapacityType.RESERVED] >= 1
    assert kinds["azure", CapacityType.SPOT] <= 250


def test_every_region_and_every_type_has_a_price(sample: Sweep) -> None:
    assert {(p.provider, p.region) for p in sample.prices} == {(r.provider, r.name) for r in sample.regions}
    assert {(p.provider, p.instance_type) for p in sample.prices} == {
        (t.provider, t.name) for t in sample.instance_types
    }


def test_every_figure_has_its_date_and_source(sample: Sweep) -> None:
    figures = [
        *((price.observed_at.date(), price.note) for price in sample.prices),
        *((row.observed_on, row.note) for row in sample.egress),
        *((row.observed_on, row.note) for row in sample.interruption),
    ]
    for observed_on, source in figures:
        assert OLDEST_FIGURE <= observed_on <= COMPILED, source
        assert len(source) > 20


def test_spot_costs_less_than_on_demand(sample: Sweep) -> None:
    on_demand, spot = by_key(sample, CapacityType.ON_DEMAND), by_key(sample, CapacityType.SPOT)
    for key, price in spot.items():
        assert 0 < price.usd_per_hour < on_demand[key].usd_per_hour, key


def test_a_derived_spot_price_is_the_on_demand_price_less_the_published_saving(sample: Sweep) -> None:
    on_demand = by_key(sample, CapacityType.ON_DEMAND)
    derived = {key: p for key, p in by_key(sample, CapacityType.SPOT).items() if key[0] == "aws"}
    assert derived
    for key, price in derived.items():
        read = re.match(r"derived: ([\d.]+) on demand x \(1 - (\d+) %\)", price.note)
        assert read, price.note
        assert price.estimated
        assert rate_from_usd(read[1]) == on_demand[key].usd_per_hour, key
        assert price.usd_per_hour == on_demand[key].usd_per_hour * (100 - int(read[2])) // 100, key


def test_list_prices_are_not_called_estimates(sample: Sweep) -> None:
    estimated = {(p.provider, p.capacity_type) for p in sample.prices if p.estimated}
    assert estimated == {
        ("aws", CapacityType.SPOT),
        ("onprem", CapacityType.ON_DEMAND),
        ("onprem", CapacityType.RESERVED),
    }


def test_interruption_figures_stand_beside_spot_prices(sample: Sweep) -> None:
    figures = {(f.provider, f.region, f.instance_type) for f in sample.interruption}
    assert figures == {key for key in by_key(sample, CapacityType.SPOT) if key[0] == "aws"}
    assert {(f.pct_low, f.pct_high) for f in sample.interruption} == {
        (0, 5),
        (5, 10),
        (10, 15),
        (15, 20),
        (20, None),
    }


@pytest.mark.parametrize(
    ("instance_type", "slots", "purchase_usd", "kilowatts"),
    [
        ("std-4", 32, 15_000, 0.6),
        ("std-8", 16, 15_000, 0.6),
        ("std-16", 8, 15_000, 0.6),
        ("gpu-l4-16", 4, 24_000, 0.9),
    ],
)
def test_the_on_premises_prices_are_the_arithmetic_of_the_readme(
    sample: Sweep, instance_type: str, slots: int, purchase_usd: int, kilowatts: float
) -> None:
    server = purchase_usd / 43_800 + kilowatts * 1.4 * 0.25 + 0.1 * purchase_usd / 8_760 + 3_000 / 8_760
    key = ("onprem", "fra-1", instance_type)
    pooled = by_key(sample, CapacityType.ON_DEMAND)[key]
    assert rate_in_usd(pooled.usd_per_hour) == pytest.approx(server / slots / 0.8, abs=1e-6)
    assert pooled.capacity
    prepaid = by_key(sample, CapacityType.RESERVED).get(key)
    if prepaid is not None:
        assert rate_in_usd(prepaid.usd_per_hour) == pytest.approx(server / slots, abs=1e-6)
        assert prepaid.capacity


def test_the_on_premises_site_allots_no_more_than_its_servers_hold(sample: Sweep) -> None:
    vcpus = {t.name: t.vcpus for t in sample.instance_types if t.provider == "onprem"}
    allotted: Counter[CapacityType] = Counter()
    for price in sample.prices:
        if price.provider == "onprem" and price.instance_type.startswith("std"):
            assert price.capacity is not None
            allotted[price.capacity_type] += int(vcpus[price.instance_type]) * price.capacity
    assert allotted[CapacityType.ON_DEMAND] <= 6 * 128 * 0.8
    assert allotted[CapacityType.RESERVED] <= 2 * 128


def test_every_pair_of_regions_has_a_tariff(sample: Sweep, egress: EgressMap) -> None:
    missing = np.argwhere(egress.between == NO_TARIFF)
    assert [(sample.regions[int(a)].id, sample.regions[int(b)].id) for a, b in missing] == []


def test_every_region_has_a_tariff_to_people(sample: Sweep, egress: EgressMap) -> None:
    missing = np.flatnonzero(egress.to_internet == NO_TARIFF)
    assert [sample.regions[int(a)].id for a in missing] == []


def test_every_cloud_prices_traffic_between_its_zones(sample: Sweep, egress: EgressMap) -> None:
    zonal = zip(sample.regions, egress.cross_zone, strict=True)
    priced = {region.provider for region, row in zonal if row != NO_TARIFF}
    assert priced == {"aws", "azure", "gcp"}


def test_tariffs_fall_with_volume_except_where_the_list_really_rises(sample: Sweep) -> None:
    tiers = {row.tariff.name: [tier.usd_per_gb for tier in row.tariff.tiers] for row in sample.egress}
    rising = {name for name, rates in tiers.items() if rates != sorted(rates, reverse=True)}
    starts = [tier.from_gb for tier in tariff(sample, "aws eu-central-1 -> internet")]
    assert starts == [0, 10240, 51200, 153600]
    assert rising == {
        "gcp asia-northeast1 -> internet",
        "gcp asia-northeast3 -> internet",
        "gcp asia-northeast3 -> internet:AU",
    }


def test_traffic_to_australia_has_a_tariff_of_its_own(sample: Sweep, egress: EgressMap) -> None:
    place = {region.id: index for index, region in enumerate(sample.regions)}
    row = egress.between[place["gcp:europe-west4"], place["aws:ap-southeast-2"]]
    assert egress.tariffs[row].name == "gcp europe-west4 -> internet:AU"
