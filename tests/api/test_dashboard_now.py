"""`/`: what is in force, what it costs and saves, and where it lies."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from markupsafe import escape

from placement.store.repository import Store
from tests.api.browsing import Browse, words_of
from tests.api.serving import Service, serving, until
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import DUBLIN, price

HOSTILE = "<script>alert('x')</script>\"&\u202e" + "long" * 40


@pytest.fixture
def now() -> datetime:
    return at(20)


@pytest.fixture
def service(store: Store, url: str, now: datetime) -> Iterator[Service]:
    swept(store, at(1), price(0.2))
    decided(store, at(2), fleet(workload()))
    swept(store, at(3), price(0.2), price(0.1, region=DUBLIN))
    decided(store, at(4), fleet(workload(replicas=3)))
    decided(store, at(5), fleet(workload(places={"allow": ["US"]})))
    decided(store, at(5), fleet(workload(places={"allow": ["US"]})) | {"fleet": "nowhere"})
    with serving(url, clock=lambda: now) as running:
        yield running


def test_each_fleet_has_its_cost_and_what_it_saves_against_its_frozen_baseline(
    service: Service, browse: Browse
) -> None:
    browser = browse(service)
    until(lambda: "being reckoned" not in browser.open("/"))
    words = words_of(browser.page.text)
    assert "Cost a month 219.00" in words
    assert "Saved a month 219.00 50.0% of the frozen baseline, 438.00" in words
    assert "shop the newest is infeasible" in words
    assert "nowhere nothing is placed: no placement can satisfy these rules" in words
    assert "aws:eu-west-1" in words


def test_without_decisions_the_page_says_what_to_do(sample: Service, browse: Browse) -> None:
    words = words_of(browse(sample).open("/"))
    assert "No fleet is placed yet" in words
    assert "1,755 offerings" in words


def test_without_a_market_the_page_says_what_to_load(url: str, browse: Browse) -> None:
    with serving(url) as service:
        assert "placement catalog load --sample" in words_of(browse(service).open("/"))


def test_a_name_is_shown_and_never_obeyed(store: Store, url: str, browse: Browse, now: datetime) -> None:
    swept(store, at(1), price(0.2))
    decided(store, at(2), fleet(workload()) | {"fleet": HOSTILE})
    with serving(url, clock=lambda: now) as service:
        text = browse(service).open("/")
    assert f'<bdi title="{escape(HOSTILE)}">{escape(HOSTILE[:47])}…</bdi>' in text
    assert "<script>" not in text
