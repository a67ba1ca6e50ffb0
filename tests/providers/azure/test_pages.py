"""A list is walked forward to its end, on its own host, or the sweep fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Surroundings
from providers.azure import pages
from providers.azure.access import PRICES_URL
from providers.azure.market import AzureMarket
from tests.providers.azure.fake_retail import PATH, FakeRetail
from tests.providers.azure.rows import machine
from tests.providers.azure.serving import Reply, serving
from tests.providers.azure.telling import QUICK, d2, market, prices
from tests.providers.conformance import NOW

ROWS = [machine("eastus", f"Standard_D{vcpus}s_v5", vcpus * 0.048) for vcpus in (2, 4, 8, 16, 32, 48, 64)]


@dataclass
class LeadsAstray(FakeRetail):
    """Its next page is where `link` says; {host} is the fake's own."""

    link: str = ""

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        status, document = super().answer(path, headers, body)
        if document.get("NextPageLink"):
            document["NextPageLink"] = self.link.format(host=headers["host"])
        return status, document


def test_all_pages_are_read_and_overlapping_ones_count_once() -> None:
    assert len(prices(market(FakeRetail(ROWS, page_size=2)))) == len(ROWS)
    assert len(prices(market(FakeRetail(ROWS, page_size=2, repeating=True)))) == len(ROWS)


@pytest.mark.parametrize("skip", ["&$skip=-1000", "&$skip=0", "&$skip=2", "", "&$skip=x"])
def test_a_next_page_that_goes_backwards_or_nowhere_fails_the_sweep(skip: str) -> None:
    fake = LeadsAstray(ROWS, page_size=2, link=f"http://{{host}}{PATH}?api-version=2023-01-01-preview{skip}")
    if skip == "&$skip=2":  # Once it leads on; the next time it is the same page again.
        fake.link += "&$filter=serviceName eq 'Virtual Machines'"
    with pytest.raises(
        CollectionFailed, match=r"azure: 127\.0\.0\.1/api/retail/prices: its next page does not lead on"
    ):
        market(fake)


def test_a_next_page_on_another_host_is_not_asked_for() -> None:
    asked: list[str] = []

    def elsewhere(path: str, _: Mapping[str, str], __: bytes) -> Reply:
        asked.append(path)
        return 200, {}

    with serving(elsewhere) as url:
        fake = LeadsAstray(ROWS, page_size=2, link=f"{url}{PATH}?$skip=2")
        with pytest.raises(CollectionFailed, match="not an address that this source may ask"):
            market(fake)
    assert not asked


def test_a_list_without_an_end_fails_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 3)
    with pytest.raises(CollectionFailed, match="more than 3 pages"):
        market(FakeRetail(ROWS, page_size=1))


@pytest.mark.parametrize(
    ("envelope", "words"),
    [
        ({"BillingCurrency": "EUR"}, "answers in EUR and not in USD"),
        ({"Count": 1000}, "announces 1000 rows and gives 1"),
        ({"Items": None}, "answers without a list of prices"),
        ({"Items": ["row"], "Count": 1}, "answers without a list of prices"),
    ],
)
def test_a_page_that_is_not_whole_or_not_in_usd_fails_the_sweep(envelope: dict[str, Any], words: str) -> None:
    with pytest.raises(CollectionFailed, match=words):
        market(FakeRetail([d2()], envelope=envelope))


def test_the_words_that_filter_are_the_ones_azure_compares_by_case() -> None:
    asked: list[str] = []

    @dataclass
    class Listening(FakeRetail):
        def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
            asked.append(path)
            return super().answer(path, headers, body)

    market(Listening([d2()]))
    assert any("serviceName%20eq%20%27Virtual%20Machines%27" in path.replace("+", "%20") for path in asked)
    assert all("priceType" in path and "api-version=2023-01-01-preview" in path for path in asked)
    assert not any("%24top" in path or "$top" in path for path in asked)


@pytest.mark.parametrize("headers", [{}, {"x-ms-ratelimit-remaining-retailPrices-requests": "0"}])
def test_what_a_header_says_of_requests_that_remain_or_does_not_say_is_no_reason_to_wait(
    headers: dict[str, str],
) -> None:
    pauses: list[float] = []
    with serving(FakeRetail([d2()]).answer, headers) as url:
        around = Surroundings({PRICES_URL: url, "PLACEMENT_AZURE_REGIONS": "EastUS"}, lambda: NOW)
        assert prices(AzureMarket(around, QUICK, pauses.append).facts())
    assert not pauses
