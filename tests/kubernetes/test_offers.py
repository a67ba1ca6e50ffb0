"""Each kind of node is one offering of the catalog, or one whose price is not known."""

from dataclasses import replace

import pytest

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.offers import Offers, offers
from placement.market.risk import prior_hazard_per_hour
from tests.builders import BELGIUM, FRANKFURT, IOWA, catalog, instance_type, offering
from tests.kubernetes.judging import node

SPOT, RESERVED = CapacityType.SPOT, CapacityType.RESERVED


def price(found: Offers) -> int | None:
    """Of the first kind, in nano-USD an hour; None where it is not known."""
    return int(found.market.offerings.nano_usd_per_hour[0]) if found.is_priced[0] else None


def test_a_node_is_the_offering_of_its_region_type_and_capacity() -> None:
    market = catalog([offering(FRANKFURT, 0.1), offering(FRANKFURT, 0.03, SPOT), offering(IOWA, 0.08)])
    assert price(offers([node("aws:eu-central-1")], market)) == NanoUsd(100_000_000)
    assert price(offers([node("aws:eu-central-1", capacity=SPOT)], market)) == NanoUsd(30_000_000)
    assert price(offers([node("gcp:us-central1")], market)) == NanoUsd(80_000_000)


@pytest.mark.parametrize(
    "kind",
    [
        node("aws:eu-central-1", "unheard.of"),
        node("aws:eu-central-1", capacity=SPOT),
        node("aws:eu-west-9"),
        NodeKind("aws", None, instance_type="m.large", doubt="it says nothing"),
        NodeKind("aws", "eu-central-1"),
    ],
)
def test_what_the_catalog_does_not_price_has_no_price(kind: NodeKind) -> None:
    assert price(offers([kind], catalog([offering(FRANKFURT, 0.1)]))) is None


def test_a_price_that_is_too_old_is_not_known() -> None:
    market = catalog([offering(FRANKFURT, 0.03, SPOT, stale=True, hazard_per_hour=0.05)])
    found = offers([node("aws:eu-central-1", capacity=SPOT)], market)
    assert price(found) is None
    assert found.market.offerings.hazard_per_hour[0] == 0.05


def test_silence_about_interruptions_is_no_safety() -> None:
    found = offers([node("aws:eu-central-1", "unheard.of", SPOT)], catalog([offering(FRANKFURT)]))
    assert found.market.offerings.hazard_per_hour[0] == prior_hazard_per_hour("aws") > 0


def test_the_price_is_that_of_the_zone_by_its_name_or_id() -> None:
    market = catalog(
        [
            offering(FRANKFURT, 0.03, SPOT, zone="eu-central-1a"),
            offering(FRANKFURT, 0.04, SPOT, zone="euc1-az3"),
            offering(FRANKFURT, 0.05, SPOT, zone="eu-central-1c"),
        ]
    )
    kind = node("aws:eu-central-1", capacity=SPOT)
    assert price(offers([replace(kind, zone="eu-central-1a")], market)) == 30_000_000
    assert price(offers([replace(kind, zone="eu-central-1b", zone_id="euc1-az3")], market)) == 40_000_000
    # Of a zone that is not priced nobody knows more than what the others cost at most.
    assert price(offers([replace(kind, zone="eu-central-1d")], market)) == 50_000_000
    whole = catalog([offering(FRANKFURT, 0.03, SPOT, zone="eu-central-1a"), offering(FRANKFURT, 0.02, SPOT)])
    assert price(offers([replace(kind, zone="eu-central-1d")], whole)) == 20_000_000


def test_reserved_nodes_cost_what_is_amortised_or_else_what_they_would_on_demand() -> None:
    kind = node("aws:eu-central-1", capacity=RESERVED)
    assert price(offers([kind], catalog([offering(FRANKFURT, 0.1), offering(FRANKFURT, 0.06, RESERVED)]))) == 60_000_000
    assert price(offers([kind], catalog([offering(FRANKFURT, 0.1)]))) == 100_000_000


def test_a_node_of_no_cloud_is_known_by_a_region_that_one_provider_alone_has() -> None:
    market = catalog([offering(FRANKFURT, 0.1), offering(BELGIUM, 0.2)])
    kind = NodeKind(None, "europe-west1", instance_type="m.large")
    assert price(offers([kind], market)) == 200_000_000
    twin = replace(FRANKFURT, provider="gcp", partition="gcp")
    both = offers([NodeKind(None, "eu-central-1")], catalog([offering(FRANKFURT), offering(twin)]))
    assert both.places.doubts == (
        "eu-central-1 may be aws:eu-central-1 or gcp:eu-central-1; label the node placement.dev/provider",
    )
    nowhere = offers([NodeKind(None, "mars-1"), NodeKind("aws", "mars-1")], market)
    assert nowhere.places.doubts == (
        "catalog version 1 has no region mars-1",
        "catalog version 1 has no region aws:mars-1",
    )


@pytest.mark.parametrize(
    ("asked", "part"),
    [((1.0, 4.0, 0), 0.25), ((2.0, 4.0, 0), 0.5), ((1.0, 12.0, 0), 0.75), ((9.0, 1.0, 0), 1.0)],
)
def test_a_pod_pays_for_the_part_of_which_it_takes_the_most(asked: tuple[float, float, int], part: float) -> None:
    found = offers([node("aws:eu-central-1")], catalog([offering(FRANKFURT, 0.1)]))
    assert found.shared(*asked).offerings.nano_usd_per_hour[0] == round(100_000_000 * part)


def test_gpus_are_parts_too() -> None:
    gpus = instance_type(name="g.large", gpu_count=4)
    market = catalog([offering(FRANKFURT, 0.1, kind=gpus), offering(FRANKFURT, 0.1)])
    found = offers([node("aws:eu-central-1", "g.large"), node("aws:eu-central-1")], market)
    assert found.shared(0.4, 1.6, 2).offerings.nano_usd_per_hour.tolist() == [50_000_000, 100_000_000]
    assert found.shared(0.4, 1.6, 0).offerings.nano_usd_per_hour.tolist() == [10_000_000, 10_000_000]


def test_a_cluster_without_nodes_and_a_catalog_without_offerings_are_no_special_cases() -> None:
    assert len(offers([], catalog([offering()])).shared(1, 1, 0).offerings) == 0
    assert price(offers([node("aws:eu-central-1")], catalog([], regions=[FRANKFURT]))) is None
