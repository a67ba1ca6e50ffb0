"""The Retail Prices API as far as it is asked: filters, small pages, and links to the host that was asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.providers.azure.rows import Row
from tests.providers.azure.serving import Reply

PATH = "/api/retail/prices"
RATE_LIMIT = {"x-ms-ratelimit-remaining-retailPrices-requests": "99"}


@dataclass
class FakeRetail:
    """A list of rows; every answer is a page of those that the filter picks."""

    rows: list[Row]
    page_size: int = 30
    losing: bool = False
    """The second page of every list is left out."""
    repeating: bool = False
    """The first page of every list is given twice."""
    envelope: dict[str, Any] = field(default_factory=dict)
    """Changes to every answer."""

    def answer(self, path: str, headers: Mapping[str, str], _: bytes) -> Reply:
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path != PATH or asked.get("api-version") != "2023-01-01-preview":
            return 404, {"error": "no such list"}
        found = [row for row in self.rows if picks(asked.get("$filter", ""), row)]
        pages = [found[at : at + self.page_size] for at in range(0, len(found), self.page_size)] or [[]]
        if self.losing:
            del pages[1:2]
        if self.repeating:
            pages.insert(1, pages[0])
        skip = int(asked.get("$skip", "0"))
        page, following = pages[skip // self.page_size], skip + self.page_size
        link = None
        if following // self.page_size < len(pages):
            wanted = f"api-version={asked['api-version']}&$filter={quote(asked['$filter'])}"
            link = f"http://{headers['host']}{PATH}?{wanted}&$skip={following}"
        document = {
            "BillingCurrency": "USD",
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": page,
            "NextPageLink": link,
            "Count": len(page),
        }
        return 200, document | self.envelope


def picks(wanted: str, row: Row) -> bool:
    """`a eq 'x' and (b eq 'y' or b eq 'z')`; values differ by the case of letters."""
    return all(
        any(
            row["type" if name == "priceType" else name] == value
            for name, value in re.findall(r"(\w+) eq '([^']*)'", clause)
        )
        for clause in re.split(r" and ", wanted)
    )
