"""Resource Graph's bands and past prices are told whole, for the tenant, under the proper names of sizes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.offering import CapacityType
from placement.domain.provider import Surroundings
from placement.domain.sweep import InterruptionFigure
from providers.azure.access import CLIENT, SECRET, SUBSCRIPTION, TENANT
from providers.azure.risk import AzureRisk
from tests.providers.azure.fake_arm import FakeArm, sku
from tests.providers.azure.telling import of, past, refusals, risk
from tests.providers.conformance import SECRET as HIDDEN

NAMES = tuple(f"Standard_D{vcpus}s_v5" for vcpus in (2, 4, 8, 16, 32, 48, 64))
HISTORY = [
    {"priceUSD": 0.02, "effectiveDate": "2026-11-10T00:00:00Z"},
    {"priceUSD": 0.03, "effectiveDate": "2026-09-01T00:00:00Z"},
]


def rate(size: str, band: Any, region: str = "eastus") -> dict[str, Any]:
    return {"id": f"/{region}/{size}", "sku": size.lower(), "location": region, "rate": band}


def history(size: str, prices: Any, os: str = "Linux", region: str = "eastus") -> dict[str, Any]:
    return {"id": f"/{region}/{size}", "sku": size.lower(), "location": region, "os": os, "prices": prices}


def fake(**changes: Any) -> FakeArm:
    skus = [sku(name, region, vCPUs=2, MemoryGB=8) for region in ("eastus", "WestEurope") for name in NAMES]
    return FakeArm(f"token-{HIDDEN}", skus, **changes)


@pytest.mark.parametrize(
    ("band", "low", "high"), [("0-5", 0, 5), ("5-10", 5, 10), ("10-15", 10, 15), ("15-20", 15, 20), ("20+", 20, None)]
)
def test_a_rate_is_a_band_of_per_cent_an_hour(band: str, low: float, high: float | None) -> None:
    [figure] = of(risk(fake(rates=[rate(NAMES[0], band)])), InterruptionFigure)
    assert (figure.pct_low, figure.pct_high, figure.window) == (low, high, "hour")
    assert (figure.region, figure.instance_type) == ("eastus", NAMES[0])


@pytest.mark.parametrize("band", ["", None, "low", "5", "-5-10", "5-10%"])
def test_a_rate_of_another_form_is_refused_and_not_called_safe(band: Any) -> None:
    facts = risk(fake(rates=[rate(NAMES[0], band)]))
    assert not of(facts, InterruptionFigure)
    assert list(refusals(facts)) == ["an eviction rate of an unknown form"]


def test_all_pages_come_since_the_query_gives_the_id_that_paging_needs() -> None:
    facts = risk(fake(rates=[rate(name, "5-10") for name in NAMES], page_size=2))
    assert [figure.instance_type for figure in of(facts, InterruptionFigure)] == list(NAMES)


@pytest.mark.parametrize(
    "envelope", [{"totalRecords": 9}, {"$skipToken": None, "totalRecords": 8, "resultTruncated": "true"}]
)
def test_rows_that_are_missing_fail_the_sweep(envelope: dict[str, Any]) -> None:
    with pytest.raises(CollectionFailed, match=r"azure-risk: eviction rates: 7 rows of \d came"):
        risk(fake(rates=[rate(name, "5-10") for name in NAMES], page_size=100, envelope=envelope))


@pytest.mark.parametrize("data", [None, {"columns": []}, ["row"]])
def test_an_answer_in_another_form_fails_the_sweep(data: Any) -> None:
    with pytest.raises(CollectionFailed, match="azure-risk: eviction rates: "):
        risk(fake(envelope={"data": data}))


def test_the_whole_tenant_is_asked() -> None:
    asked = fake()
    risk(asked)
    assert asked.queries
    assert not any("subscriptions" in query for query in asked.queries)


def test_names_in_lower_case_get_their_proper_case_and_unknown_ones_are_refused() -> None:
    facts = risk(fake(rates=[rate(NAMES[1], "0-5"), rate("Standard_Q1_v1", "0-5")]))
    assert [figure.instance_type for figure in of(facts, InterruptionFigure)] == [NAMES[1]]
    assert refusals(facts) == {"no size of that name in its region": "eastus standard_q1_v1"}


def test_past_prices_are_of_the_region_as_a_whole_each_from_its_date_on() -> None:
    told = past(risk(fake(prices=[history(NAMES[0], HISTORY)])))
    assert {(p.zone, p.capacity_type, p.instance_type) for p in told} == {(None, CapacityType.SPOT, NAMES[0])}
    dates = {p.effective_from: p.usd_per_hour for p in told}
    assert dates == {datetime(2026, 11, 10, tzinfo=UTC): 20_000_000, datetime(2026, 9, 1, tzinfo=UTC): 30_000_000}


def test_prices_of_windows_are_left_out() -> None:
    asked = fake(prices=[history(NAMES[0], HISTORY, "Windows"), history(NAMES[1], HISTORY)])
    assert {p.instance_type for p in past(risk(asked))} == {NAMES[1]}
    assert all("osType =~ 'linux'" in query["query"] for query in asked.queries if "pricehistory" in query["query"])


@pytest.mark.parametrize(
    ("prices", "reason"),
    [
        (None, "a price history of an unknown form"),
        (["0.02"], "a price history of an unknown form"),
        ([{"priceUSD": 0.02}], "no time from which it holds"),
        ([{"priceUSD": 0, "effectiveDate": "2026-09-01T00:00:00Z"}], "price of 0"),
        ([{"priceUSD": None, "effectiveDate": "2026-09-01T00:00:00Z"}], "no price"),
        ([{"priceUSD": 0.02, "effectiveDate": "2027-09-01T00:00:00Z"}], "a past price of the future"),
    ],
)
def test_a_past_price_that_cannot_be_believed_is_refused(prices: Any, reason: str) -> None:
    facts = risk(fake(prices=[history(NAMES[0], prices)]))
    assert not past(facts)
    assert list(refusals(facts)) == [reason]


def test_a_limit_to_regions_is_part_of_the_question() -> None:
    asked = fake(rates=[rate(NAMES[0], "0-5"), rate(NAMES[0], "0-5", "westeurope")])
    assert {figure.region for figure in of(risk(asked, "westeurope"), InterruptionFigure)} == {"westeurope"}
    assert all("location in~ ('westeurope')" in query["query"] for query in asked.queries)


def test_a_limit_cannot_change_the_question() -> None:
    asked = fake()
    with pytest.raises(CollectionFailed, match="which Azure does not have"):
        risk(asked, "x') or 1 == 1 or location in~ ('y")
    assert not any("1 == 1" in query["query"] for query in asked.queries)


def test_without_credentials_it_is_said_what_to_set() -> None:
    with pytest.raises(Unconfigured) as failed:
        list(AzureRisk(Surroundings()).facts())
    assert str(failed.value).startswith(f"azure-risk: set {SUBSCRIPTION}, {TENANT}, {CLIENT}, {SECRET} (or ")
