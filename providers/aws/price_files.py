"""The public price files are CSV: five lines about the file, a header, then rows; one file a region and service.

A file of EC2 has hundreds of megabytes. It is read row by row, and only the rows in scope are kept.
"""

import csv
import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from providers.aws.on_demand import in_scope
from providers.aws.price_rows import PriceRow
from providers.aws.transfer import is_transfer

if TYPE_CHECKING:
    from providers.fetch import Fetcher

_PREAMBLE_LINES = 5
_MOST_BYTES = 2 << 30
_TIMES_AS_LONG = 10
"""A file may take so many times the usual limit of an answer."""
_OWN = ("SKU", "Product Family", "Unit", "StartingRange", "EndingRange", "PricePerUnit", "EffectiveDate")
_ALWAYS = (*_OWN, "Currency", "TermType")
_ATTRIBUTES = {
    "AmazonEC2": {
        "Location Type": "locationType",
        "Region Code": "regionCode",
        "Instance Type": "instanceType",
        "vCPU": "vcpu",
        "Memory": "memory",
        "Physical Processor": "physicalProcessor",
        "Processor Architecture": "processorArchitecture",
        "GPU": "gpu",
        "GPU Memory": "gpuMemory",
        "Tenancy": "tenancy",
        "Operating System": "operatingSystem",
        "License Model": "licenseModel",
        "Pre Installed S/W": "preInstalledSw",
        "CapacityStatus": "capacitystatus",
        "MarketOption": "marketoption",
    },
    "AWSDataTransfer": {
        "Transfer Type": "transferType",
        "From Location Type": "fromLocationType",
        "From Region Code": "fromRegionCode",
        "To Location": "toLocation",
        "To Location Type": "toLocationType",
        "To Region Code": "toRegionCode",
        "usageType": "usagetype",
        "operation": "operation",
    },
}
"""By service: what the API calls each column."""


class PriceFiles:
    """The price list as files, which need no credentials."""

    def __init__(self, fetch: "Fetcher", address: str) -> None:
        """`address` is the origin that the files lie at."""
        self._fetch, self._address = fetch, address
        self._paths: dict[str, dict[str, str]] = {}

    def regions(self) -> list[str]:
        """The codes that EC2 has a file for, zones of regions among them."""
        self._paths = {service: self._index(service) for service in _ATTRIBUTES}
        return list(self._paths["AmazonEC2"])

    def products(self, region: str) -> list[PriceRow]:
        """What can be bought on demand in the region."""
        return self._rows("AmazonEC2", region, lambda row: in_scope(row, region))

    def transfers(self, region: str) -> list[PriceRow]:
        """What traffic from the region costs; nothing where the list has no file of it."""
        return self._rows("AWSDataTransfer", region, lambda row: is_transfer(row, region))

    def _index(self, service: str) -> dict[str, str]:
        url = f"{self._address}/offers/v1.0/aws/{service}/current/region_index.json"
        index = self._fetch.json(url)
        try:
            paths = {code: str(entry["currentVersionUrl"]) for code, entry in index["regions"].items()}
        except (AttributeError, KeyError, TypeError):
            raise self._fetch.failed(url, "is not an index of regions") from None
        if not paths or not all(
            path.startswith("/offers/") and path.endswith("/index.json") for path in paths.values()
        ):
            raise self._fetch.failed(url, "does not name the regions' files")
        return paths

    def _rows(self, service: str, region: str, wanted: Callable[[PriceRow], bool]) -> list[PriceRow]:
        path = self._paths[service].get(region)
        if path is None:
            return []
        url = f"{self._address}{path.removesuffix('.json')}.csv"
        with self._fetch.download(url, _MOST_BYTES, _TIMES_AS_LONG * self._fetch.limits.answer_s) as file:
            try:
                return [row for row in rows_of_file(file, service) if wanted(row)]
            except ValueError as wrong:
                raise self._fetch.failed(url, str(wrong)) from None


def rows_of_file(file: BinaryIO, service: str) -> Iterator[PriceRow]:
    """The on-demand prices of a file, one at a time; raises ValueError with what is wrong with it."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        reader = csv.reader(text, strict=True)
        for _ in range(_PREAMBLE_LINES):
            next(reader, None)
        header = next(reader, [])
        names = _ATTRIBUTES[service]
        if missing := [name for name in (*_ALWAYS, *names) if name not in header]:
            raise ValueError(f"lacks the columns {', '.join(missing)} in line {_PREAMBLE_LINES + 1}")
        own = [header.index(name) for name in _OWN]
        term, currency = header.index("TermType"), header.index("Currency")
        attributes = [(header.index(column), name) for column, name in names.items()]
        for cells in reader:
            if len(cells) != len(header):
                raise ValueError(f"has {len(cells)} cells in line {reader.line_num}, and not {len(header)}")
            if cells[term] != "OnDemand":
                continue
            sku, family, unit, begin, end, price, since = (cells[index] for index in own)
            said = {name: cells[index] for index, name in attributes}
            usd = price if cells[currency] == "USD" else ""
            yield PriceRow(sku, family, said, unit, begin, end, usd, since[:10])
    except csv.Error as wrong:
        raise ValueError(f"is not CSV: {wrong}") from None
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    finally:
        text.detach()
