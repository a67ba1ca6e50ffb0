"""The same month on SQLite and on PostgreSQL is the same bytes, in every format."""

import io
from datetime import timedelta

import pytest

from placement.domain.errors import BadInput
from placement.report_file import FORMATS
from placement.reports.closing import report_of
from placement.reports.figures import figures
from placement.store.repository import Store
from tests.integration.postgresql import running_server
from tests.reports import months
from tests.reports.months import OCTOBER, TARIFFS, VIRGINIA, at, decided, fleet, swept, workload
from tests.store.market import DUBLIN, SMALL, SPOT, price

POLICIES = """\
classes: {pii: {sensitivity: restricted}}
policies: [{name: eu, version: 1, when: {classification: [pii]}, allow_only: {place: [EU]}}]
"""
LATER = OCTOBER.end + timedelta(days=3)


def lived_through(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """October, with names that databases sort each in their own way."""
    monkeypatch.setattr(months, "_NUMBERS", iter(range(100)))
    spot = price(0.03, SPOT), price(0.05, SPOT, region=DUBLIN), price(0.01, SPOT, kind=SMALL)
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN), price(0.02, region=VIRGINIA), *spot)
    names = ("Zebra", "ant", "Äpfel", "bee-1", "bee_1")
    for name in names:
        web = workload(f"{name}-web", replicas=3, classification=["pii"], capacity={"types": ["on_demand", "spot"]})
        flows = [{"from": f"{name}-web", "to": "internet", "gb_per_month": 9000}]
        decided(store, at(20, month=9), fleet(web, workload("api"), flows=flows) | {"fleet": name}, POLICIES)
    swept(store, at(7, 3), price(0.3), price(0.04, region=DUBLIN), price(0.02, region=VIRGINIA), tariffs=TARIFFS[:1])
    decided(store, at(16, 6.5), fleet(workload("ant-web", replicas=7)) | {"fleet": "ant"})


def test_a_month_is_the_same_bytes_on_both_databases(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    server = running_server()
    with server.database() as name:
        other = Store.open(server.url(name))
        other.upgrade()
        for each in (store, other):
            lived_through(each, monkeypatch)
        made = [report_of(each, OCTOBER, LATER, "test") for each in (store, other)]
        kept = [each.closed_report("2026-10") for each in (store, other)]
        other.close()
    assert kept[0] is not None
    assert kept[0] == kept[1]
    assert made[0] == made[1]
    for form in FORMATS:
        files = [io.BytesIO(), io.BytesIO()]
        for report, file in zip(made, files, strict=True):
            form.write(report, figures(report), file)
        assert files[0].getvalue() == files[1].getvalue(), form.name


def test_who_comes_second_gets_what_the_first_closed(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    first = report_of(store, OCTOBER, LATER, "ann")
    assert first.revision == 1
    swept(store, at(2, month=11), price(0.9))
    assert report_of(store, OCTOBER, LATER, "bob") == first
    assert report_of(store, OCTOBER, LATER, "bob", revise=True) == first


def test_a_month_that_is_not_over_stays_open(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    assert report_of(store, OCTOBER, at(9), "ann").revision == 0
    assert store.closed_report("2026-10") is None
    for asked in ({"revise": True}, {"revision": 1}):
        with pytest.raises(BadInput, match="not over"):
            report_of(store, OCTOBER, at(9), "ann", **asked)


def test_a_month_that_is_half_over_is_forecast_by_its_last_days(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload(replicas=2)))
    decided(store, at(8), fleet(workload(replicas=1)))
    forecast = figures(report_of(store, OCTOBER, at(11), "ann")).forecast
    assert forecast is not None
    actual = 0.1 * 24 * (2 * 7 + 3)
    daily = 0.1 * 24 * (2 * 4 + 3) / 7
    assert forecast.amount == pytest.approx((actual + 21 * daily) * 1e6, abs=2)
    assert forecast.low == pytest.approx((actual + 21 * 2.4) * 1e6, abs=2)
    assert forecast.high == pytest.approx((actual + 21 * 4.8) * 1e6, abs=2)
