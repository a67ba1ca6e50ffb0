"""Collections and reports as pages."""

from datetime import UTC, datetime, timedelta

import pytest

from api.dashboard.reports import months_since
from placement.domain.access import Scope
from placement.domain.offering import CapacityType
from placement.domain.sweep import FailedCollection, Refused, SourceKind
from placement.planner.keys import issue_key
from placement.report_file import FORMATS
from placement.store.closed_reports import ClosedHead
from placement.store.repository import Store
from tests.api.browsing import Browse, words_of
from tests.api.deciding import running
from tests.api.serving import Service, serving, until
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import HOUR, NOON, price, sweep


def test_each_source_shows_its_age_and_how_its_last_sweep_ended(store: Store, url: str, browse: Browse) -> None:
    spot = price(0.1, CapacityType.SPOT)
    refused = (Refused("price is 0", 3, "m.huge,<b>0</b>"),)
    store.save_sweep(sweep(spot, source="spot", kind=SourceKind.API, refused=refused), NOON, NOON - HOUR)
    store.save_sweep(sweep(price(0.3), source="list"), NOON)
    store.save_failure(FailedCollection("list", NOON, NOON + HOUR, "no such folder: /srv"))
    store.save_failure(FailedCollection("gcp", NOON, NOON + HOUR, "set GOOGLE_APPLICATION_CREDENTIALS"))
    with serving(url, clock=lambda: NOON + 3 * HOUR) as service:
        browser = browse(service)
        text = browser.open("/collections")
        words = words_of(text)
        assert "spot api 1 1 3 hours ago 3 hours ago 3 hours ago 3 spot too old to be used" in words
        assert "list sheet 1 1 3 hours ago 3 hours ago 3 hours ago 0 failed 2 hours ago: no such folder: /srv" in words
        assert "gcp - 0 0 - - never 0 failed 2 hours ago: set GOOGLE_APPLICATION_CREDENTIALS" in words
        assert "price is 0, such as m.huge,<b>0</b>" in words
        assert "<b>0</b>" not in text
        words = words_of(browser.open("/collections?source=gcp"))
        assert "Sweeps of gcp" in words
        assert "price is 0" not in words
        assert "There was none of this source yet" in words_of(browser.open("/collections?source=none"))


def test_before_anything_was_collected_the_page_says_what_to_do(url: str, browse: Browse) -> None:
    with serving(url) as service:
        assert "Nothing was collected yet" in words_of(browse(service).open("/collections"))


def test_a_provider_that_there_is_not_cannot_be_collected(sample: Service, browse: Browse) -> None:
    browser = browse(sample)
    browser.open("/collections")
    answer = browser.send("/collections/awz", {})
    assert answer.status_code == 404
    assert "did you mean aws?" in words_of(answer.text)


def test_a_sweep_is_asked_for_by_a_form_and_noted(store: Store, url: str, browse: Browse) -> None:
    store.save_sweep(sweep(price(0.3)), NOON)
    with running(url, "serve", "--port", "0") as process:
        browser = browse(process)
        browser.open("/collections")
        answer = browser.send("/collections/onprem", {})
        assert answer.headers["location"] == "/collections?asked=onprem&began=yes"
        assert "The sources of onprem are being swept" in words_of(browser.open(answer.headers["location"]))
        until(lambda: "set PLACEMENT_SHEETS" in browser.open("/collections?source=onprem"))
    assert [(entry.action, entry.subject, entry.who) for entry in store.audit()] == [
        ("collections.create", "onprem", "local")
    ]


def test_without_a_worker_a_sweep_cannot_begin_and_the_page_says_to_wait(
    store: Store, url: str, browse: Browse
) -> None:
    store.save_sweep(sweep(price(0.3)), NOON)
    with serving(url, clock=lambda: NOON) as service:
        browser = browse(service)
        browser.open("/collections")
        answer = browser.send("/collections/onprem", {})
    assert answer.status_code == 503
    assert "This may pass" in words_of(answer.text)


def test_who_may_not_collect_sees_no_buttons(store: Store, url: str, browse: Browse) -> None:
    store.save_sweep(sweep(price(0.3)), NOON)
    key = issue_key(store, "reader", (Scope.READ,), None, NOON, "cli:me")[1]
    with serving(url, clock=lambda: NOON) as service:
        browser = browse(service)
        browser.sign_in(key)
        assert "takes one with the scope collect" in words_of(browser.open("/collections"))
        assert browser.send("/collections/onprem", {}).status_code == 403


def test_months_are_open_over_or_closed_and_have_all_formats(store: Store, url: str, browse: Browse) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    with serving(url, clock=lambda: at(3, month=11)) as service:
        browser = browse(service)
        words = words_of(browser.open("/reports"))
        assert "2026-11 open reckoned anew each time" in words
        assert "2026-10 over its first report closes it" in words
        assert "2026-09 over" in words
        for form in FORMATS:
            assert f"/v1/reports/2026-10?format={form.name}" in browser.page.text
        report = browser.client.get("/v1/reports/2026-10?format=html")
        assert report.status_code == 200
        assert "2026-10 closed 2026-11-03 00:00 UTC by local" in words_of(browser.open("/reports"))
        browser.open("/v1/reports/2027-01?format=html")
        assert browser.page.status_code == 422
        assert "has not begun" in words_of(browser.page.text)


def test_without_decisions_there_is_nothing_to_report(sample: Service, browse: Browse) -> None:
    assert "There is nothing to report" in words_of(browse(sample).open("/reports"))


@pytest.mark.parametrize(
    ("first", "closed", "months"),
    [
        (datetime(2025, 12, 31, 23, tzinfo=UTC), [], ["2026-02", "2026-01", "2025-12"]),
        (datetime(2026, 2, 1, tzinfo=UTC), [], ["2026-02"]),
        (None, ["2026-01"], ["2026-02", "2026-01"]),
        (datetime(2026, 3, 1, tzinfo=UTC), [], []),
    ],
)
def test_months_run_from_the_first_decision_to_now(
    first: datetime | None, closed: list[str], months: list[str]
) -> None:
    now = datetime(2026, 2, 28, tzinfo=UTC)
    heads = [ClosedHead(name, 1, now - timedelta(days=1), "local") for name in closed]
    found = months_since(first, now, heads)
    assert [month.name for month in found] == months
    assert [month.name for month in found if month.revisions] == closed
    assert [month.is_over for month in found] == [name < "2026-02" for name in months]
