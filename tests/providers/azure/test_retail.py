"""Of the rows of the Retail Prices API only the hourly prices of Linux machines in force now are prices."""

import re
from datetime import UTC, datetime

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.region import Region
from placement.domain.sweep import Price
from tests.providers.azure import fake_retail
from tests.providers.azure.rows import DECEMBER, NOVEMBER, OCTOBER, Row, egress, machine
from tests.providers.azure.telling import d2, market, of, past, prices, refusals

D4 = "Standard_D4s_v5"
ONLY_D2 = {("Standard_D2s_v5", "on_demand"): 0.096}


def test_the_two_prices_of_a_size_are_told_with_its_region() -> None:
    facts = market([d2(), machine("eastus", "Standard_D2s_v5", 0.02, NOVEMBER, " Spot")])
    assert prices(facts) == {**ONLY_D2, ("Standard_D2s_v5", "spot"): 0.02}
    assert [region.name for region in of(facts, Region)] == ["eastus"]


@pytest.mark.parametrize(
    "row",
    [
        machine("eastus", D4, 0.4, product="Virtual Machines Dsv5 Series Windows"),
        machine("eastus", D4, 0.4, product="Virtual Machines NCadsv5 Srs Win"),
    ],
    ids=["Windows", "Win"],
)
def test_windows_is_out_of_scope_however_it_is_spelt(row: Row) -> None:
    facts = market([d2(), row])
    assert (prices(facts), refusals(facts)) == (ONLY_D2, {})


@pytest.mark.parametrize("product", ["Dsv5 Series CloudServices", "Dsv5 Series Cloud Services"])
def test_cloud_services_share_the_size_and_not_the_price(product: str) -> None:
    facts = market([d2(), machine("eastus", "Standard_D2s_v5", 0.31, product=product)])
    assert (prices(facts), refusals(facts)) == (ONLY_D2, {})


def test_low_priority_is_not_spot() -> None:
    facts = market([d2(), machine("eastus", "Standard_D2s_v5", 0.0192, suffix=" Low Priority")])
    assert (prices(facts), refusals(facts)) == (ONLY_D2, {})


@pytest.mark.parametrize(
    "row",
    [
        machine("eastus", D4, 4.0, product="Dsv3 Series Dedicated Host"),
        machine("eastus", "Dsv3_Type1", 4.0),
        machine("eastus", "DCasv5 Type 1", 4.0),
        machine("eastus", "Standard_E4ds_v4_ADHType1", 4.0),
    ],
    ids=["product", "Type1", "Type 1", "ADHType1"],
)
def test_whole_hosts_are_out_of_scope(row: Row) -> None:
    facts = market([d2(), row])
    assert (prices(facts), refusals(facts)) == (ONLY_D2, {})


@pytest.mark.parametrize("kind", ["DevTestConsumption", "Reservation"])
def test_prices_for_developers_and_reservations_are_out_of_scope(kind: str) -> None:
    facts = market([d2(), machine("eastus", "Standard_D2s_v5", 0.05, type=kind)])
    assert (prices(facts), refusals(facts)) == (ONLY_D2, {})


def test_a_price_of_0_is_a_placeholder_and_no_bargain() -> None:
    facts = market([d2(), d2(0.0, meterId="x"), machine("eastus", D4, 0.0)])
    assert prices(facts) == ONLY_D2
    assert refusals(facts) == {"price of 0": f"eastus {D4} on_demand"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"retailPrice": -1.0}, "price below 0"),
        ({"retailPrice": None}, "no price"),
        ({"retailPrice": "0.1"}, "no price"),
        ({"retailPrice": True}, "no price"),
        ({"currencyCode": "EUR"}, "a price in another currency than USD"),
        ({"effectiveStartDate": "soon"}, "no time from which it holds"),
        ({"effectiveStartDate": None}, "no time from which it holds"),
        ({"armSkuName": ""}, "it names no size"),
        ({"tierMinimumUnits": 100.0}, "a price an hour that depends on the volume"),
        ({"skuName": "D4s v5 Spot"}, "its SKU and its meter disagree whether it is spot"),
    ],
)
def test_what_cannot_be_believed_is_refused_and_not_skipped(changes: Row, reason: str) -> None:
    facts = market([d2(), machine("eastus", D4, 0.2) | changes])
    assert prices(facts) == ONLY_D2
    assert list(refusals(facts)) == [reason]
    assert refusals(facts)[reason].startswith("eastus ")


def test_spot_prices_are_monthly_windows_of_which_one_holds_and_older_ones_are_history() -> None:
    windows = ((OCTOBER, 0.0301), (NOVEMBER, 0.0356), (DECEMBER, 0.0444))
    facts = market([d2(), *(machine("eastus", D4, usd, window, " Spot") for window, usd in windows)])
    assert prices(facts)[D4, "spot"] == 0.0356
    before = past(facts)
    assert [(p.usd_per_hour, p.effective_from) for p in before] == [(30_100_000, datetime(2026, 10, 1, tzinfo=UTC))]


def test_a_price_is_known_since_its_window_began() -> None:
    facts = market([d2(effectiveStartDate="2024-02-01T00:00:00Z")])
    assert [p.effective_from for p in of(facts, Price)] == [datetime(2024, 2, 1, tzinfo=UTC)]


def test_an_offering_whose_last_window_ended_has_a_past_and_no_price() -> None:
    facts = market([d2(), machine("eastus", D4, 0.03, OCTOBER, " Spot")])
    assert prices(facts) == ONLY_D2
    assert [p.instance_type for p in past(facts)] == [D4]


def test_two_prices_in_force_for_one_offering_fail_the_sweep() -> None:
    with pytest.raises(
        CollectionFailed,
        match=r"^azure: two prices are in force for eastus Standard_D2s_v5 on_demand: 0.096 and 0.1 USD",
    ):
        market([d2(), d2(0.1, meterId="another")])


def test_two_prices_of_one_meter_and_one_day_fail_the_sweep_too() -> None:
    with pytest.raises(CollectionFailed, match="two prices are in force"):
        market([d2(), d2(0.1)])


def test_one_price_under_two_labels_counts_once() -> None:
    facts = market([d2(), d2(location="US East 1"), d2(meterId="another")])
    assert len(of(facts, Price)) == 1


def test_sizes_that_share_a_meter_are_both_told() -> None:
    names = ("Standard_D2_v3", "Standard_D2s_v3")
    rows = [machine("eastus", name, 0.096, meterId="D2 v3/D2s v3") for name in names]
    assert len(prices(market(rows))) == 2


def test_two_past_prices_from_one_moment_on_are_both_refused() -> None:
    rows = [machine("eastus", D4, usd, OCTOBER, " Spot", meterId=str(usd)) for usd in (0.03, 0.04)]
    facts = market([d2(), *rows])
    assert not past(facts)
    assert refusals(facts) == {"two past prices from one moment on": f"eastus {D4} spot"}


def test_a_burstable_size_is_never_spot_though_a_price_is_listed() -> None:
    rows = [machine("eastus", "Standard_B2s_v2", 0.08), machine("eastus", "Standard_B2s_v2", 0.07, NOVEMBER, " Spot")]
    facts = market([d2(), *rows])
    assert ("Standard_B2s_v2", "on_demand") in prices(facts)
    assert ("Standard_B2s_v2", "spot") not in prices(facts)
    assert refusals(facts) == {"burstable sizes cannot be spot": "eastus Standard_B2s_v2 spot"}


def test_a_size_that_no_table_knows_is_refused_and_not_guessed() -> None:
    sizes = ("Standard_D2048s_v5", "Standard_Q2s_v9", "ARM_SKU_NAME_PLACEHOLDER")
    facts = market([d2(), *(machine("eastus", size, 0.5) for size in sizes)])
    assert prices(facts) == ONLY_D2
    assert list(refusals(facts)) == ["its size is not known without credentials"]


def test_a_region_that_the_table_lacks_is_found_by_a_common_size() -> None:
    facts = market([d2(), machine("atlantis", "Standard_D2s_v5", 0.1)], regions="")
    assert refusals(facts)["no country is known for the region"] == "atlantis"
    assert prices(facts) == ONLY_D2


def test_a_region_that_is_named_and_has_no_prices_is_an_error() -> None:
    with pytest.raises(CollectionFailed, match="gives no price in westus2, which PLACEMENT_AZURE_REGIONS names"):
        market([d2()], regions="eastus,westus2")


def test_rows_of_another_region_than_was_asked_for_fail_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_retail, "picks", lambda wanted, row: True)
    rows = [d2(), machine("westus2", D4, 0.2), egress("eastus", "Data Transfer In", 0, 0)]
    with pytest.raises(CollectionFailed, match=re.escape("azure: asked for eastus, prices of westus2 came")):
        market(rows)
