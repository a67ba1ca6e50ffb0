"""The market as pages: filtered, over time, and what is cheapest where it is lawful."""

from datetime import UTC, datetime, timedelta

import pytest

from api.dashboard.price_chart import Series, chart
from placement.domain.sweep import SourceKind
from placement.store.repository import Store
from tests.api.browsing import Browse, words_of
from tests.api.serving import Service, serving
from tests.store.market import DUBLIN, HOUR, NOON, price, sweep

EU = """
classes: {pii-eu: {sensitivity: restricted}, open: {sensitivity: public}}
policies:
- {name: gdpr, version: 1, when: {classification: [pii-eu]}, allow_only: {place: [DE]}}
"""
YAML = {"Content-Type": "application/yaml"}


def test_filters_show_what_the_api_lists(sample: Service, browse: Browse) -> None:
    browser = browse(sample)
    query = "provider=aws&region=eu-*&min_vcpus=4&capacity_type=spot&architecture=&sort="
    words = words_of(browser.open(f"/market?{query}&page=2"))
    listed = sample.answer(
        "/v1/offerings", provider="aws", region="eu-*", min_vcpus=4, capacity_type="spot", limit=1000
    )
    assert f"{listed['total']:,} offerings" in words
    second = listed["offerings"][50]
    assert f"aws:{second['region']}" in words
    assert f"{second['usd_per_hour']:.6f}" in words
    assert "Previous Page 2 of" in words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("min_vcpus=-1", "min vcpus must be greater than or equal to 0"),
        ("max_usd_per_hour=cheap", "max usd per hour must be a valid number"),
        ("capacity_type=free", "capacity type must be"),
        ("sort=random", "sort must be"),
    ],
)
def test_a_filter_that_cannot_be_is_told_beside_its_field(
    query: str, words: str, sample: Service, browse: Browse
) -> None:
    browser = browse(sample)
    assert words in words_of(browser.open(f"/market?{query}")).lower()
    assert browser.page.status_code == 422
    assert 'role="alert"' in browser.page.text


def test_where_nothing_passes_the_page_says_so(sample: Service, browse: Browse) -> None:
    assert "No offering passes all of these filters" in words_of(browse(sample).open("/market?region=atlantis"))


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999999999", "½"])
def test_a_page_that_there_is_not_is_one_that_there_is(page: str, sample: Service, browse: Browse) -> None:
    browser = browse(sample)
    browser.open(f"/market?page={page}")
    assert browser.page.status_code == 200


def test_prices_over_time_are_a_chart_and_a_table(store: Store, url: str, browse: Browse) -> None:
    for hours, usd in ((0, 0.1), (24, 0.3), (48, 0.2)):
        store.save_sweep(sweep(price(usd, observed_at=NOON + hours * HOUR), kind=SourceKind.API), NOON + hours * HOUR)
    with serving(url, clock=lambda: NOON + 72 * HOUR) as service:
        browser = browse(service)
        text = browser.open("/market/history?offering=aws:eu-central-1|m.large|on_demand|&days=7")
        words = words_of(text)
        assert [words.index(usd) for usd in ("0.200000", "0.300000", "0.100000")] == sorted(
            words.index(usd) for usd in ("0.200000", "0.300000", "0.100000")
        )
        assert text.count('class="line series-1"') == 3
        assert "series-2" not in text
        assert "Nothing is known" in words_of(browser.open("/market/history?offering=aws:eu-central-1|m.huge|spot|"))
        browser.open("/market/history?offering=<script>")
        assert browser.page.status_code == 422
        assert "<script>" not in browser.page.text
        assert "No offering is chosen" in words_of(browser.open("/market/history"))


def test_the_cheapest_lawful_region_is_told_by_class(store: Store, url: str, browse: Browse) -> None:
    store.save_sweep(sweep(price(0.2), price(0.1, region=DUBLIN)), NOON)
    with serving(url, clock=lambda: NOON) as service:
        browser = browse(service)
        assert "No policies are stored" in words_of(browser.open("/market/lawful"))
        assert service.ask("PUT", "/v1/policies/eu", content=EU, headers=YAML).status_code == 201
        words = words_of(browser.open("/market/lawful?vcpus=2&memory_gib=8"))
        assert "pii-eu aws:eu-central-1 DE m.large on demand 2 8 0.200000 146.00" in words
        assert "open aws:eu-west-1 IE m.large on demand 2 8 0.100000 73.00" in words
        assert "no lawful region has an instance that fits" in words_of(browser.open("/market/lawful?vcpus=64"))
        assert "must be a number" in words_of(browser.open("/market/lawful?vcpus=many"))
        assert "must be greater than 0" in words_of(browser.open("/market/lawful?vcpus=0"))
        service.ask("PUT", "/v1/policies/again", content=EU, headers=YAML)
        assert "do not read together" in words_of(browser.open("/market/lawful"))


SINCE = datetime(2026, 10, 1, tzinfo=UTC)


def test_a_price_is_level_until_the_next_and_has_a_gap_where_it_was_withdrawn() -> None:
    points = (
        (SINCE - timedelta(days=9), 0.2),
        (SINCE + timedelta(days=1), 1.0),
        (SINCE + timedelta(days=2), None),
        (SINCE + timedelta(days=3), 0.2),
    )
    drawn = chart([Series("one", points)], SINCE, SINCE + timedelta(days=4), 476.0)
    assert drawn is not None
    day = (476.0 - 64 - 12) / 4
    low, high = (next(tick.at for tick in drawn.usd if tick.words == words) for words in ("0.2", "1.0"))
    assert drawn.paths == (f"M64 {low:g}H{64 + day:g}V{high:g}H{64 + 2 * day:g}M{64 + 3 * day:g} {low:g}H464",)


@pytest.mark.parametrize("prices", [(0.1,), (0.0,), (0.1, 0.1000001), (1e-9, 2e-9), (3.0, 97.5), (1000.0, 1001.0)])
def test_all_prices_lie_inside_the_chart(prices: tuple[float, ...]) -> None:
    series = [Series(str(usd), ((SINCE, usd),)) for usd in prices]
    for width in (350.0, 1180.0):
        drawn = chart(series, SINCE, SINCE + timedelta(hours=30), width)
        assert drawn is not None
        levels = [float(path.split(" ")[1].split("H")[0]) for path in drawn.paths]
        assert all(drawn.top <= level <= drawn.bottom for level in levels)
        assert len({tick.words for tick in drawn.usd}) == len(drawn.usd) >= 2
        assert 2 <= len(drawn.time) <= width / 50


def test_without_a_price_there_is_no_chart() -> None:
    assert chart([Series("one", ((SINCE, None),))], SINCE, SINCE + timedelta(days=1), 400.0) is None
