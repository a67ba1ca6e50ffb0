"""Tariffs of outgoing traffic are told for the places and volumes that the Bandwidth rows name, and no others."""

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Notice
from placement.domain.sweep import PricedTariff
from tests.providers.azure.cloud import TIERS
from tests.providers.azure.rows import DECEMBER, OCTOBER, Row, egress, internet, machine
from tests.providers.azure.telling import d2, market, of, refusals, tariffs

INTRA, INTER = "Intra Continent Data Transfer Out", "Inter Continent Data Transfer Out - NAM or EU To Any"
OUT_OF_ZONE = "Standard Inter-Availability Zone Data Transfer Out"
INTO_ZONE = "Standard Inter-Availability Zone Data Transfer In"


def told(*rows: Row, region: str = "eastus") -> dict[tuple[str, str], list[tuple[float, float]]]:
    return tariffs(market([machine(region, "Standard_D2s_v5", 0.1), *rows], regions=region))


def test_the_free_100_gb_are_the_first_tier_of_the_internet() -> None:
    facts = market([d2(), *internet("eastus", *TIERS)])
    assert tariffs(facts) == {("eastus", "internet"): list(TIERS)}
    [priced] = of(facts, PricedTariff)
    assert "first 100 GB free once per account" in priced.note


def test_the_usual_routing_is_priced_and_not_the_cheaper_one_that_must_be_chosen() -> None:
    cheaper = internet("eastus", (0, 0), (100, 0.08), product="Bandwidth - Routing Preference: Internet")
    assert told(*internet("eastus", *TIERS), *cheaper) == {("eastus", "internet"): list(TIERS)}


def test_where_there_is_no_usual_routing_the_other_is_told_and_named() -> None:
    facts = market([d2(), *internet("eastus", (0, 0), (100, 0.08), product="Bandwidth - Routing Preference: Internet")])
    assert tariffs(facts) == {("eastus", "internet"): [(0, 0), (100, 0.08)]}
    assert "routed over other providers" in of(facts, PricedTariff)[0].note


def test_regions_of_the_continent_cost_the_one_rate_and_all_others_the_other() -> None:
    found = told(egress("eastus", INTRA, 0, 0.02, "Inter-Region"), egress("eastus", INTER, 0, 0.05, "Inter-Region"))
    assert found.pop(("eastus", "north-america")) == [(0, 0.02)]
    assert set(found) == {("eastus", name) for name in ("africa", "asia", "europe", "oceania", "south-america")}
    assert all(tiers == [(0, 0.05)] for tiers in found.values())


def test_half_of_what_is_needed_between_regions_is_told_as_half() -> None:
    assert told(egress("eastus", INTRA, 0, 0.02)) == {("eastus", "north-america"): [(0, 0.02)]}


def test_a_rate_between_regions_that_does_not_say_which_is_refused() -> None:
    facts = market([d2(), egress("eastus", "Standard Inter-Region Data Transfer", 0, 0.02)])
    assert not tariffs(facts)
    assert list(refusals(facts)) == ["a meter of outgoing traffic that does not say where to"]


def test_zones_are_free_only_where_the_api_says_so() -> None:
    assert told() == {}
    free = (egress("eastus", OUT_OF_ZONE, 0, 0.0), egress("eastus", INTO_ZONE, 0, 0.0))
    assert told(*free) == {("eastus", "same-region-cross-zone"): [(0, 0)]}
    paid = (egress("eastus", OUT_OF_ZONE, 0, 0.01), egress("eastus", INTO_ZONE, 0, 0.01))
    assert told(*paid) == {("eastus", "same-region-cross-zone"): [(0, 0.02)]}
    assert told(egress("eastus", OUT_OF_ZONE, 0, 0.01)) == {}


def test_traffic_that_comes_in_is_out_of_scope() -> None:
    facts = market([d2(), egress("eastus", "Standard Data Transfer In", 0, 0.0)])
    assert (tariffs(facts), refusals(facts)) == ({}, {})


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (internet("eastus", (100, 0.08)), "tiers that do not start at 0 GB"),
        (internet("eastus", (0, 0.0)), "price of 0"),
        (internet("eastus", (0, 0.0), (100, 0.0)), "price of 0"),
        ([egress("eastus", INTRA, 0, 0.0)], "price of 0"),
        (internet("eastus", (0, -1.0)), "price below 0"),
        (internet("eastus", (0, 0.08), unitOfMeasure="1 TB"), "traffic in another unit than GB"),
        (internet("eastus", (-5, 0.08)), "a tier that begins nowhere"),
        (internet("eastus", (0, 0.08), currencyCode="EUR"), "a price in another currency than USD"),
        (
            internet("eastus", (0, 0.08), product="Bandwidth - Peering"),
            "a meter of outgoing traffic that does not say where to",
        ),
        (
            [egress("eastus", INTRA, 0, 0.02), egress("eastus", INTRA + " 2", 0, 0.03)],
            "two meters for the same traffic differ",
        ),
    ],
)
def test_tiers_that_cannot_be_believed_are_no_tariff(rows: list[Row], reason: str) -> None:
    facts = market([d2(), *rows])
    assert not tariffs(facts)
    assert list(refusals(facts)) == [reason]


def test_tiers_of_other_months_are_not_in_force() -> None:
    old = internet("eastus", (0, 0.09), window=OCTOBER)
    new = internet("eastus", (0, 0.07), window=DECEMBER)
    assert told(*internet("eastus", (0, 0.08)), *old, *new) == {("eastus", "internet"): [(0, 0.08)]}


def test_two_prices_in_force_for_one_tier_fail_the_sweep() -> None:
    with pytest.raises(
        CollectionFailed, match="two prices are in force for eastus Standard Data Transfer Out from 0 GB"
    ):
        told(*internet("eastus", (0, 0.08)), *internet("eastus", (0, 0.09), meterId="another"))


def test_a_row_for_a_zone_of_the_price_list_is_for_the_regions_of_its_continents() -> None:
    zone = internet("Zone 1", (0, 0), (100, 0.0875))
    assert told(*zone) == {("eastus", "internet"): [(0, 0), (100, 0.0875)]}
    assert told(*zone, region="southeastasia") == {}
    between = egress("", INTER, 0, 0.05, location="")
    assert set(told(between)) == {("eastus", to) for to in ("africa", "asia", "europe", "oceania", "south-america")}


def test_a_region_s_own_row_overrules_that_of_its_zone() -> None:
    own = internet("eastus", (0, 0), (100, 0.09))
    assert told(*internet("Zone 1", (0, 0), (100, 0.0875)), *own) == {("eastus", "internet"): [(0, 0), (100, 0.09)]}


def test_which_zone_the_middle_east_is_in_is_not_guessed() -> None:
    assert told(*internet("Zone 2", (0, 0.12)), *internet("Zone 3", (0, 0.18)), region="uaenorth") == {}


def test_a_row_for_a_place_that_is_not_known_is_refused() -> None:
    facts = market([d2(), egress("", "Inter Continent Data Transfer Out - LATAM To Any", 0, 0.16, location="")])
    assert list(refusals(facts)) == ["traffic from a place that is not known"]


def test_a_region_without_a_tariff_is_named() -> None:
    [internet_notice, regions_notice] = of(market([d2()]), Notice)
    assert internet_notice.words == "azure: no tariff for traffic to internet is known from eastus"
    assert regions_notice.words == "azure: no tariff for traffic to any other region is known from eastus"
