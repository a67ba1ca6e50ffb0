"""A catalog gives back the facts that it was made of, and nobody can change it."""

from dataclasses import replace

import pytest

from placement.domain.offering import CAPACITY_TYPES, CapacityType
from tests.builders import DUBLIN, FRANKFURT, IOWA, catalog, instance_type, offering

GPU = instance_type(name="p4", gpu_count=8, gpu_model="A100", gpu_memory_gib=320.0)
UNKNOWN = instance_type("gcp", "odd", architecture=None, gpu_count=1, gpu_model=None, gpu_memory_gib=None)
OFFERS = [
    offering(FRANKFURT, 0.2, CapacityType.SPOT, GPU, zone="euc1-az2", estimated=True, hazard_per_hour=0.01),
    offering(FRANKFURT, 0.1, CapacityType.RESERVED, capacity=0),
    offering(DUBLIN, 0.1234, capacity=7, source="sheet"),
    offering(DUBLIN, 0.1, zone="a"),
    offering(DUBLIN, 0.1),
    offering(IOWA, 0.05, kind=UNKNOWN),
]


def test_every_row_is_the_offering_that_was_put_in() -> None:
    market = catalog(OFFERS)
    rows = [market.offering(row) for row in range(len(market.offerings))]
    assert len(rows) == len(OFFERS)
    assert all(offer in rows for offer in OFFERS)


def test_rows_lie_by_region_capacity_type_price_type_and_zone() -> None:
    market = catalog(list(reversed(OFFERS)))
    rows = [market.offering(row) for row in range(len(market.offerings))]
    assert rows == sorted(
        OFFERS,
        key=lambda o: (
            o.region.id,
            CAPACITY_TYPES.index(o.capacity_type),
            o.usd_per_hour,
            o.instance_type.name,
            o.zone or "",
        ),
    )


def test_unknown_attributes_match_no_value() -> None:
    types = catalog(OFFERS).types
    odd = types.name.tolist().index("odd")
    assert (types.architecture[odd], types.gpu_model[odd]) == ("", "")
    assert types.gpu_memory_gib[odd] != types.gpu_memory_gib[odd]
    assert "a100" in types.gpu_model.tolist()


def test_a_catalog_cannot_be_changed() -> None:
    market = catalog(OFFERS)
    with pytest.raises(ValueError, match="read-only"):
        market.offerings.nano_usd_per_hour[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        market.nano_usd_per_gb_month[0] = 1


def test_a_region_without_offerings_is_a_place_all_the_same() -> None:
    empty = replace(IOWA, name="us-west9")
    market = catalog(OFFERS, regions=[empty])
    index = market.region_index["gcp:us-west9"]
    assert [market.segment(index, kind) for kind in CapacityType] == [slice(len(OFFERS), len(OFFERS))] * 3
