"""Egress rows name places in words and count in GiB."""

from datetime import date

import pytest

from placement.domain.provider import Refusal
from placement.domain.sweep import PricedTariff
from placement.domain.tariff import EgressTariff, TariffTier
from providers.gcp.components import FREE, STRANGE_UNIT
from providers.gcp.egress import DEAREST, NO_PLACE, NOTE, tariffs
from providers.gcp.skus import Sku
from tests.providers.gcp.rows import IOWA, core, row

TODAY = date(2026, 11, 23)
AMERICAS = (IOWA, "us-east1", "us-west1")
REGIONS = {*AMERICAS, "us-east4", "europe-west1", "asia-northeast1"}
NAMES = (
    core("E2 Instance", "0.02", "Americas", AMERICAS),
    core("E2 Instance", "0.02", "Virginia", ("us-east4",)),
    core("E2 Instance", "0.02", "EMEA", ("europe-west1",)),
    core("E2 Instance", "0.02", "Japan", ("asia-northeast1",)),
    # A newer family's row names more regions than the name stands for elsewhere.
    core("A3 Instance", "0.02", "Americas", (*AMERICAS, "us-east4")),
    core("G4 Instance", "0.02", "Iowa", (IOWA,)),
)


def out(
    to: str,
    usd: str | list[tuple[str, str]] = "0.12",
    src: str = "Iowa",
    regions: tuple[str, ...] = (IOWA,),
    unit: str = "GiBy",
) -> Sku:
    words = f"Network Internet Data Transfer Out from {src} to {to}"
    return row(words, "PremiumInternetEgress", usd, regions=regions, unit=unit)


def between(src: str, to: str, usd: str = "0.05", regions: tuple[str, ...] = (IOWA,)) -> Sku:
    words = f"Network Inter Region Data Transfer Out from {src} to {to}"
    return row(words, "InterregionEgress", usd, regions=regions, unit="GiBy")


def read(*rows: Sku) -> dict[tuple[str, str], EgressTariff]:
    facts = list(tariffs((*NAMES, *rows), REGIONS, TODAY))
    assert all(isinstance(fact, PricedTariff) and fact.observed_on == TODAY for fact in facts)
    return {(f.tariff.src, f.tariff.dst): f.tariff for f in facts if isinstance(f, PricedTariff)}


def refused(*rows: Sku) -> list[str]:
    return [fact.reason for fact in tariffs((*NAMES, *rows), REGIONS, TODAY) if isinstance(fact, Refusal)]


def test_a_price_by_the_gib_becomes_one_by_the_gb_and_so_do_the_bounds_of_tiers() -> None:
    (tariff,) = read(out("EMEA", [("0", "0.12"), ("1024", "0.11"), ("10240", "0.08")])).values()
    assert tariff.tiers == (
        TariffTier(0.0, 111758709),  # type: ignore[arg-type]
        TariffTier(1099.511627776, 102445483),  # type: ignore[arg-type]
        TariffTier(10995.11627776, 74505806),  # type: ignore[arg-type]
    )
    one_gib = 1.073741824
    assert tariff.cost(one_gib) == pytest.approx(0.12e9)
    assert tariff.cost(10240 * one_gib) == pytest.approx((1024 * 0.12 + 9216 * 0.11) * 1e9)


def test_the_cost_is_continuous_and_never_falls_with_the_volume() -> None:
    (tariff,) = read(out("EMEA", [("0", "0.12"), ("1024", "0.11"), ("10240", "0.08")])).values()
    costs = [tariff.cost(gb) for gb in (0, 1, 1099.5, 1099.52, 1100, 10995.1, 10995.2, 20000)]
    assert costs == sorted(costs)
    assert costs[3] - costs[2] < 0.02 * 0.12e9


def test_a_free_allowance_of_the_account_is_not_given_to_every_region() -> None:
    (tariff,) = read(out("EMEA", [("0", "0"), ("1", "0.12"), ("1024", "0.11")])).values()
    assert [tier.from_gb for tier in tariff.tiers] == [0.0, 1099.511627776]
    assert tariff.cost(1.073741824) == pytest.approx(0.12e9)


def test_china_and_australia_are_told_apart_by_the_words_only() -> None:
    found = read(out("EMEA", "0.12"), out("China", "0.23"), out("Australia", "0.19"))
    assert found.keys() == {(IOWA, "internet"), (IOWA, "internet:CN"), (IOWA, "internet:AU")}
    assert found[IOWA, "internet:CN"].tiers[0].usd_per_gb > found[IOWA, "internet:AU"].tiers[0].usd_per_gb


def test_of_several_destinations_on_the_internet_the_dearest_holds_at_every_volume() -> None:
    rows = (out("Americas", [("0", "0.12"), ("1024", "0.08")]), out("APAC", [("0", "0.11"), ("10240", "0.09")]))
    ((tariff,), (note,)) = (
        read(*rows).values(),
        [f.note for f in tariffs((*NAMES, *rows), REGIONS, TODAY) if isinstance(f, PricedTariff)],
    )
    assert note == DEAREST
    per_gib = [round(tier.usd_per_gb * 1.073741824 / 1e9, 6) for tier in tariff.tiers]
    assert per_gib == [0.12, 0.11, 0.09]


def test_equal_rows_are_one_tariff() -> None:
    rows = (out("Americas"), out("APAC"))
    notes = [f.note for f in tariffs((*NAMES, *rows), REGIONS, TODAY) if isinstance(f, PricedTariff)]
    assert notes == [NOTE]


def test_a_name_stands_for_the_regions_of_the_rows_for_vcpus() -> None:
    assert read(between("Americas", "Virginia", regions=AMERICAS)).keys() == {(src, "us-east4") for src in AMERICAS}
    assert read(between("EMEA", "Americas", regions=("europe-west1",))).keys() == {
        ("europe-west1", dst) for dst in AMERICAS
    }


def test_a_row_without_regions_of_its_own_lies_where_its_words_say() -> None:
    found = read(between("Japan", "Virginia", regions=("global",)), out("EMEA", src="Iowa", regions=("global",)))
    assert found.keys() == {("asia-northeast1", "us-east4"), (IOWA, "internet")}


def test_a_region_has_no_tariff_to_itself() -> None:
    assert read(between("Americas", "Americas")).keys() == {(IOWA, "us-east1"), (IOWA, "us-west1")}


def test_a_continent_is_a_destination() -> None:
    assert read(between("Iowa", "Europe")).keys() == {(IOWA, "europe")}


def test_the_older_words_are_read_too() -> None:
    older = row("Network Internet Egress from Americas to EMEA", "PremiumInternetEgress", "0.12", unit="GiBy")
    assert read(older).keys() == {(IOWA, "internet")}


def test_traffic_between_zones_is_priced() -> None:
    zones = row("Network Inter Zone Data Transfer Out", "InterzoneEgress", "0.01", unit="GiBy", regions=AMERICAS)
    assert read(zones).keys() == {(src, "same-region-cross-zone") for src in AMERICAS}
    everywhere = row(
        "Network Inter Zone Data Transfer Out", "InterzoneEgress", "0.01", unit="GiBy", regions=("global",)
    )
    assert read(everywhere).keys() == {("*", "same-region-cross-zone")}


@pytest.mark.parametrize(
    "passed_over",
    [
        row("Network Internet Data Transfer In from EMEA to Virginia", "PremiumInternetEgress", "0"),
        row("Network Inter Zone Ingress", "InterzoneEgress", "0"),
        row("Network Standard Data Transfer Out from Iowa to EMEA", "StandardInternetEgress", "0.085"),
        row("Network Vpn Internet Data Transfer Out from Iowa to EMEA", "VPNInternetEgress", "0.12"),
        out("EMEA", src="Osaka", regions=("asia-northeast2",)),
        between("EMEA", "EMEA", regions=("europe-west1",)),
    ],
)
def test_other_traffic_and_other_regions_are_passed_over(passed_over: Sku) -> None:
    assert list(tariffs((*NAMES, passed_over), REGIONS, TODAY)) == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (between("Iowa", "Atlantis"), NO_PLACE),
        (out("EMEA", src="Atlantis", regions=("global",)), NO_PLACE),
        (row("Network Internet Data Transfer Out", "PremiumInternetEgress", "0.12", unit="GiBy"), NO_PLACE),
        (out("EMEA", unit="TiBy"), STRANGE_UNIT),
        (out("EMEA", "0"), FREE),
        (out("EMEA", [("0", "0.12"), ("1024", "0")]), FREE),
        (row("Network Inter Zone Data Transfer Out", "InterzoneEgress", "0", unit="GiBy"), FREE),
    ],
)
def test_a_row_that_cannot_be_placed_or_believed_is_refused(bad: Sku, reason: str) -> None:
    assert refused(bad) == [reason]
