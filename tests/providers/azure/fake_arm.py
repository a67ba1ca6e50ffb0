"""Azure Resource Manager as far as it is asked: the SKUs of a subscription, and Resource Graph."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.providers.azure.serving import Reply

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
SKUS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/skus"
GRAPH = "/providers/Microsoft.ResourceGraph/resources"


@dataclass
class FakeArm:
    """SKUs by region, and the rows of the two tables of Resource Graph."""

    token: str
    skus: list[dict[str, Any]] = field(default_factory=list)
    rates: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 15
    next_link: str = ""
    """Where the second page of SKUs is said to be, instead of here."""
    envelope: dict[str, Any] = field(default_factory=dict)
    """Changes to every answer of Resource Graph."""
    queries: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"error": {"code": "InvalidAuthenticationToken", "message": f"not {self.token}"}}
        parts = urlsplit(path)
        if parts.path == SKUS:
            return 200, self._skus(parse_qs(parts.query), headers["host"])
        if parts.path == GRAPH:
            return 200, self._graph(json.loads(body))
        return 404, {"error": {"code": "NotFound", "message": parts.path}}

    def _skus(self, asked: Mapping[str, list[str]], host: str) -> dict[str, Any]:
        wanted = asked["$filter"][0]
        region = re.fullmatch(r"location eq '(\w+)'", wanted)
        assert region
        found = [sku for sku in self.skus if region[1] in [name.lower() for name in sku["locations"]]]
        at = int(asked.get("$skip", ["0"])[0])
        page: dict[str, Any] = {"value": found[at : at + self.page_size]}
        if at + self.page_size < len(found):
            here = f"http://{host}{SKUS}?api-version=2021-07-01&$filter={wanted.replace(' ', '%20')}"
            page["nextLink"] = self.next_link or f"{here}&$skip={at + self.page_size}"
        return page

    def _graph(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.queries.append(asked)
        query = asked["query"]
        rows = self.rates if "skuspotevictionrate" in query else self.prices
        if limit := re.search(r"location in~ \(([^)]*)\)", query):
            rows = [row for row in rows if f"'{row['location']}'" in limit[1]]
        at = int(asked["options"].get("$skipToken") or 0)
        page: dict[str, Any] = {"totalRecords": len(rows), "data": rows[at : at + self.page_size], "facets": []}
        page |= {"count": len(page["data"]), "resultTruncated": "false"}
        # As the service does: a query without `id` gets its first page, and no word that there are more.
        if at + self.page_size < len(rows) and re.search(r"\| project id\b", query):
            page |= {"$skipToken": str(at + self.page_size), "resultTruncated": "true"}
        return page | self.envelope


def sku(
    name: str, region: str, restrictions: tuple[dict[str, Any], ...] = (), **capabilities: object
) -> dict[str, Any]:
    """A size in one region, its zones in no order."""
    return {
        "resourceType": "virtualMachines",
        "name": name,
        "tier": "Standard",
        "size": name.split("_", 1)[1],
        "family": "standardDSv5Family",
        "locations": [region],
        "locationInfo": [{"location": region, "zones": ["3", "1", "2"], "zoneDetails": []}],
        "capabilities": [{"name": key, "value": str(value)} for key, value in capabilities.items()],
        "restrictions": list(restrictions),
    }


def restriction(kind: str, region: str, zones: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": kind,
        "values": [region],
        "reasonCode": "NotAvailableForSubscription",
        "restrictionInfo": {"locations": [region], **({"zones": list(zones)} if zones else {})},
    }
