"""The Pricing API gives the price list product by product, each as JSON in a string, at most 100 a page."""

from collections.abc import Iterator, Mapping

from placement.domain.errors import CollectionFailed
from providers.aws.api import Api
from providers.aws.on_demand import FAMILIES, SCOPE, in_scope
from providers.aws.price_rows import PriceRow, rows_of_product
from providers.aws.transfer import TRANSFERS, is_transfer

_PAGE = 100


class PriceApi:
    """The price list as a service, which needs credentials and sends little."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def regions(self) -> list[str]:
        """The codes that EC2 has products in, zones of regions among them."""
        asked = {"ServiceCode": "AmazonEC2", "AttributeName": "regionCode", "MaxResults": _PAGE}
        rows = self._api.rows("get_attribute_values", "AttributeValues", **asked)
        return [row["Value"] for row in rows]

    def products(self, region: str) -> list[PriceRow]:
        """What can be bought on demand in the region."""
        rows: list[PriceRow] = []
        for family, tenancy in FAMILIES.items():
            match = {**SCOPE, "regionCode": region, "productFamily": family, "tenancy": tenancy}
            rows += (row for row in self._rows("AmazonEC2", match) if in_scope(row, region))
        return rows

    def transfers(self, region: str) -> list[PriceRow]:
        """What traffic from the region costs."""
        rows: list[PriceRow] = []
        for kind in TRANSFERS:
            match = {"fromRegionCode": region, "transferType": kind}
            rows += (row for row in self._rows("AWSDataTransfer", match) if is_transfer(row, region))
        return rows

    def _rows(self, service: str, match: Mapping[str, str]) -> Iterator[PriceRow]:
        filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in match.items()]
        asked = {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1", "MaxResults": _PAGE}
        for element in self._api.rows("get_products", "PriceList", **asked):
            try:
                yield from rows_of_product(element)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise CollectionFailed(
                    f"{self._api.source}: a product in the answer to GetProducts cannot be read"
                ) from None
