"""A list of the Retail Prices API is walked to its end, always forward, or the sweep fails."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from providers.azure.retail import Row

if TYPE_CHECKING:
    from providers.fetch import Fetcher

MOST_PAGES = 100
"""Of 1,000 rows; the largest region has under 20."""
_PATH = "/api/retail/prices"
_VERSION = "2023-01-01-preview"
_IDENTITY = (
    "meterId",
    "effectiveStartDate",
    "tierMinimumUnits",
    # Sizes can share a meter, and regions can.
    "armSkuName",
    "armRegionName",
    # Two prices for the rest are not one row: which of them is in force is judged later.
    "retailPrice",
)


def rows_of(fetch: "Fetcher", base_url: str, wanted: str) -> list[Row]:
    """All rows that the filter `wanted` picks, each once: pages overlap.

    Raises CollectionFailed for any page that is missing, in another currency or out of turn.
    """
    url = base_url.rstrip("/") + _PATH
    params: dict[str, str] | None = {"api-version": _VERSION, "$filter": wanted}
    rows: dict[tuple[Any, ...], Row] = {}
    skipped = 0
    for _ in range(MOST_PAGES):
        page = fetch.json(url, params)
        for row in _items(fetch, url, page):
            rows.setdefault(tuple(row.get(key) for key in _IDENTITY), row)
        link = page.get("NextPageLink")
        if not link:
            return list(rows.values())
        following = _skip(link)
        if following is None or following <= skipped:
            raise fetch.failed(url, f"its next page does not lead on: from row {skipped} to {following}")
        url, params, skipped = link, None, following
    raise fetch.failed(url, f"has more than {MOST_PAGES} pages, which cannot be right")


def _items(fetch: "Fetcher", url: str, page: Any) -> list[Row]:
    items = page.get("Items") if isinstance(page, dict) else None
    if not isinstance(items, list) or not all(isinstance(row, dict) for row in items):
        raise fetch.failed(url, "answers without a list of prices")
    if page.get("BillingCurrency") != "USD":
        raise fetch.failed(url, f"answers in {page.get('BillingCurrency')} and not in USD")
    if page.get("Count", len(items)) != len(items):
        raise fetch.failed(url, f"announces {page['Count']} rows and gives {len(items)}")
    return items


def _skip(link: Any) -> int | None:
    """How many rows come before the page; None where the link does not say."""
    values = parse_qs(urlsplit(link).query).get("$skip", []) if isinstance(link, str) else []
    try:
        return int(values[0]) if len(values) == 1 else None
    except ValueError:
        return None
